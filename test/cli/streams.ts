import { PassThrough } from 'node:stream'
import t from 'tap'
import { wantsColour, wantsSpinner } from '../../src/cli/streams.js'

const output = (isTTY: boolean): PassThrough & { isTTY: boolean } =>
  Object.assign(new PassThrough(), { isTTY })

t.test('colour is written to a terminal, unless an option or the environment says otherwise', async (t) => {
  type Case = [
    isTTY: boolean,
    env: Record<string, string>,
    when: 'always' | 'never' | 'auto',
    wanted: boolean,
  ]
  const cases: Case[] = [
    [true, {}, 'auto', true],
    [false, {}, 'auto', false],
    [true, { NO_COLOR: '1' }, 'auto', false],
    [true, { NO_COLOR: '' }, 'auto', true],
    [true, { TERM: 'dumb' }, 'auto', false],
    [false, { FORCE_COLOR: '1' }, 'auto', true],
    [false, { FORCE_COLOR: '' }, 'auto', true],
    [false, { FORCE_COLOR: '3', NO_COLOR: '1' }, 'auto', true],
    [true, { FORCE_COLOR: '0' }, 'auto', false],
    [true, { FORCE_COLOR: 'false' }, 'auto', false],
    [false, { NO_COLOR: '1', FORCE_COLOR: '0' }, 'always', true],
    [true, { FORCE_COLOR: '1' }, 'never', false],
  ]
  for (const [isTTY, env, when, wanted] of cases)
    t.equal(wantsColour(output(isTTY), env, when), wanted, JSON.stringify([isTTY, env, when]))
})

t.test('FORCE_COLOR does not bring a spinner to what is not a terminal', async (t) => {
  t.equal(wantsSpinner(output(false), { FORCE_COLOR: '1' }), false)
  t.equal(wantsSpinner(output(true), {}), true)
})
