import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { verifyAudit } from '../../jobs/audit-chain.ts'
import type { Message } from '../slack/server.ts'
import {
  answerTo,
  approvalId,
  ask,
  buttons,
  check,
  ending,
  HEADER,
  keyOf,
  LEFT_OVER,
  now,
  press,
  said,
  told,
  waitForMessage,
} from './conversation.ts'
import { lin, mei, PATIENT, type Stand, startStand, tomas, visitor } from './stand.ts'

vi.setConfig(PATIENT)

let stand: Stand
beforeAll(async () => {
  stand = await startStand({
    clusters: ['flow', 'refused', 'rejected', 'drift', 'crowd', 'typed-no'],
    blind: ['typed'],
    approvers: [lin, mei, tomas],
  })
})
afterAll(() => stand?.stop())

test('leads from the command over another one’s approval to a blocklist that is as before', async () => {
  const id = await ask(stand, `check watchers ${HEADER} interval=30 cluster=flow`)
  const isFirst = (message: Message) => keyOf(message) === `finding-${id}`
  const first = await waitForMessage(stand, isFirst, 'the first look')
  expect(first.text).toContain('First look. A second one follows')
  expect(buttons(first), 'nothing is offered before the second look').toEqual([])
  const answer = await answerTo(stand, id)
  const { root, finding } = answer
  expect(finding.ts, 'refined in place').toBe(first.ts)
  expect(finding.thread_ts).toBe(root.ts)
  expect(root.text).toContain('A left-over watcher is on `rbd/vol7`')
  expect(finding.text).toContain(`\`${LEFT_OVER}\` (client.4123)`)
  expect(finding.text).toMatch(/1\.1\.2\.4:0\/220114.*In use, leave it\./)
  expect(buttons(finding)).toEqual(['approve', 'reject', 'evidence', 'export', 'again'])

  await press(stand, finding, 'approve', mei)
  const end = await ending(stand, approvalId(answer))
  expect(end.thread_ts).toBe(root.ts)
  const steps = [
    'approved by <@U0MEI00001>',
    'looked again: unchanged',
    `blocked \`${LEFT_OVER}\``,
    'on the blocklist',
    'its watch is gone',
    'block removed',
    'the blocklist is as before',
    'the other watchers are as before',
  ]
  const at = steps.map((step) => end.text.indexOf(step))
  expect(at, end.text).toEqual([...at].sort((a, b) => a - b))
  expect(at).not.toContain(-1)
  expect(end.text).toMatch(/^\*Done\.\*/)

  const redrawn = now(stand, finding)
  expect(redrawn.text).toMatch(/Approved by <@U0MEI00001> at .*\*Done\.\*/)
  expect(buttons(redrawn)).toEqual(['evidence', 'export', 'again'])
  expect(now(stand, root).text).toContain('Since then:')
  expect(said(stand, 'root-')).toHaveLength(1)
  expect(stand.slack.messages(root.channel, root.ts).map(keyOf)).toEqual([
    `root-${answer.checkId}`,
    `finding-${answer.checkId}`,
    `acting-${approvalId(answer)}`,
  ])

  const again = await check(stand, 'flow')
  expect(again.root.text).toContain('look right: one client')
})

test('writes down who decided what and each step, in a trail that verifies offline and notices a change', async () => {
  const approved = (await stand.audit()).find(({ action }) => action === 'approved')
  const story = (await stand.audit(approved?.subject)).map(({ action, actor }) => `${action} ${actor}`)
  const worker = `worker ${(await stand.audit()).find(({ action }) => action === 'started')?.actor.slice(7)}`
  expect(story).toEqual([
    'offered unwedge',
    `approved ${mei}`,
    ...['started', 'about-to', 'did', 'about-to', 'did', 'ended'].map((action) => `${action} ${worker}`),
  ])
  const { stdout } = await stand.cli('audit', 'export')
  expect(verifyAudit(stdout)).toMatchObject({ ok: true })
  const file = join(stand.folder, 'trail.jsonl')
  writeFileSync(file, stdout)
  expect(await stand.cli('audit', 'verify', file)).toMatchObject({ exitCode: 0 })
  writeFileSync(file, stdout.replace(mei, tomas))
  const changed = await stand.cli('audit', 'verify', file)
  expect(changed.exitCode).toBe(1)
  expect(changed.stdout).toContain('it was changed after it was written')
})

test('refuses whoever asked, and whoever is no approver; each is told who may, and the buttons stay', async () => {
  const answer = await check(stand, 'refused')
  await press(stand, answer.finding, 'approve', lin)
  expect(told(stand, lin)).toMatch(/You asked for this check.*<@U0MEI00001>, <@U0TOMAS001>/)
  await press(stand, answer.finding, 'approve', visitor)
  expect(told(stand, visitor)).toMatch(/You are not an approver/)
  await press(stand, answer.finding, 'reject', visitor)
  expect(told(stand, visitor)).toMatch(/You are not an approver/)
  expect(buttons(now(stand, answer.finding))).toContain('approve')
  expect((await stand.audit(approvalId(answer))).map(({ action }) => action)).toEqual(['offered'])
})

test('a rejection takes the buttons away, says who, and stays', async () => {
  const answer = await check(stand, 'rejected')
  await press(stand, answer.finding, 'reject', tomas)
  const redrawn = await waitForMessage(
    stand,
    (message) => message.ts === answer.finding.ts && message.text.includes('Rejected by'),
    'the rejection',
  )
  expect(redrawn.text).toMatch(/Rejected by <@U0TOMAS001> at .*Nothing was touched/)
  expect(buttons(redrawn)).toEqual(['evidence', 'export', 'again'])
  const { payload } = await press(stand, answer.finding, 'evidence', mei)
  const late = { ...payload, actions: [{ type: 'button', action_id: 'approve', value: approvalId(answer) }] }
  await stand.slack.redeliver({ kind: 'interactive', payload: late, acked: true, ackMs: 0 })
  expect(told(stand, mei)).toMatch(/^This was stopped already by .*nothing was touched/)
  expect((await stand.audit(approvalId(answer))).map(({ action }) => action)).toEqual(['offered', 'rejected'])
})

test('does nothing when the evidence changed between the check and the approval', async () => {
  const first = await check(stand, 'drift')
  const second = await check(stand, 'drift', tomas)
  await press(stand, second.finding, 'approve', mei)
  await ending(stand, approvalId(second))
  await press(stand, first.finding, 'approve', mei)
  const end = await ending(stand, approvalId(first))
  expect(end.text).toMatch(/^\*Not done\.\*.*has changed since the check: gone: /)
  expect(end.text).toContain('Nothing was touched')
  expect(buttons(end)).toEqual(['again'])
  const actions = (await stand.audit(approvalId(first))).map(({ action }) => action)
  expect(actions).toEqual(['offered', 'approved', 'started', 'ended'])
})

test('50 approvals at once by several people lead to one execution', async () => {
  const answer = await check(stand, 'crowd')
  const users = Array.from({ length: 50 }, (_, at) => [mei, tomas, lin, visitor][at % 4]!)
  const clicks = await Promise.all(users.map((user) => press(stand, answer.finding, 'approve', user)))
  expect(clicks.every(({ acked }) => acked)).toBe(true)
  const end = await ending(stand, approvalId(answer))
  expect(end.text).toMatch(/^\*Done\.\*/)
  const actions = (await stand.audit(approvalId(answer))).map(({ action }) => action)
  expect(actions.filter((action) => action === 'approved')).toHaveLength(1)
  expect(actions.filter((action) => action === 'started')).toHaveLength(1)
  expect(actions.filter((action) => action === 'about-to')).toHaveLength(2)
  expect(said(stand, `acting-${approvalId(answer)}`)).toHaveLength(1)
})

test('what may cut off a living client needs two people, each with the address typed in', async () => {
  const answer = await check(stand, 'typed')
  const { finding } = answer
  expect(finding.text).toContain('Needs *2 approvals* and the address typed in, not from <@U0LIN00001>')
  const open = async (user: string) => {
    await press(stand, finding, 'approve-typed', user)
    return stand.slack.views(user).at(-1)!
  }
  const submit = async (user: string, typed: string) =>
    stand.slack.submitView(user, (await open(user)).id, { address: typed })

  const wrong = await submit(mei, LEFT_OVER.slice(0, -1))
  expect(wrong.errors?.address).toBe(`This has to be exactly ${LEFT_OVER}`)
  const own = await submit(lin, LEFT_OVER)
  expect(own.errors?.address).toContain('You asked for this check')
  expect(await submit(mei, ` ${LEFT_OVER} `)).toMatchObject({ closed: true })
  const counted = await waitForMessage(
    stand,
    (message) => message.ts === finding.ts && message.text.includes('Approved so far: <@U0MEI00001>'),
    'the first approval',
  )
  expect(buttons(counted)).toContain('approve-typed')
  const twice = await submit(mei, LEFT_OVER)
  expect(twice.errors?.address).toContain('one more person has to agree')
  expect((await stand.audit(approvalId(answer))).map(({ action }) => action)).toEqual(['offered', 'approved'])

  expect(await submit(tomas, LEFT_OVER)).toMatchObject({ closed: true })
  const end = await ending(stand, approvalId(answer))
  expect(end.text).toMatch(/^\*Done\.\*.*stays blocked until/)
  expect(end.text).not.toContain('block removed')

  // the way back: two people again
  expect(buttons(end)).toEqual(['approve', 'reject', 'again'])
  await press(stand, end, 'approve', mei)
  await press(stand, end, 'approve', tomas)
  const lifted = await ending(stand, `${approvalId(answer)}-f1`)
  expect(lifted.text).toMatch(/^\*Done\.\*.*is not blocked any more/)
  await waitForMessage(
    stand,
    (message) => message.ts === end.ts && !buttons(message).includes('approve'),
    'the decision about the way back',
  )
})
