import { LINK_VERSION, type Greeting } from '../protocol/greeting.js'

/** Which link a greeting is for, or why for none, in words that go on after "it says". */
export type Greeted<Link> =
  { readonly kind: 'link'; readonly link: Link } | { readonly kind: 'misfit'; readonly why: string }

/** Which of the links of the server called `name` a greeting is for; `links` has them by their neighbours. */
export function greeted<Link>(
  { version, from, to }: Greeting,
  name: string,
  links: ReadonlyMap<string, Link>,
): Greeted<Link> {
  const misfit = (why: string): Greeted<Link> => ({ kind: 'misfit', why })
  if (version !== LINK_VERSION) return misfit(`it speaks version ${LINK_VERSION} of links, not ${version}`)
  // So says a server that has dialled itself, too.
  if (to !== name) return misfit(`it is ${name}`)
  const link = links.get(from)
  return link === undefined ? misfit(`it has no neighbour ${from} in its topology`) : { kind: 'link', link }
}
