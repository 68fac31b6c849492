import t from 'tap'
import { herdKeyErrorText, tlsErrorText } from '../../src/net/tls-error-text.js'

const cases: [code: string | undefined, tls: string, herdKey: string][] = [
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'it does not speak TLS', 'it has no herd key'],
  ['ERR_SSL_BINDER_DOES_NOT_VERIFY', 'the reason', 'it has another herd key'],
  ['ERR_TLS_HANDSHAKE_TIMEOUT', 'its TLS handshake took too long', 'its TLS handshake took too long'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired', 'its certificate has expired'],
  ['CERT_NOT_YET_VALID', 'its certificate is not valid yet', 'its certificate is not valid yet'],
  ['EODD', 'the reason', 'the reason'],
  [undefined, 'the reason', 'the reason'],
]

t.test('errors of TLS have a text without source lines of OpenSSL', async (t) => {
  for (const [code, tls, herdKey] of cases) {
    const error = Object.assign(new Error('80:error:0A:ssl/t1_lib.c'), { code, reason: 'the reason' })
    t.equal(tlsErrorText(error as never), tls, String(code))
    t.equal(herdKeyErrorText(error as never), herdKey, String(code))
  }
})

t.test('errors of the socket have the same text as without TLS', async (t) => {
  const error = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  t.equal(tlsErrorText(error), 'nobody listens there')
  t.equal(herdKeyErrorText(error), 'nobody listens there')
})
