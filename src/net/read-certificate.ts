import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto'
import { PersonError } from '../person-error.js'
import { readKeyFile } from './key-file.js'
import { certificatesIn, nameCertificate, privateKeyIn } from './pem.js'
import { nodeTls, TLS_1_3, type Certificate } from './tls.js'
import { tlsErrorText, type TlsError } from './tls-error-text.js'

/** A certificate that TLS accepts with its key. */
interface ReadCertificate {
  readonly certificate: Certificate
  /** The certificate, followed by those that vouch for it. */
  readonly chain: readonly [X509Certificate, ...X509Certificate[]]
  /** What is wrong with the files, for people. */
  readonly warnings: readonly string[]
}

/** The keys that can sign a handshake of TLS 1.3 (RFC 8446, 4.2.3): types, or curves of the type `ec`. */
const KEY_TYPES = ['rsa', 'rsa-pss', 'ed25519', 'ed448', 'prime256v1', 'secp384r1', 'secp521r1']

/**
 * Reads a certificate and its key. Throws a PersonError, which shows nothing of the key, if they cannot be read or if no handshake could
 * succeed with them.
 */
export async function readCertificate(certificateFile: string, keyFile: string): Promise<ReadCertificate> {
  const { text: certText } = await readKeyFile(certificateFile)
  const { text: keyText, warnings } = await readKeyFile(keyFile)
  const chain = certificatesIn(certText, certificateFile)
  const keyPem = privateKeyIn(keyText, keyFile)
  const key = parseKey(keyPem, keyFile)
  checkType(key, keyFile)
  checkMatch(chain, key, certificateFile, keyFile)
  const certificate = { cert: chain.join(''), key: keyPem }
  try {
    nodeTls().createSecureContext({ ...TLS_1_3, ...certificate })
  } catch (error) {
    throw new PersonError(
      `TLS accepts no server with ${certificateFile} and ${keyFile}: ${tlsErrorText(error as TlsError)}`,
    )
  }
  return { certificate, chain, warnings }
}

function parseKey(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    // OpenSSL calls damaged keys unsupported, too.
    throw new PersonError(`the private key in ${file} is damaged, or of a kind that is not supported`)
  }
}

function checkMatch(
  chain: readonly X509Certificate[],
  key: KeyObject,
  certificateFile: string,
  keyFile: string,
): void {
  const index = chain.findIndex((certificate) => certificate.checkPrivateKey(key))
  if (index === 0) return
  throw new PersonError(
    `the private key in ${keyFile} does not belong to ${nameCertificate(certificateFile, 0)}`,
    index === -1
      ? 'give the key that the certificate was made with'
      : `it belongs to ${nameCertificate(certificateFile, index)}: put that one first, and after it those that vouch for it`,
  )
}

function checkType({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, file: string): void {
  const type = asymmetricKeyDetails?.namedCurve ?? String(asymmetricKeyType)
  if (KEY_TYPES.includes(type)) return
  throw new PersonError(
    `the private key in ${file} is of the type ${type}, which TLS 1.3 does not have`,
    'make a key and a certificate with RSA, Ed25519 or ECDSA on the curve P-256',
  )
}
