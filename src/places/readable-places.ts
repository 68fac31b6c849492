import { z } from 'zod'

/** A list of places. Odd ones, such as one without a name, are left out, so that the others can be shown. */
export function readablePlaces<T>(place: z.ZodType<T>): z.ZodType<T[]> {
  return z.array(z.unknown()).transform((items) =>
    items.flatMap((item) => {
      const { success, data } = place.safeParse(item)
      return success ? [data] : []
    }),
  )
}
