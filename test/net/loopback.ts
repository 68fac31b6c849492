import t from 'tap'
import { isLoopback } from '../../src/net/loopback.js'

const hosts: Record<string, boolean> = {
  '127.0.0.1': true,
  '127.255.255.254': true,
  '::1': true,
  '0:0:0:0:0:0:0:1': true,
  '::ffff:127.0.0.1': true,
  '::ffff:7f00:1': true,
  localhost: true,
  LocalHost: true,
  '0.0.0.0': false,
  '::': false,
  '::2': false,
  '126.255.255.255': false,
  '128.0.0.1': false,
  '::ffff:192.0.2.1': false,
  '127.0.0.1.example.org': false,
  'localhost.example.org': false,
  'kiwi.cs.ucla.edu': false,
  '': false,
}

t.test('loopback addresses cannot be reached from other machines', async (t) => {
  for (const [host, expected] of Object.entries(hosts)) t.equal(isLoopback(host), expected, host)
})
