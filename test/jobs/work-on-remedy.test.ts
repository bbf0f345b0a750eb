import type { Job } from 'bullmq'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Approvals, createApprovals } from '../../jobs/approvals.ts'
import { createAudit } from '../../jobs/audit.ts'
import type { Bench } from '../../jobs/bench.ts'
import { fastClock } from '../../jobs/clock.ts'
import type { Mandate } from '../../jobs/contracts.ts'
import { openCluster } from '../../jobs/hosts/cluster.ts'
import { createQueues } from '../../jobs/queues.ts'
import { createRecords } from '../../jobs/records.ts'
import { PREFIX } from '../../jobs/redis/keys.ts'
import { QueueUnreachable } from '../../jobs/redis/unreachable.ts'
import { createKeyPair, sign } from '../../jobs/signing.ts'
import { workOnRemedy } from '../../jobs/work-on-remedy.ts'
import type { Playbook } from '../../playbooks/shared/playbook.ts'
import type { Scenario } from '../../playbooks/shared/scenario.ts'
import { listed } from '../playbooks/listed.ts'
import { startRedis, type TestRedis } from './redis-server.ts'
import { sampleApproval } from './sample.ts'
import { switchPlaybook, switchScenario } from './switch-playbook.ts'

const keys = createKeyPair()
const hold = switchPlaybook.remedies.hold!
/** holds the switch and lets it go, and nothing takes it back */
const remedy: typeof hold = {
  ...hold,
  plan: (...asked) => {
    const { mustNotStay: _, ...plan } = hold.plan(...asked)
    return plan
  },
}
const playbook = { ...switchPlaybook, remedies: { hold: remedy } } as Playbook

let redis: TestRedis
let approvals: Approvals
let count = 0
let id: string
beforeAll(async () => {
  redis = await startRedis()
  approvals = createApprovals(await redis.connect())
})
afterAll(() => redis.stop())
beforeEach(async () => {
  count += 1
  id = `apr-work-${count}`
  const sample = sampleApproval(id)
  await approvals.create(sample)
  await approvals.approve(id, 'mei', sample.createdAt)
})

/** Works on the approved remedy; `meanwhile` happens while its first step runs. */
async function work(over: Partial<Approvals> = {}, meanwhile: () => Promise<unknown> = async () => {}) {
  const client = await redis.connect()
  const commands: string[] = []
  const cluster = openCluster({
    name: 'lab',
    hosts: switchScenario.hosts.map((host) => ({ ...host, transport: 'replay' })),
    scenarios: [switchScenario as Scenario],
    clock: fastClock(20),
  })
  const run: typeof cluster.run = async (probe, signal) => {
    const command = probe.argv.slice(1).join(' ')
    if (command !== 'show') commands.push(command)
    if (command === 'hold') await meanwhile()
    return await cluster.run(probe, signal)
  }
  const queues = createQueues(client)
  const bench: Bench = {
    ...{ id: 'w-1', cluster: { ...cluster, run }, catalogue: [listed(playbook)], client },
    ...{ records: createRecords(client, PREFIX), audit: createAudit(client), undos: queues.undos },
    ...{ running: new Map(), keeping: new Set(), log: pino({ level: 'silent' }) },
    approvals: { ...approvals, ...over },
  }
  const mandate: Mandate = {
    ...{ approvalId: id, checkId: 'chk-000001', cluster: 'lab', playbook: 'switch', remedy: 'hold' },
    ...{
      args: { target: 'sw-1' },
      params: { host: 'sw-1', minutes: '5' },
      basis: 'sw-1 held=false level=3\n',
    },
    ...{ requestedBy: 'lin', approvedBy: [{ user: 'mei', at: 0 }], approvals: 1 },
    deadline: Date.now() + 600_000,
  }
  const data = { mandate, signature: sign(mandate, keys.privateKey), origin: { channel: 'C1' } }
  const job = { id: 'j', data, updateProgress: async () => {} } as unknown as Job
  const result = await workOnRemedy(bench, job, keys.publicKey).finally(async () => {
    await queues.close()
    await cluster.close()
  })
  return { result, commands }
}

test('a worker whose run was given up while it acted does nothing more, and says so', async () => {
  const { result, commands } = await work({}, () => approvals.finish(id, 'unknown', 'job stalled'))
  expect(commands).toEqual(['hold'])
  expect(result).toMatchObject({ state: 'failed', now: 'It stopped at release.' })
  expect(result.lines.at(-1)).toMatchObject({
    ok: false,
    text: expect.stringMatching(/^stopped: this run was given up meanwhile .*; check again$/),
  })
  expect((await approvals.get(id))?.state).toBe('unknown')
})

test('a worker that cannot ask whether its run was given up waits, and goes on when it was not', async () => {
  let asked = 0
  const start: Approvals['start'] = async (...which) => {
    asked += 1
    if (asked === 2 || asked === 3) throw new QueueUnreachable('the approval')
    return await approvals.start(...which)
  }
  const { result, commands } = await work({ start })
  expect(result.state).toBe('done')
  expect(commands).toEqual(['hold', 'release'])
  expect(asked, 'once to begin, once per act, and twice in vain').toBe(5)
})
