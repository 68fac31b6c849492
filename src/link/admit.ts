import { LINK_VERSION, type Greeting } from '../protocol/greeting.js'

/** The answer to a server whose name is taken, as a clause that follows "it says". */
export const NAMESAKE = 'it is linked to another server of that name, which was started later'

/** The link that a greeting is for, or why there is none, as a clause that follows "it says". */
export type Admission<Link> =
  { readonly kind: 'link'; readonly link: Link } | { readonly kind: 'misfit'; readonly why: string }

/** Finds the link that a greeting is for, among the links of the server `name`, keyed by neighbour. */
export function admit<Link>(
  { version, from, to }: Greeting,
  name: string,
  links: ReadonlyMap<string, Link>,
): Admission<Link> {
  const misfit = (why: string): Admission<Link> => ({ kind: 'misfit', why })
  if (version !== LINK_VERSION) return misfit(`it speaks version ${LINK_VERSION} of links, not ${version}`)
  // A server that dials itself gets this answer too.
  if (to !== name) return misfit(`it is ${name}`)
  const link = links.get(from)
  return link === undefined ? misfit(`it has no neighbour ${from} in its topology`) : { kind: 'link', link }
}

/** Why the answer to our greeting does not make a link with `neighbour`; undefined if it does. */
export function misfitIn({ version, from }: Greeting, neighbour: string): string | undefined {
  if (version !== LINK_VERSION) return `it speaks version ${version} of links, not ${LINK_VERSION}`
  return from === neighbour ? undefined : `it says it is ${from}`
}
