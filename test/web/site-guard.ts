import t from 'tap'
import { siteProblem, type AskedSite } from '../../src/web/site-guard.js'

t.test(
  'an address that others can reach may have any name, but pages of other sites may not use it',
  async (t) => {
    const site: AskedSite = {
      topologyHost: 'clark.example',
      isOnLoopback: false,
      isEncrypted: true,
      origins: new Set(),
    }
    const host = 'any.example:12180'
    t.equal(siteProblem({ host }, site), undefined)
    t.equal(siteProblem({ host, origin: `https://${host}` }, site), undefined)
    t.match(siteProblem({ host, origin: `http://${host}` }, site), { status: 403 })
    t.match(siteProblem({ host, origin: 'https://evil.example' }, site), { status: 403 })
    t.match(siteProblem({ host, 'sec-fetch-site': 'cross-site' }, site), { status: 403 })
    t.match(siteProblem({}, site), { status: 400 })
  },
)
