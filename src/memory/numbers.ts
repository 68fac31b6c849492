/** The brand of a number, which nothing outside of this file can make, so that one kind of number is not mistaken for another. */
declare const kind: unique symbol

/** A client, by its number: 0, 1, 2 and so on. Numbers of removed clients are recycled. */
export type ClientNumber = number & { readonly [kind]: 'client' }

/** A record, by the address of its block. It is valid as long as a table holds it. */
export type RecordNumber = number & { readonly [kind]: 'record' }

/** One of the tables that share a memory. */
export type TableNumber = number & { readonly [kind]: 'table' }

/** Stands for no client. */
export const NO_CLIENT = -1 as ClientNumber

/** Stands for no record. */
export const NO_RECORD = -1 as RecordNumber
