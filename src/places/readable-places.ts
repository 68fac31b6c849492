import * as z from 'zod/mini'

/** A list of places. Odd ones, such as one without a name, are left out, so that the others can be shown. */
export function readablePlaces<T>(place: z.ZodMiniType<T>): z.ZodMiniType<T[]> {
  return z.pipe(
    z.array(z.unknown()),
    z.transform((items) =>
      items.flatMap((item) => {
        const { success, data } = place.safeParse(item)
        return success ? [data] : []
      }),
    ),
  )
}
