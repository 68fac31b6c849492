/** A server that runs together with us. */
export const HERE = Symbol('here');
/** The way of a report that goes along no tree: to all neighbours, and from them to all of theirs. */
export const LATE = Symbol('late');
