import { Queue } from 'bullmq'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parseCommandLine } from '../../handlers/command-line.ts'
import { runCheck } from '../../jobs/check.ts'
import { fastClock } from '../../jobs/clock.ts'
import type { Mandate, RemedyRequest } from '../../jobs/contracts.ts'
import { type Cluster, openCluster, type Question } from '../../jobs/hosts/cluster.ts'
import { checksQueue, remediesQueue } from '../../jobs/queue-names.ts'
import { PREFIX } from '../../jobs/redis/keys.ts'
import { runRemedy } from '../../jobs/remedy.ts'
import { createKeyPair, sign } from '../../jobs/signing.ts'
import { catalogue } from '../../playbooks/catalogue.ts'
import { scenarios } from '../../playbooks/scenarios.ts'
import { playbookNamed } from '../../playbooks/shared/playbook.ts'
import type { Scenario } from '../../playbooks/shared/scenario.ts'
import { leftOverWatcher } from '../../playbooks/watchers/scenario.ts'
import { answerTo, approvalId, ask, check, ending, HEADER, LEFT_OVER, press } from './conversation.ts'
import { mei, PATIENT, type Stand, startStand } from './stand.ts'

vi.setConfig(PATIENT)

const watchers = (await playbookNamed(catalogue, 'watchers'))!
const args = { target: HEADER, interval: '2' }
const CHANGING = / (?:blacklist|blocklist) (?:add|rm) /

/** The incident as a cluster in this process; `asked` is every command, `states` what it was after each. */
function incident(scenario: Scenario = leftOverWatcher as Scenario, sees = (_: string) => true) {
  const asked: string[] = []
  const states: unknown[] = [scenario.start()]
  const watched: Scenario = {
    ...scenario,
    answer: (state, host, argv, now) => {
      asked.push(argv.join(' '))
      const answer = scenario.answer(state, host, argv, now)
      states.push(answer?.state ?? state)
      return answer
    },
  }
  const hosts = scenario.hosts.filter(({ name }) => sees(name))
  const cluster = openCluster({
    name: 'demo',
    hosts: hosts.map((host) => ({ ...host, transport: 'replay' })),
    scenarios: [watched],
    clock: fastClock(100),
  })
  return { cluster, asked, states }
}

async function offered(cluster: Cluster) {
  const { result } = await runCheck({ playbook: watchers, args, cluster })
  return result.diagnosis.offers
}

async function mandateFor(cluster: Cluster): Promise<Mandate> {
  const [offer] = await offered(cluster)
  if (!offer) throw new Error('nothing was offered')
  const { remedy, params, basis, approvals } = offer
  return {
    ...{ approvalId: 'a-test-1', checkId: 'c-test-1', cluster: 'demo', playbook: 'watchers', args },
    ...{ remedy, params, basis, approvals, requestedBy: 'U0LIN00001' },
    approvedBy: [{ user: mei, at: Date.now() }],
    deadline: Date.now() + 60_000,
  }
}

const noJournal = async () => {}

test('rule 1: a check reads: none of its commands changes the cluster', async () => {
  for (const scenario of scenarios) {
    const { cluster, asked, states } = incident(scenario)
    const playbook = await playbookNamed(catalogue, scenario.playbook)
    const parsed = parseCommandLine(playbook?.usage.examples[0] ?? '', catalogue)
    if (!parsed.ok || parsed.command.verb !== 'check')
      throw new Error(`${scenario.playbook}: its example is no check`)
    await runCheck({ playbook: playbook!, args: parsed.command.args, cluster })
    expect(asked.length, `${scenario.playbook} looked`).toBeGreaterThan(3)
    // a scenario may note when it was first looked at; its clock starts there
    const what = (key: string, value: unknown) => (['since', 'bootMs'].includes(key) ? undefined : value)
    const distinct = new Set(states.map((state) => JSON.stringify(state, what)))
    expect([...distinct], `${scenario.playbook} changed nothing`).toHaveLength(1)
  }
})

describe('rule 2: nothing from outside is ever a command', () => {
  test('whatever is typed, no program sees an option or a command in it that is not ours', async () => {
    const nasty = fc.constantFrom(
      '-',
      '--',
      '--foo',
      ';',
      '$(id)',
      '`id`',
      '|',
      '\n',
      '\0',
      '=',
      '/',
      ' ',
      '..',
      '\u202e',
    )
    const word = fc
      .array(fc.oneof(nasty, fc.string({ maxLength: 8 }), fc.constantFrom('rbd/', 'rbd_header.')))
      .map((parts) => parts.join(''))
    const asked: Question[] = []
    const blank = { startedAt: 0, durationMs: 0, exitCode: 0, stderr: '', truncated: false }
    const deaf: Cluster = {
      ...incident().cluster,
      run: async (probe) => {
        asked.push(probe)
        const { id, host, argv } = probe
        const stdout = argv.includes('--version') ? 'ceph version 16.2.11 (abc) pacific (stable)\n' : ''
        return { ...blank, probe: id, host, argv: [...argv], outcome: 'exited', stdout }
      },
    }
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(word, word, async (target, pool) => {
        asked.length = 0
        const typed = { target, ...(pool !== '' && { pool }) }
        if (!watchers.args.safeParse(typed).success) return
        accepted += 1
        await runCheck({ playbook: watchers, args: typed, cluster: deaf, secondLook: false })
        const own = await ownWords(deaf, asked)
        for (const { argv } of asked) {
          expect(['ceph', 'rados', 'rbd', 'ss', 'ps', 'find', 'cat']).toContain(argv[0])
          for (const part of argv.slice(1)) {
            if (own.has(part)) continue
            expect(part, 'what came from outside').toMatch(/^[A-Za-z0-9_.][A-Za-z0-9_.+:=~/-]*$/)
          }
        }
      }),
      {
        numRuns: 300,
        seed: 20261120,
        examples: [
          ['rbd/vol7', ''],
          ['--foo', ''],
          ['rbd/-f', ''],
          ['rbd/v', '--id'],
        ],
      },
    )
    expect(accepted).toBeGreaterThan(0)
  })

  test('a remedy takes no parameters but those of its own schema', () => {
    const remedy = watchers.remedies.blocklist!
    const right = { address: LEFT_OVER, client: '4123', proof: 'proven' }
    expect(remedy.params.safeParse(right).success).toBe(true)
    const wrong = [
      { ...right, address: '--help' },
      { ...right, address: `${LEFT_OVER}; reboot` },
      { ...right, address: '1.1.2.1' },
      { ...right, client: '4123 --yes' },
      { ...right, argv: 'reboot' },
    ]
    for (const params of wrong) {
      const parsed = remedy.params.safeParse(params)
      // an address without a nonce is a whole host; it may be understood, but never be what is blocked
      if (parsed.success) expect(parsed.data.address).toMatch(/:0\/0$/)
    }
  })
})

/** What the playbook writes by itself: the words it uses for a harmless target. */
async function ownWords(cluster: Cluster, asked: Question[]): Promise<Set<string>> {
  const before = [...asked]
  asked.length = 0
  await runCheck({ playbook: watchers, args: { target: 'x/y' }, cluster, secondLook: false })
  await runCheck({ playbook: watchers, args: { target: 'rbd_header.0' }, cluster, secondLook: false })
  const own = new Set(asked.flatMap(({ argv }) => argv.slice(1)))
  asked.splice(0, asked.length, ...before)
  return own
}

test('rule 4: a step that wakes up after the deadline is the last one', async () => {
  const { cluster, asked } = incident()
  const mandate = await mandateFor(cluster)
  let now = Date.now()
  const slow: Cluster = {
    ...cluster,
    run: async (probe, signal) => {
      const seen = await cluster.run(probe, signal)
      // it hung for an hour, and then it worked
      if (CHANGING.test(probe.argv.join(' '))) now += 3_600_000
      return seen
    },
  }
  const result = await runRemedy({
    playbook: watchers,
    mandate,
    cluster: slow,
    journal: noJournal,
    wallNow: () => now,
  })
  expect(asked.filter((command) => CHANGING.test(command))).toEqual([expect.stringContaining(' add ')])
  expect(asked.at(-1), 'not even a look').toContain(' add ')
  expect(result).toMatchObject({ state: 'failed', now: expect.stringContaining(LEFT_OVER) })
})

test('rule 4: after the deadline nothing is begun', async () => {
  const { cluster, asked } = incident()
  const mandate = await mandateFor(cluster)
  const late = () => mandate.deadline + 1
  const result = await runRemedy({ playbook: watchers, mandate, cluster, journal: noJournal, wallNow: late })
  expect(asked.filter((command) => CHANGING.test(command))).toEqual([])
  expect(result).toMatchObject({ state: 'refused', undone: 'Nothing was touched.' })
})

test('rule 7: what is undone is what was done, to the digit', async () => {
  const { cluster, asked, states } = incident()
  const mandate = await mandateFor(cluster)
  await runRemedy({ playbook: watchers, mandate, cluster, journal: noJournal })
  const [add, rm, ...more] = asked.filter((command) => CHANGING.test(command)).map((each) => each.split(' '))
  expect(more).toEqual([])
  expect(add?.at(-2)).toBe(LEFT_OVER)
  expect(rm?.at(-1)).toBe(add?.at(-2))
  expect(states.at(-1)).toMatchObject({ blacklist: [] })
})

describe('rule 8: “stale” needs proof', () => {
  test('who is proven gone is offered with one approval, who is in use not at all', async () => {
    const offers = await offered(incident().cluster)
    expect(offers.map(({ params, approvals, typed }) => ({ ...params, approvals, typed }))).toEqual([
      { address: LEFT_OVER, client: '4123', proof: 'proven', until: 'never', approvals: 1, typed: undefined },
    ])
  })

  test('who cannot be looked at needs two people and the address typed in', async () => {
    const offers = await offered(incident(leftOverWatcher as Scenario, (host) => host !== 'wsg-2').cluster)
    expect(offers).toMatchObject([
      { approvals: 2, typed: LEFT_OVER, because: expect.stringMatching(/may be alive/) },
    ])
  })

  const alive: [string, Partial<Record<string, string>>][] = [
    ['has the image mapped', { find: '/sys/bus/rbd/devices/0/client_id:client4123\n' }],
    [
      'is a process that talks to the OSDs',
      {
        ss: 'ESTAB 0 0 1.1.2.1:51234 1.1.2.4:6800 users:(("tgtd",pid=546917,fd=9))\n',
      },
    ],
  ]
  test.each(alive)('a client that %s is not offered', async (_, shown) => {
    const scenario: Scenario = {
      ...(leftOverWatcher as Scenario),
      answer: (state, host, argv, now) => {
        const answer = (leftOverWatcher as Scenario).answer(state, host, argv, now)
        const more = host === 'wsg-2' && !argv.includes('/proc') ? shown[argv[0] ?? ''] : undefined
        return (
          answer && {
            ...answer,
            reply: { ...answer.reply, stdout: `${answer.reply.stdout ?? ''}${more ?? ''}` },
          }
        )
      },
    }
    expect(await offered(incident(scenario).cluster)).toEqual([])
  })
})

test('rule 9: what cannot be written into the trail is not done', async () => {
  const { cluster, asked } = incident()
  const mandate = await mandateFor(cluster)
  const journal = async () => {
    throw new Error('the trail cannot be reached')
  }
  await expect(runRemedy({ playbook: watchers, mandate, cluster, journal })).rejects.toThrow(
    'cannot be reached',
  )
  expect(asked.filter((command) => CHANGING.test(command))).toEqual([])
})

test('rule 10: a number that identifies something arrives as it was, also beyond 2^53', async () => {
  const cookie = '18446462598732840961'
  const scenario: Scenario = {
    ...(leftOverWatcher as Scenario),
    answer: (state, host, argv, now) => {
      const answer = (leftOverWatcher as Scenario).answer(state, host, argv, now)
      const stdout = answer?.reply.stdout?.replace(/(cookie"?[=:])1\b/g, `$1${cookie}`)
      return answer && { ...answer, reply: { ...answer.reply, ...(stdout !== undefined && { stdout }) } }
    },
  }
  const [offer] = await offered(incident(scenario).cluster)
  expect(offer?.basis).toContain(`client.4123 cookie ${cookie}\n`)
})

describe('what only the whole product can show', () => {
  let stand: Stand
  beforeAll(async () => {
    stand = await startStand({ clusters: ['forged', 'twice', 'badjob'] })
  })
  afterAll(() => stand?.stop())

  const queueOf = async (name: string) =>
    new Queue(name, { connection: await stand.redis.connect(), prefix: PREFIX })
  const actionsOf = async (id: string) => (await stand.audit(id)).map(({ action }) => action)

  test('rule 2: a job that somebody put into the queue is not believed', async () => {
    const queue = await queueOf(checksQueue('badjob'))
    const data = {
      ...{ id: 'c-forged-1', playbook: 'watchers', args: { target: '--foo' }, cluster: 'badjob' },
      ...{ requestedBy: mei, origin: { channel: 'C0INCIDENT' }, requestedAt: Date.now() },
    }
    const jobs = [
      await queue.add('check', data),
      await queue.add('check', { ...data, args: { target: 'rbd/vol7', argv: 'reboot' } }),
      await queue.add('check', { ...data, playbook: 'reboot' }),
    ]
    for (const { id } of jobs)
      await expect.poll(async () => (await queue.getJob(id!))?.failedReason, { timeout: 15_000 }).toBeTruthy()
    await queue.close()
  })

  test('rule 3: a remedy that the bot did not sign, or not so, is not run', async () => {
    const answer = await check(stand, 'forged')
    const id = approvalId(answer)
    const offer = await mandateFor(incident().cluster)
    const mandate = { ...offer, approvalId: id, checkId: answer.checkId, cluster: 'forged' }
    const queue = await queueOf(remediesQueue('forged'))
    const signature = sign(mandate, createKeyPair().privateKey)
    const job = await queue.add('remedy', { mandate, signature, origin: { channel: 'C0INCIDENT' } })
    await expect
      .poll(async () => (await queue.getJob(job.id!))?.failedReason, { timeout: 15_000 })
      .toContain('the signature is not by the bot that this worker trusts')
    expect(await actionsOf(id)).toEqual(['offered'])
    await queue.close()
  })

  test('rule 6: a remedy that was run is not run again, whoever brings its mandate', async () => {
    const answer = await check(stand, 'twice')
    const id = approvalId(answer)
    await press(stand, answer.finding, 'approve', mei)
    await ending(stand, id)
    const queue = await queueOf(remediesQueue('twice'))
    const genuine = await queue.getJob(`remedy-${id}`)
    const job = await queue.add('remedy', genuine?.data as RemedyRequest)
    await expect
      .poll(async () => (await queue.getJob(job.id!))?.failedReason, { timeout: 15_000 })
      .toContain('it was started, stopped or ended before')
    expect((await actionsOf(id)).filter((action) => action === 'about-to')).toHaveLength(2)
    await queue.close()
  })

  test('rule 3: what was signed for one approval is worth nothing when a word of it is changed', async () => {
    const answer = await answerTo(
      stand,
      await ask(stand, `check watchers ${HEADER} interval=2 cluster=forged`),
    )
    const queue = await queueOf(remediesQueue('twice'))
    const [genuine] = await queue.getCompleted()
    if (!genuine) throw new Error('no remedy was run before')
    const { mandate, signature, origin } = genuine.data as RemedyRequest
    const changes: Partial<Mandate>[] = [
      { approvalId: approvalId(answer) },
      { params: { ...mandate.params, address: '1.1.2.4:0/220114' } },
      { deadline: mandate.deadline + 3_600_000 },
      { approvedBy: [...mandate.approvedBy, { user: 'U0TOMAS001', at: 0 }] },
    ]
    for (const change of changes) {
      const job = await queue.add('remedy', { mandate: { ...mandate, ...change }, signature, origin })
      await expect
        .poll(async () => (await queue.getJob(job.id!))?.failedReason, { timeout: 15_000 })
        .toContain('the signature is not by the bot')
    }
    await queue.close()
  })
})
