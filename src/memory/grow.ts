/** An array of at least so many elements: the same one, or a copy that is half as large again. */
export function grow<Numbers extends Uint32Array | Int32Array | Uint16Array | Float64Array>(
  array: Numbers,
  length: number,
): Numbers {
  if (length <= array.length) return array
  const { constructor } = array as unknown as { constructor: new (length: number) => Numbers }
  const larger = new constructor(Math.max(length, Math.ceil(array.length * 1.5)))
  larger.set(array)
  return larger
}
