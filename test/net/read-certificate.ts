import { generateKeyPairSync, type KeyExportOptions } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readCertificate } from '../../src/net/read-certificate.js'
import { selfSigned } from '../fixtures/certificate.js'

const [own, other] = [await selfSigned(), await selfSigned()]
const { cert, key } = own

/** Reads files with these texts. */
async function read(t: Test, texts: { cert: string; key: string }): ReturnType<typeof readCertificate> {
  const folder = t.testdir({})
  const [certificateFile, keyFile] = [join(folder, 'a.crt'), join(folder, 'a.key')]
  writeFileSync(certificateFile, texts.cert)
  writeFileSync(keyFile, texts.key, { mode: 0o600 })
  return readCertificate(certificateFile, keyFile).catch((error: unknown) => {
    const { name, message, hint } = error as Error & { hint?: string }
    const text = [message, ...(hint === undefined ? [] : [hint])].join('\n')
    throw Object.assign(new Error(text.replaceAll(`${folder}/`, '')), { name })
  })
}

function ecKey(namedCurve: string, options: KeyExportOptions<'pem'>): string {
  return generateKeyPairSync('ec', { namedCurve }).privateKey.export(options).toString()
}

const encryption = { format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const
const damagedCert = cert.replace(/\n[\w+/]{8}/, '\n--------')
const damagedKey = key.replace(/\n[\w+/]{8}/, '\n--------')

t.test('a certificate is read with its key', async (t) => {
  const { certificate, chain, warnings } = await read(t, own)
  t.same(certificate, { cert: `${cert}\n`, key })
  t.equal(chain.length, 1)
  t.match(chain[0].subject, 'CN=localhost')
  t.same(warnings, [])
})

t.test(
  'each file may also hold the contents of the other, and line ends and texts of other systems',
  async (t) => {
    for (const text of [
      cert + key,
      key + cert,
      `\ufeff${cert}${key}`,
      `to whom it may concern\n${cert}\nkey:\n${key}`,
    ])
      for (const ended of [text, text.replaceAll('\n', '\r\n')]) {
        const { certificate, chain } = await read(t, { cert: ended, key: ended })
        t.match(certificate.key, /^-----BEGIN PRIVATE KEY-----/)
        t.equal(chain.length, 1)
      }
  },
)

t.test('a certificate may be followed by those that vouch for it', async (t) => {
  const { chain } = await read(t, { cert: cert + other.cert, key })
  t.equal(chain.length, 2)
})

t.test('a key that others may read causes a warning', async (t) => {
  const folder = t.testdir({ 'a.crt': cert, 'a.key': '' })
  const file = join(folder, 'a.key')
  writeFileSync(file, key)
  // The umask may be that of servers.
  chmodSync(file, 0o644)
  const { warnings } = await readCertificate(join(folder, 'a.crt'), file)
  t.same(warnings, [`other users have access to ${file}: run "chmod 600 ${file}"`])
})

t.test('files with which no handshake can succeed are refused, and the message says why', async (t) => {
  const cases: Record<string, [texts: { cert: string; key: string }, error: string | RegExp]> = {
    'an empty certificate': [{ cert: '', key }, 'a.crt is empty'],
    'an empty key': [{ cert, key: ' \n' }, 'a.key is empty'],
    'no certificate': [{ cert: 'nothing', key }, /^a\.crt holds no certificate in PEM\n.*openssl x509/],
    'no key': [{ cert, key: 'nothing' }, /^a\.key holds no private key in PEM\n.*openssl pkey/],
    'a key for a certificate': [
      { cert: key, key },
      `a.crt holds a private key and no certificate\ngive the file of its certificate`,
    ],
    'a certificate for a key': [
      { cert, key: cert },
      `a.key holds a certificate and no private key\ngive the file of its private key`,
    ],
    'a request for a certificate': [
      { cert: cert.replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST'), key },
      /^a\.crt holds only a request for a certificate\n/,
    ],
    'a damaged certificate': [{ cert: damagedCert, key }, /^the certificate in a\.crt is damaged: \S/],
    'a cut certificate': [
      { cert: cert.slice(0, 300), key },
      'the certificate in a.crt is damaged: bad end line',
    ],
    'a damaged later certificate': [
      { cert: cert + damagedCert, key },
      /^certificate 2 in a\.crt is damaged: \S/,
    ],
    'a damaged key': [
      { cert, key: damagedKey },
      'the private key in a.key is damaged, or of a kind that is not supported',
    ],
    'another key': [
      { cert, key: other.key },
      'the private key in a.key does not belong to the certificate in a.crt\ngive the key that the certificate was made with',
    ],
    'certificates in the wrong order': [
      { cert: other.cert + cert, key },
      'the private key in a.key does not belong to the certificate in a.crt\n' +
        'it belongs to certificate 2 in a.crt: put that one first, and after it those that vouch for it',
    ],
    'an encrypted key': [
      { cert, key: ecKey('prime256v1', { ...encryption, type: 'pkcs8' }) },
      /^the private key in a\.key is encrypted, .*\n"openssl pkey -in \S*a\.key -out FILE" writes it without one$/,
    ],
    'a key that an old OpenSSL has encrypted': [
      { cert, key: ecKey('prime256v1', { ...encryption, type: 'sec1' }) },
      /^the private key in a\.key is encrypted/,
    ],
    'a key that TLS 1.3 cannot use': [
      { cert, key: ecKey('secp256k1', { format: 'pem', type: 'pkcs8' }) },
      /^the private key in a\.key is of the type secp256k1, which TLS 1\.3 does not have\n/,
    ],
    'a key that is too short': [
      await selfSigned({ rsaBits: 512 }),
      /^TLS accepts no server with a\.crt and a\.key: ee key too small$/,
    ],
  }
  for (const [name, [texts, message]] of Object.entries(cases))
    await t.test(name, async (t) => {
      await t.rejects(read(t, texts), { name: 'PersonError', message })
    })
})

t.test(
  'keys of all types that TLS 1.3 has are accepted up to the comparison with the certificate',
  async (t) => {
    const pem = { format: 'pem', type: 'pkcs8' } as const
    const keys = {
      'P-256': ecKey('prime256v1', pem),
      'P-384': ecKey('secp384r1', { format: 'pem', type: 'sec1' }),
      Ed25519: generateKeyPairSync('ed25519').privateKey.export(pem).toString(),
      RSA: generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export(pem).toString(),
    }
    for (const [name, key] of Object.entries(keys))
      await t.rejects(read(t, { cert, key }), { message: /does not belong to/ }, name)
  },
)
