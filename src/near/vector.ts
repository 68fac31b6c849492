import type { GeoPoint } from '../protocol/position.js'

/** A point in space, in earth radii from the earth's centre: x towards 0° east on the equator, y towards 90° east, z towards the north pole. */
export type Vector = readonly [x: number, y: number, z: number]

const RADIANS = Math.PI / 180

/** Where a point of the earth's surface is in space. */
export function vectorOf({ latitude, longitude }: GeoPoint): Vector {
  const [phi, lambda] = [latitude * RADIANS, longitude * RADIANS]
  return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)]
}

export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

export function crossProduct(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/** The vector `a` times `s` plus the vector `b` times `t`. */
export function combine(a: Vector, s: number, b: Vector, t: number): Vector {
  return [a[0] * s + b[0] * t, a[1] * s + b[1] * t, a[2] * s + b[2] * t]
}
