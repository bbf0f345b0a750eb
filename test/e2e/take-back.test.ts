import { Queue } from 'bullmq'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { verifyAudit } from '../../jobs/audit-chain.ts'
import { undoQueue } from '../../jobs/queue-names.ts'
import { PREFIX } from '../../jobs/redis/keys.ts'
import { buttons, ending, keyOf, now, press, said, told } from './conversation.ts'
import { incident, lin, mei, PATIENT, type Stand, startStand, tomas, visitor } from './stand.ts'
import { approve, takenBack, withSwitches } from './switch/stand.ts'

vi.setConfig(PATIENT)

let stand: Stand
beforeAll(async () => {
  stand = await startStand({
    ...withSwitches(['demo', 'early', 'timed', 'stuck', 'forged']),
    approvers: [lin, mei, tomas],
  })
})
afterAll(() => stand?.stop())

const status = async () => String((await stand.slack.command(lin, incident, 'status')).response?.text)
const actions = async (id: string) => (await stand.audit(id)).map(({ action }) => action)
const undos = async (cluster: string) =>
  new Queue(undoQueue(cluster), { connection: await stand.redis.connect(), prefix: PREFIX })

test('says nothing about what the steps took back themselves', async () => {
  const { id } = await approve(stand, 'hold')
  const end = await ending(stand, id)
  expect(end.text).toMatch(/^\*Done\.\*.*held · .*let go · .*nobody holds it/s)
  expect(buttons(end)).toEqual(['again'])
  expect(await actions(id)).toContain('nothing-left')
  expect(await status()).not.toContain('to be taken back')
  expect(said(stand, 'taken-back-')).toEqual([])
})

test('says until when something stays, and takes it back when somebody does not want to wait', async () => {
  const { id, answer } = await approve(stand, 'louder', { cluster: 'early' })
  const end = await ending(stand, id)
  expect(end.text).toMatch(
    /\*Until <!date\^\d+\^\{time\}\|\d\d:\d\d UTC>,\* then it is taken back by itself\./,
  )
  expect(end.text).toContain('[Take back now: set the level back]')
  expect(JSON.stringify(end.blocks), 'the dialog names the command').toContain('`switchctl level 3`')
  expect(await status()).toMatch(
    /\*Still to be taken back\*\n• set the level back on \*early\*: by itself at <!date/,
  )

  await press(stand, end, 'take-back', visitor)
  expect(told(stand, visitor)).toMatch(/You are not an approver here; <@U0LIN00001> or an approver can/)
  expect(await actions(id)).not.toContain('take-back-asked')

  // whoever asked may: it was part of what the other one approved
  await press(stand, end, 'take-back', lin)
  const back = await takenBack(stand, id, 'Taken back:')
  expect(back.text).toMatch(
    /^\*Taken back:\* The level is 3 again\.\n.*<@U0LIN00001> did not want to wait · .*level set back/,
  )
  expect(back.thread_ts).toBe(answer.root.ts)
  await expect.poll(() => buttons(now(stand, end)), { timeout: 15_000 }).toEqual(['again'])
  expect(now(stand, end).text).toContain('Taken back since then; see below.')
  expect(await status()).not.toContain('to be taken back')

  const trail = await stand.audit(id)
  expect(trail.map(({ action }) => action).slice(-6)).toEqual([
    ...['stays', 'ended', 'take-back-asked', 'undo-about-to', 'undo-did', 'undo-ended'],
  ])
  expect(trail.find(({ action }) => action === 'take-back-asked')?.actor).toBe(lin)
  expect(trail.find(({ action }) => action === 'must-not-stay')?.detail.left).toBe(
    '{"host":"sw-1","level":"3"}',
  )
  expect(verifyAudit(await stand.audit())).toMatchObject({ ok: true })
})

test('takes it back by itself at its time, and says so once', async () => {
  const { id } = await approve(stand, 'louder', { cluster: 'timed', minutes: '0.5' })
  const end = await ending(stand, id)
  const until = Number(/<!date\^(\d+)/.exec(end.text.slice(end.text.indexOf('*Until')))?.[1]) * 1000
  await takenBack(stand, id, 'Taken back:')
  expect(Date.now(), 'not before').toBeGreaterThanOrEqual(until)
  expect(said(stand, `taken-back-${id}`)).toHaveLength(1)
})

test('says loudly when it cannot be taken back, to whom, and what to do; and tries again when asked', async () => {
  const { id } = await approve(stand, 'hold', { cluster: 'stuck', host: 'sw-stuck' })
  const end = await ending(stand, id)
  expect(end.text).toMatch(/^\*Stopped\.\*.*What it set up is being taken back\./s)
  const queue = await undos('stuck')
  // six hours are too long for a test
  const client = await stand.redis.connect()
  const key = queue.toKey(`undo-${id}`)
  const opts = JSON.parse((await client.hget(key, 'opts')) ?? '')
  await client.hset(key, 'opts', JSON.stringify({ ...opts, attempts: 5 }))

  const late = await takenBack(stand, id, 'Not taken back yet:')
  expect(late.text).toContain('`switchctl release`: switchctl: busy')
  expect(late.text).toContain('<@U0LIN00001> <@U0MEI00001>: Go to the switch and pull the plug.')
  const line = /hold the switch on \*stuck\*: due since <!date\^(\d+).*tried \d times: .*busy/.exec(
    await status(),
  )
  expect(Number(line?.[1]), 'brought forward, so it is due already').toBeLessThanOrEqual(Date.now() / 1000)
  expect(late.text).toContain('[Try again to take back: “hold the switch”]')

  const given = await takenBack(stand, id, 'Could NOT be taken back:')
  expect(given.ts, 'in place').toBe(late.ts)
  expect(given.text).toMatch(/What a person has to do,\* <@U0LIN00001> <@U0MEI00001>: Go to the switch/)
  expect(buttons(given)).toEqual(['take-back'])
  expect((await actions(id)).filter((action) => action === 'undo-ended')).toHaveLength(1)
  await press(stand, given, 'take-back', tomas)
  await expect
    .poll(async () => (await queue.getJob(`undo-${id}-r2`))?.attemptsMade, { timeout: 15_000 })
    .toBeGreaterThan(0)
  expect(said(stand, 'taken-back-').filter((message) => keyOf(message) === `taken-back-${id}`)).toHaveLength(
    1,
  )
  await queue.close()
})

test('a job that somebody put into the queue takes nothing back', async () => {
  const { id } = await approve(stand, 'louder', { cluster: 'forged' })
  const end = await ending(stand, id)
  const queue = await undos('forged')
  const genuine = await queue.getJob(`undo-${id}`)
  const job = await queue.add('undo', { ...genuine?.data, left: { host: 'sw-2', level: '9' } })
  await expect
    .poll(async () => (await queue.getJob(job.id!))?.failedReason, { timeout: 15_000 })
    .toContain('not what was recorded before the remedy acted')
  expect((await actions(id)).slice(-1)).toEqual(['undo-refused'])
  expect(await actions(id)).not.toContain('undo-about-to')
  expect(buttons(now(stand, end))).toEqual(['take-back', 'again'])
  await queue.close()
})
