/** What nothing outside of this file can make, so that a number of one kind is not taken for one of another. */
declare const kind: unique symbol

/** A client by its number: 0, 1, 2 and so on. Numbers of removed clients are given to others later. */
export type ClientNumber = number & { readonly [kind]: 'client' }

/** A record by the address of its block. It is valid as long as a table holds it. */
export type RecordNumber = number & { readonly [kind]: 'record' }

/** One of the tables that share a memory. */
export type TableNumber = number & { readonly [kind]: 'table' }

/** The number of no client. */
export const NO_CLIENT = -1 as ClientNumber

/** The number of no record. */
export const NO_RECORD = -1 as RecordNumber
