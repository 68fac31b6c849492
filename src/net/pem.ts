import { X509Certificate } from 'node:crypto'
import { PersonError } from '../person-error.js'
import { tlsErrorText, type TlsError } from './tls-error-text.js'

/** A part of a PEM file: `PRIVATE KEY`, and the text from its first line to the next part. */
interface PemBlock {
  readonly label: string
  readonly text: string
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^]*?(?=-----BEGIN |$)/g

const CERTIFICATE = /^(?:X509 |TRUSTED )?CERTIFICATE$/
const REQUEST = /^(?:NEW )?CERTIFICATE REQUEST$/
const PRIVATE_KEY = 'PRIVATE KEY'

/** Encrypted keys in the form of today, and in that of old OpenSSL. */
const ENCRYPTED = /BEGIN ENCRYPTED PRIVATE KEY|^Proc-Type: 4,ENCRYPTED/m

/** The certificates in the text of a PEM file, in their order. Throws a PersonError if there are none, or if one is damaged. */
export function certificatesIn(text: string, file: string): [X509Certificate, ...X509Certificate[]] {
  const blocks = blocksIn(text)
  const [first, ...others] = blocks
    .filter(({ label }) => CERTIFICATE.test(label))
    .map(({ text }, index) => parseCertificate(text, nameCertificate(file, index)))
  if (first) return [first, ...others]
  if (blocks.some(({ label }) => label.endsWith(PRIVATE_KEY)))
    throw new PersonError(
      `${file} holds a private key and no certificate`,
      'give the file of its certificate',
    )
  if (blocks.some(({ label }) => REQUEST.test(label)))
    throw new PersonError(
      `${file} holds only a request for a certificate`,
      'send it to an authority, which returns the certificate',
    )
  throw new PersonError(
    `${file} holds no certificate in PEM`,
    `PEM has a line "-----BEGIN CERTIFICATE-----"; if the file is DER, "openssl x509 -inform DER -in ${file}" prints it as PEM`,
  )
}

/** The first private key in the text of a PEM file, which may also hold certificates. Throws a PersonError if there is none, or if it is encrypted. */
export function privateKeyIn(text: string, file: string): string {
  const blocks = blocksIn(text)
  const key = blocks.find(({ label }) => label.endsWith(PRIVATE_KEY))
  if (key && ENCRYPTED.test(key.text))
    throw new PersonError(
      `the private key in ${file} is encrypted, and a server does not ask for a pass phrase`,
      `"openssl pkey -in ${file} -out FILE" writes it without one`,
    )
  if (key) return key.text
  if (blocks.some(({ label }) => CERTIFICATE.test(label)))
    throw new PersonError(
      `${file} holds a certificate and no private key`,
      'give the file of its private key',
    )
  throw new PersonError(
    `${file} holds no private key in PEM`,
    `PEM has a line "-----BEGIN PRIVATE KEY-----"; if the file is DER, "openssl pkey -inform DER -in ${file}" prints it as PEM`,
  )
}

/** The name in messages of a certificate in a file, by its index. The others vouch for the first one. */
export function nameCertificate(file: string, index: number): string {
  return index === 0 ? `the certificate in ${file}` : `certificate ${index + 1} in ${file}`
}

function blocksIn(text: string): PemBlock[] {
  return Array.from(text.matchAll(BLOCK), ([text, label = '']) => ({ label, text }))
}

function parseCertificate(text: string, name: string): X509Certificate {
  try {
    return new X509Certificate(text)
  } catch (error) {
    throw new PersonError(`${name} is damaged: ${tlsErrorText(error as TlsError)}`)
  }
}
