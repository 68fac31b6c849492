import t from 'tap'
import { hostKind } from '../../src/topology/host-kind.js'

t.test('kinds of hosts', async (t) => {
  const cases: Record<ReturnType<typeof hostKind>, string[]> = {
    loopback: ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', 'localhost', 'LocalHost'],
    own: ['10.0.0.1', 'fe80::1', 'fe80::1%eth0', 'elm', 'elm.example.', '1und1.de', 'my_host', 'a-b.c-d'],
    wildcard: ['0.0.0.0', '::', '::0', '0:0:0:0:0:0:0:0'],
    invalid: [
      ' ',
      '10.0.0.300',
      '10.0.0',
      '10.0.0.1:12100',
      '[::1]',
      'http://elm',
      'el m',
      '-elm',
      'elm..example',
      'zoë',
      'x'.repeat(64),
      'x.'.repeat(127),
      '*',
    ],
  }
  for (const [kind, hosts] of Object.entries(cases))
    for (const host of hosts) t.equal(hostKind(host), kind, JSON.stringify(host))
})
