import t from 'tap'
import { refusalHint } from '../../src/cli/refusal-hint.js'

const now = { seconds: 1_700_000_000, nanoseconds: 0 }

t.test('the hint for a refusal says what is known, and then likely causes', async (t) => {
  const cases: Record<string, RegExp> = {
    'IAMAT kiwi 34-118 1': /^position "34-118" is not a signed latitude and longitude such as/,
    'ZO\xc3\xab':
      /^unknown command "ZOë"; clients send IAMAT, WHATSAT, NEAR, WATCH and FORGET, in capital letters$/,
    'WHATSAT Zo\xc3\xab 10 5':
      /^this is valid, but Clark gave no reason; if it is proxyherd, its log has it\. Likely causes: no server has a report of "Zoë", or it has expired; Clark is cut off .*; it is another program, .* radius of 10 km or 5 items; it takes this only with a token that allows it \("--token-file"\)$/,
    'WHATSAT fig 10 1':
      /^this is valid, and Clark has a report of "fig", but it gave no reason\. Likely causes: its places service failed, or it does not take a radius of 10 km or 1 item$/,
    'IAMAT kiwi +34-118 1700000000.000000001':
      /^this is valid, but .*: the time 1700000000\.000000001 is too far ahead of its clock .*; the client is new, .*; it cannot save reports/,
    'IAMAT kiwi +34-118 1700000000':
      /^this is valid, but .* Likely causes: the client is new, .*; it cannot save reports.*; it is another program/,
    'IAMAT fig +34-118 1':
      /^this is valid, but .* Likely causes: the time 1 is too long ago \("serve --expire"\); it cannot save reports.*; it is another program/,
    'AT Oak +0.5 kiwi +34-118 1': /^only servers send this/,
    'NEAR +34-118 5 10': /^Clark is an older proxyherd or another program, which does not know NEAR$/,
    'WATCH kiwi': /^Clark is an older proxyherd .* does not know WATCH, or too many watch it already$/,
    'FORGET kiwi':
      /^this is valid, but .* Likely causes: a server linked to it is of a version that does not/,
    'FORGET kiwi 1700000000.000000001': /^this is valid, but .* Likely causes: the time is too far ahead of/,
    'GENERATION 5 AT Oak +0.5 kiwi - 1': /^only servers send this/,
    AUTH: /^Clark does not know this token, or takes tokens of other machines only over TLS$/,
    'AUTH x': /^Clark is an older proxyherd or another program, which does not know AUTH$/,
    'STATUS proxyherd': /^Clark is not a proxyherd server, or answers this only with its herd key$/,
    'LINK 1 Oak Clark 1 0a1b2c3d': /^only servers send this/,
  }
  const hasReportOf = (client: string): boolean => client === 'fig'
  for (const [command, hint] of Object.entries(cases))
    t.match(refusalHint({ command, server: 'Clark', now, hasReportOf }), hint)
})
