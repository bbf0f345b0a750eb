import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { approvalId, check, checkLine, ending, keyOf, press, said, told } from './conversation.ts'
import { incident, lin, mei, PATIENT, type Stand, startStand } from './stand.ts'

vi.setConfig(PATIENT)

let stand: Stand
beforeAll(async () => {
  stand = await startStand({ mode: 'http' })
})
afterAll(() => stand?.stop())

test('over signed HTTP requests a command, a mention and an approval work as over Socket Mode', async () => {
  const refused = await stand.slack.command(lin, incident, 'check wachers x')
  expect(refused.response?.text).toContain('check called `wachers`')
  await stand.slack.mention(lin, incident, 'help')
  const answer = await check(stand)
  await press(stand, answer.finding, 'approve', lin)
  expect(told(stand, lin)).toContain('You asked for this check')
  await press(stand, answer.finding, 'approve', mei)
  expect((await ending(stand, approvalId(answer))).text).toMatch(/^\*Done\.\*/)
  expect(said(stand, 'answer-')).toHaveLength(1)
})

test('a request that Slack did not sign starts nothing', async () => {
  const before = said(stand).map(keyOf)
  const { slack } = stand
  const url = /port: (\d+)/.exec(readFileSync(stand.configFile, 'utf8'))?.[1]
  const body = new URLSearchParams({
    command: '/unwedge',
    text: checkLine(),
    user_id: lin,
    channel_id: incident,
    trigger_id: '1.2.3',
    team_id: 'T0STORAGE1',
    response_url: slack.url,
  }).toString()
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': String(Math.floor(Date.now() / 1000)),
    'x-slack-signature': `v0=${'0'.repeat(64)}`,
  }
  const answer = await fetch(`http://127.0.0.1:${url}/slack/events`, { method: 'POST', headers, body })
  expect(answer.status).toBe(401)
  const { response } = await slack.command(lin, incident, 'status')
  expect(response?.text).toContain('0 running, 0 waiting')
  expect(said(stand).map(keyOf)).toEqual(before)
})
