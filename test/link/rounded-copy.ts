import t from 'tap'
import { isRoundedCopy } from '../../src/link/rounded-copy.js'
import { report } from '../fixtures/reports.js'

/** Whether a report with this position and time is a copy of another one. */
function isCopy(
  [position, time]: readonly string[],
  [originalPosition, originalTime]: readonly string[],
): boolean {
  return isRoundedCopy(
    report(`AT Oak +0.1 kiwi ${position} ${time}`),
    report(`AT Clark -0.123456789 kiwi ${originalPosition} ${originalTime}`),
  )
}

const PLACE = '+34.068930-118.445127'

t.test('a copy has the same time, or fewer digits of it', async (t) => {
  const cases: readonly [copy: string, original: string, isCopy: boolean][] = [
    ['5.26', '5.26', true],
    ['5.260', '5.26', true],
    ['5.3', '5.26', true],
    ['5.2', '5.26', true],
    ['5.28', '5.3', false],
    ['5.28', '5.26', false],
    ['5', '5.999', true],
    ['6', '5.999', true],
    ['7', '5.5', false],
    ['4', '5.5', false],
    ['1795647924.0184689', '1795647924.018468857', true],
    // As a double, it is 120 ns later.
    ['1795647924.0184690', '1795647924.018468857', true],
    ['1795647924.0184691', '1795647924.018468857', false],
    ['1795647924.018469', '1795647924.018468857', true],
    ['1795647924.018470', '1795647924.018468857', false],
  ]
  for (const [time, original, expected] of cases)
    t.equal(isCopy([PLACE, time], [PLACE, original]), expected, `${time} of ${original}`)
})

t.test('a copy has the same position, or fewer digits of it', async (t) => {
  const cases: readonly [copy: string, original: string, isCopy: boolean][] = [
    ['+34.06893-118.445127', PLACE, true],
    ['+34.068930-118.44512', PLACE, true],
    ['+34.07-118.45', PLACE, true],
    ['+34-118', PLACE, true],
    ['-0.0+0', '+0-0.0', true],
    ['+34.068931-118.445127', PLACE, false],
    ['+34.068930+118.445127', PLACE, false],
    ['+34.0689300-118.4451271', PLACE, false],
    ['-0.5-0.5', '-0.51-0.5', true],
  ]
  for (const [position, original, expected] of cases)
    t.equal(isCopy([position, '5'], [original, '5']), expected, `${position} of ${original}`)
})
