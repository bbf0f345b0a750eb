import { setTimeout as sleep } from 'node:timers/promises'
import { Queue } from 'bullmq'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createApprovals } from '../../jobs/approvals.ts'
import { type Audit, createAudit } from '../../jobs/audit.ts'
import { fastClock } from '../../jobs/clock.ts'
import type { Mandate, RemedyRequest, TakeBackRequest } from '../../jobs/contracts.ts'
import { type Cluster, openCluster } from '../../jobs/hosts/cluster.ts'
import { UNDO_TRIES, undoQueue, undoRetryMs } from '../../jobs/queue-names.ts'
import { createQueues, type Queues } from '../../jobs/queues.ts'
import { PREFIX } from '../../jobs/redis/keys.ts'
import { safeguardFor } from '../../jobs/safeguard.ts'
import { createKeyPair, sign } from '../../jobs/signing.ts'
import { quietFrom } from '../../jobs/take-back.ts'
import { startWorker } from '../../jobs/worker.ts'
import type { Scenario } from '../../playbooks/shared/scenario.ts'
import { listed } from '../playbooks/listed.ts'
import { eventually } from './processes.ts'
import { collectReports } from './queue-lab.ts'
import { startRedis, type TestRedis } from './redis-server.ts'
import { sampleApproval } from './sample.ts'
import { switchPlaybook, switchScenario } from './switch-playbook.ts'

const keys = createKeyPair()
const catalogue = [listed(switchPlaybook)]
const log = pino({ level: 'silent' })

let redis: TestRedis
let queues: Queues
let audit: Audit
let bot: ReturnType<typeof collectReports>
let count = 0
/** a cluster and an approval of its own for each test */
let lab: string
let id: string
beforeAll(async () => {
  redis = await startRedis()
  queues = createQueues(await redis.connect())
  audit = createAudit(await redis.connect())
  bot = collectReports(await redis.connect('worker'))
})
afterAll(async () => {
  await bot.close()
  await queues.close()
  await redis.stop()
})
beforeEach(() => {
  count += 1
  lab = `lab-${count}`
  id = `apr-undo-${count}`
})

const mandateFor = (remedy: string, host = 'sw-1'): Mandate => ({
  ...{ approvalId: id, checkId: 'chk-000001', cluster: lab, playbook: 'switch' },
  ...{
    args: { target: host },
    remedy,
    params: { host, minutes: '5' },
    basis: `${host} held=false level=3\n`,
  },
  ...{ requestedBy: 'lin', approvedBy: [{ user: 'mei', at: 0 }], approvals: 1 },
  deadline: Date.now() + 600_000,
})
const signed = (mandate: Mandate): RemedyRequest => ({
  ...{ mandate, signature: sign(mandate, keys.privateKey), origin: { channel: 'C1' } },
})

/** A worker in this process, with every command it ran that changed something. */
async function worker(speed = 20) {
  const commands: string[] = []
  const cluster = openCluster({
    name: lab,
    hosts: switchScenario.hosts.map((host) => ({ ...host, transport: 'replay' })),
    scenarios: [switchScenario as Scenario],
    clock: fastClock(speed),
  })
  const run: Cluster['run'] = (probe, signal) => {
    const command = probe.argv.join(' ')
    if (command !== 'switchctl show') commands.push(command)
    return cluster.run(probe, signal)
  }
  const { close } = await startWorker({
    ...{ catalogue, publicKey: keys.publicKey, version: 'test', log, cluster: { ...cluster, run } },
    redis: {
      ...{ kind: 'given', durable: false, url: redis.url, connect: redis.connect },
      ...{ describe: () => '', close: async () => {} },
    },
  })
  return { commands, close }
}

/** Approved, as the bot would have it, and in the queue. */
async function approved(mandate: Mandate): Promise<void> {
  const approvals = createApprovals(await redis.connect())
  const sample = sampleApproval(id)
  await approvals.create({ ...sample, cluster: lab })
  await approvals.approve(id, 'mei', sample.createdAt)
  await queues.addRemedy(signed(mandate))
}

/** On record as a remedy has it that was just about to act. */
async function recorded(mandate: Mandate, dueInMs: number): Promise<TakeBackRequest> {
  const { undos } = queues
  const safeguard = safeguardFor({ undos, audit, actor: 'worker gone-1' }, signed(mandate))
  await safeguard.record({ left: { host: 'sw-1', level: '3' }, dueAt: Date.now() + dueInMs })
  const undo = await undos.find({ cluster: lab, approvalId: id })
  return undo!.request
}

const actions = async () => (await audit.about(id)).map(({ action }) => action)
const report = (round = 1) => bot.of(`report-undo-${id}${round === 1 ? '' : `-r${round}`}`, 20_000)
const which = () => ({ cluster: lab, approvalId: id })

test('is silent about what the steps took back themselves: no job, no report, one line in the trail', async () => {
  await approved(mandateFor('hold'))
  const { commands, close } = await worker()
  expect((await bot.of(`report-remedy-${id}`)).end).toMatchObject({
    ended: 'completed',
    value: { state: 'done' },
  })
  expect(commands).toEqual(['switchctl hold', 'switchctl release'])
  expect(await queues.undos.find(which())).toBeUndefined()
  await sleep(500)
  expect(bot.reports.filter(({ jobId }) => jobId.includes(`undo-${id}`))).toEqual([])
  expect(await actions()).toEqual([
    ...['started', 'must-not-stay', 'about-to', 'did', 'about-to', 'did', 'nothing-left', 'ended'],
  ])
  await close()
})

test('leaves what may stay until its time, and takes it back then', async () => {
  await approved(mandateFor('louder'))
  // five minutes by a clock that runs a hundred times as fast
  const { commands, close } = await worker(100)
  const { end } = await bot.of(`report-remedy-${id}`)
  expect(end).toMatchObject({
    value: { state: 'done', leaves: { state: 'stays', label: 'set the level back' } },
  })
  expect(commands).toEqual(['switchctl level 7'])
  const [waiting] = await queues.undos.open(lab)
  expect(waiting).toMatchObject({ state: 'waits', tries: 0, request: { left: { host: 'sw-1', level: '3' } } })
  expect(Math.abs(waiting!.request.dueAt - Date.now() - 3_000)).toBeLessThan(1_000)
  expect((await report()).end).toMatchObject({
    ended: 'completed',
    value: { state: 'taken-back', now: 'The level is 3 again.', tries: 1 },
  })
  expect(Date.now()).toBeGreaterThanOrEqual(waiting!.request.dueAt)
  expect(commands).toEqual(['switchctl level 7', 'switchctl level 3'])
  expect((await actions()).slice(-5)).toEqual(['stays', 'ended', 'undo-about-to', 'undo-did', 'undo-ended'])
  expect(await queues.undos.open(lab)).toEqual([])
  await close()
})

test('comes at once when it is brought forward, and once only', async () => {
  await recorded(mandateFor('louder'), 600_000)
  const { commands, close } = await worker()
  expect(await queues.undos.bringForward(which())).toBe(true)
  await report()
  expect(await queues.undos.bringForward(which())).toBe(false)
  expect(await queues.undos.postpone(which(), Date.now() + 1000)).toBe(false)
  expect(await queues.undos.remove(which())).toBe(false)
  expect(commands).toEqual(['switchctl level 3'])
  await close()
})

test('comes at its time when nobody noticed that the worker died, long after the approval', async () => {
  await recorded({ ...mandateFor('hold'), deadline: Date.now() - 3_600_000 }, 1_500)
  const { commands, close } = await worker()
  await sleep(700)
  expect(commands, 'not before').toEqual([])
  await report()
  expect(commands).toEqual(['switchctl release'])
  await close()
})

test('never runs beside a step that may still be going on', async () => {
  await recorded(mandateFor('hold'), 0)
  const endsBy = Date.now() + 2_500
  const detail = { step: 'hold', endsBy: new Date(endsBy).toISOString() }
  const note = { at: Date.now(), actor: 'worker gone-1', subject: id, detail }
  await audit.append({ ...note, action: 'about-to' })
  // the bot's word that the worker is gone says nothing about its command
  await audit.append({ ...note, actor: 'unwedge', action: 'ended', detail: {} })
  const { commands, close } = await worker()
  await report()
  expect(Date.now()).toBeGreaterThanOrEqual(endsBy)
  expect(commands).toEqual(['switchctl release'])
  await close()
})

test('a step is open until its worker says what came of it', () => {
  const endsBy = '2026-11-20T12:00:05.000Z'
  const entry = (action: string, actor = 'worker w-1') => ({ actor, action, detail: { endsBy } })
  expect(quietFrom([])).toBe(0)
  expect(quietFrom([entry('about-to')])).toBe(Date.parse(endsBy))
  expect(quietFrom([entry('about-to'), entry('ended', 'unwedge'), entry('undo-did')])).toBe(
    Date.parse(endsBy),
  )
  for (const action of ['did', 'stopped', 'ended'])
    expect(quietFrom([entry('about-to'), entry(action)])).toBe(0)
})

const changes: [string, (request: TakeBackRequest) => unknown][] = [
  ['nobody signed', (request) => ({ ...request, signature: 'bm9ib2R5' })],
  [
    'is signed by somebody else',
    (request) => ({ ...request, signature: sign(request.mandate, createKeyPair().privateKey) }),
  ],
  [
    'names another level than was recorded',
    (request) => ({ ...request, left: { ...request.left, level: '9' } }),
  ],
  ['points to nothing in the trail', (request) => ({ ...request, entry: 9_999 })],
  ['points to what is about something else', (request) => ({ ...request, entry: 1 })],
  [
    'is for another cluster',
    (request) => {
      const mandate = { ...request.mandate, cluster: 'other' }
      return { ...request, ...signed(mandate) }
    },
  ],
  ['is no request at all', () => ({ argv: ['reboot'] })],
]
test.each(changes)('a job that %s does nothing, and that is in the trail', async (_name, change) => {
  const request = await recorded(mandateFor('louder'), 600_000)
  const queue = new Queue(undoQueue(lab), { connection: await redis.connect(), prefix: PREFIX })
  const { commands, close } = await worker()
  const job = await queue.add('undo', change(request), { attempts: 5 })
  expect(await eventually(async () => (await queue.getJob(job.id!))?.failedReason !== undefined)).toBe(true)
  expect((await queue.getJob(job.id!))?.attemptsMade, 'not tried again').toBe(1)
  expect(commands).toEqual([])
  const trail = (await audit.read(1, 10_000)).filter(
    ({ action, detail }) => action === 'undo-refused' && detail.job === job.id,
  )
  expect(trail.at(-1)?.detail.why).toBe((await queue.getJob(job.id!))?.failedReason)
  await queue.close()
  await close()
})

test('is tried again and again for hours, and said to be late after the third try', async () => {
  expect([1, 2, 3, 10, 50].map(undoRetryMs)).toEqual([1000, 2000, 4000, 300_000, 300_000])
  const hours =
    Array.from({ length: UNDO_TRIES - 1 }, (_, at) => undoRetryMs(at + 1)).reduce((a, b) => a + b) / 3_600_000
  expect(hours).toBeGreaterThan(5)
  expect(hours).toBeLessThan(7)
  const safeguard = safeguardFor(
    { undos: queues.undos, audit, actor: 'worker gone-1' },
    signed(mandateFor('hold', 'sw-stuck')),
  )
  await safeguard.record({ left: { host: 'sw-stuck', level: '3' }, dueAt: Date.now() })
  const { commands, close } = await worker()
  const late = await bot.of(`late-undo-${id}`, 20_000)
  expect(late).toMatchObject({ name: 'undo-late', data: { mandate: { approvalId: id } } })
  expect(commands).toEqual(Array(3).fill('switchctl release'))
  expect(await queues.undos.find(which())).toMatchObject({
    ...{ state: 'waits', tries: 3, why: '`switchctl release`: switchctl: busy' },
  })
  await close()
})

test('what went on after it was taken back is taken back once more', async () => {
  await recorded(mandateFor('hold'), 0)
  const { commands, close } = await worker()
  await report()
  const safeguard = safeguardFor(
    { undos: queues.undos, audit, actor: 'worker late-1' },
    signed(mandateFor('hold')),
  )
  await safeguard.bringForward(false)
  await sleep(500)
  expect(commands, 'once is enough where nothing went on').toEqual(['switchctl release'])
  await safeguard.bringForward(true)
  expect((await report(2)).end).toMatchObject({ ended: 'completed', value: { round: 2 } })
  expect(commands).toEqual(['switchctl release', 'switchctl release'])
  await close()
})

test('what has been recorded twice is one job', async () => {
  const request = await recorded(mandateFor('hold'), 600_000)
  expect(await queues.undos.add(request)).toBe(false)
  expect(await queues.undos.open(lab)).toHaveLength(1)
})

test('a remedy that stopped half-way is taken back without waiting for anyone', async () => {
  await approved(mandateFor('hold', 'sw-stuck'))
  const { commands, close } = await worker()
  expect((await bot.of(`report-remedy-${id}`)).end).toMatchObject({
    value: { state: 'failed', leaves: { state: 'being-taken-back' } },
  })
  expect(await eventually(() => commands.length >= 3)).toBe(true)
  expect(commands.slice(0, 3)).toEqual(['switchctl hold', 'switchctl release', 'switchctl release'])
  await close()
})
