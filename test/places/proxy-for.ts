import t from 'tap'
import { PersonError } from '../../src/person-error.js'
import { proxyFor } from '../../src/places/proxy-for.js'

type Environment = Record<string, string>

const found: readonly [string, Environment, string | undefined][] = [
  ['http://places.example/', {}, undefined],
  ['http://places.example/', { HTTP_PROXY: 'http://proxy.example:3128' }, 'http://proxy.example:3128/'],
  ['http://places.example/', { HTTPS_PROXY: 'http://proxy.example:3128' }, undefined],
  ['https://places.example/', { HTTPS_PROXY: 'http://proxy.example:3128' }, 'http://proxy.example:3128/'],
  [
    'https://places.example/',
    { HTTPS_PROXY: 'http://a.example', https_proxy: 'b.example:80' },
    'http://b.example/',
  ],
  ['https://places.example/', { HTTPS_PROXY: 'http://a.example', https_proxy: '' }, 'http://a.example/'],
]

for (const [url, env, proxy] of found)
  void t.test(`${url} with ${JSON.stringify(env)} has the proxy ${proxy ?? 'none'}`, (t) => {
    t.equal(proxyFor(new URL(url), env)?.href, proxy)
    t.end()
  })

const exemptions: readonly [string, string, boolean][] = [
  ['http://places.example/', '*', true],
  ['http://places.example/', 'other.example, places.example', true],
  ['http://PLACES.example/', 'Places.Example', true],
  ['http://a.places.example/', 'places.example', true],
  ['http://a.places.example/', '.places.example', true],
  ['http://a.places.example/', '*.places.example', true],
  ['http://badplaces.example/', 'places.example', false],
  ['http://places.example/', 'places.example:80', true],
  ['https://places.example/', 'places.example:443', true],
  ['http://places.example:8080/', 'places.example:8080', true],
  ['http://places.example/', 'places.example:8080', false],
  ['http://127.0.0.1/', '127.0.0.1', true],
  ['http://10.1.2.3/', '10.0.0.0/8', true],
  ['http://11.1.2.3/', '10.0.0.0/8', false],
  ['http://10.1.2.3/', '10.0.0.0/99', false],
  ['http://places.example/', '10.0.0.0/8', false],
  ['http://[::1]:8080/', '[::1]:8080', true],
  ['http://[::1]/', '::1', true],
  ['http://[fd00::7]/', 'fd00::/8', true],
  ['http://[fd00::7]/', '10.0.0.0/8', false],
  ['http://places.example/', '', false],
]

for (const [url, list, isExempt] of exemptions)
  void t.test(`NO_PROXY="${list}" ${isExempt ? 'exempts' : 'does not exempt'} ${url}`, (t) => {
    const proxy = proxyFor(new URL(url), {
      HTTP_PROXY: 'http://proxy.example',
      HTTPS_PROXY: 'http://proxy.example',
      NO_PROXY: list,
    })
    t.equal(proxy === undefined, isExempt)
    t.end()
  })

void t.test('no_proxy comes before NO_PROXY', (t) => {
  const env = { HTTP_PROXY: 'http://proxy.example', NO_PROXY: '*', no_proxy: 'other.example' }
  t.ok(proxyFor(new URL('http://places.example/'), env))
  t.end()
})

void t.test('a proxy that cannot be used is an error, which does not quote its password', (t) => {
  const target = new URL('https://places.example/')
  const cases = {
    'socks5://me:secret@proxy.example': 'the proxy in HTTPS_PROXY has the scheme "socks5"',
    'http://me:secret@[proxy': 'HTTPS_PROXY in the environment is not the URL of a proxy',
  }
  for (const [value, message] of Object.entries(cases)) {
    t.throws(() => proxyFor(target, { HTTPS_PROXY: value }), { message })
    t.throws(() => proxyFor(target, { HTTPS_PROXY: value }), PersonError)
  }
  t.end()
})
