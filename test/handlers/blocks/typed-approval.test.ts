import { expect, test } from 'vitest'
import { belowField } from '../../../handlers/blocks/typed-approval.ts'

test.each([
  [
    'You asked for this check, so someone else has to approve: <@U0MEI00001>, <@U0TOMAS001>.',
    'You asked for this check, so someone else has to approve.',
  ],
  ['You are not an approver here. These are: <@U0MEI00001>.', 'You are not an approver here.'],
  ['You are not an approver here. These are: nobody.', 'You are not an approver here. These are: nobody.'],
  [
    'This was approved by <@U0MEI00001> and <@U0TOMAS001> and runs already; its steps are in the thread.',
    'This was approved by someone and runs already; its steps are in the thread.',
  ],
  [
    '<@U0MEI00001> approved this, and is not an approver any more. Check again for a fresh offer.',
    'Someone approved this, and is not an approver any more. Check again for a fresh offer.',
  ],
  [
    'This could be approved until <!date^1796042584^{time}|12:43 UTC>. Check again for a fresh offer.',
    'This could be approved until 12:43 UTC. Check again for a fresh offer.',
  ],
])('below a field nobody has to read an id: %s', (told, shown) => {
  expect(belowField(told)).toBe(shown)
})
