import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { approvalId, buttons, check, now, press, told, waitForMessage } from './conversation.ts'
import { mei, PATIENT, type Stand, startStand } from './stand.ts'

vi.setConfig(PATIENT)

let stand: Stand
beforeAll(async () => {
  stand = await startStand({ config: { approvals: { approvers: [mei], expire_minutes: 0.03 } } })
})
afterAll(() => stand?.stop())

test('an offer that nobody approved in time loses its buttons, says so, and cannot be approved', async () => {
  const answer = await check(stand)
  expect(buttons(answer.finding)).toContain('approve')
  const late = await press(stand, answer.finding, 'evidence', mei)
  const redrawn = await waitForMessage(
    stand,
    (message) => message.ts === answer.finding.ts && message.text.includes('Not approved in time'),
    'the expiry',
  )
  expect(redrawn.text).toContain('Nothing was touched')
  expect(buttons(redrawn)).toEqual(['evidence', 'export', 'again'])
  // a click on what an old client still shows
  const value = approvalId(answer)
  const actions = [{ type: 'button', action_id: 'approve', value }]
  await stand.slack.redeliver({ ...late, payload: { ...late.payload, actions } })
  expect(told(stand, mei)).toMatch(/This could be approved until .*Check again/)
  expect((await stand.audit(value)).map(({ action }) => action)).toEqual(['offered', 'expired'])
  expect(buttons(now(stand, answer.finding))).not.toContain('approve')
})
