import { expect, test } from 'vitest'
import { runCheck } from '../../../jobs/check.ts'
import type { Clock } from '../../../jobs/clock.ts'
import { openCluster } from '../../../jobs/hosts/cluster.ts'
import { runRemedy } from '../../../jobs/remedy.ts'
import { ctdb } from '../../../playbooks/ctdb/index.ts'
import { lockFileSystemHangs } from '../../../playbooks/ctdb/scenario.ts'
import type { Offer } from '../../../playbooks/shared/finding.ts'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'
import type { Reply, Scenario } from '../../../playbooks/shared/scenario.ts'

const playbook = ctdb as Playbook

/** The seed's incident by a clock that stands still unless somebody waits, with every command that was run. */
function openDemo(twist: (command: string, host: string) => Reply | undefined = () => undefined) {
  let now = Date.UTC(2026, 10, 20, 12, 0, 0)
  const clock: Clock = {
    now: () => now,
    sleep: async (ms) => {
      now += Math.max(0, ms)
    },
  }
  const commands: string[] = []
  const scenario = lockFileSystemHangs as Scenario
  const twisted: Scenario = {
    ...scenario,
    answer: (state, host, argv, at) => {
      commands.push(`${host}: ${argv.join(' ')}`)
      const other = twist(argv.join(' '), host)
      return other ? { state, reply: other } : scenario.answer(state, host, argv, at)
    },
  }
  const hosts = scenario.hosts.map((host) => ({ ...host, transport: 'replay' as const }))
  const cluster = openCluster({ name: 'demo', hosts, scenarios: [twisted], clock })
  return {
    changes: () =>
      commands.filter((command) => /: (kill|truncate|timeout|ctdb (dis|en)ablescript)/.test(command)),
    pass: (ms: number) => clock.sleep(ms),
    check: async () => (await runCheck({ playbook, args: {}, cluster })).result.diagnosis,
    approve: (offer: Offer) =>
      runRemedy({
        playbook,
        cluster,
        journal: async () => {},
        wallNow: () => 0,
        mandate: {
          ...{ approvalId: 'apr-000001', checkId: 'chk-000001', cluster: 'demo', playbook: 'ctdb', args: {} },
          ...{ remedy: offer.remedy, params: offer.params, basis: offer.basis, approvals: offer.approvals },
          ...{ requestedBy: 'lin', approvedBy: [{ user: 'mei', at: 0 }], deadline: 600_000 },
        },
      }),
  }
}

const offered = (offers: Offer[]) => offers.map(({ remedy, params }) => `${remedy} ${params.node}`)

test('the seed: disarmed and held in time, the storage returns, nobody shuts down, and all count from 0', async () => {
  const demo = openDemo()
  const found = await demo.check()
  expect(found.findings.map(({ code }) => code)).toEqual(['loaded-gun', 'lock-hangs'])
  expect(offered(found.offers)).toEqual(['disarm ctl-1', 'hold-monitoring ctl-2', 'hold-monitoring ctl-3'])
  const done = await demo.approve(found.offers[0]!)
  expect(done.lines.map(({ text }) => text)).toEqual([
    'looked again: unchanged',
    expect.stringMatching(/^set a timer on `ctl-1`: back on at 14:00 UTC$/),
    'the timer runs',
    'switched `01.reclock` off',
    'it is off',
    expect.stringMatching(/^ended the `01.reclock` that waited \(pid \d+\)$/),
    'no `ctdb shutdown` is pending',
  ])
  expect(await demo.approve(found.offers[1]!)).toMatchObject({ state: 'done' })
  // the way back is refused as long as the lock hangs
  expect(await demo.approve(done.offers[0]!)).toMatchObject({ state: 'refused' })
  await demo.pass(301_000)
  const after = await demo.check()
  expect(after.findings.map(({ code }) => code)).toEqual(['monitoring-held'])
  expect(offered(after.offers)).toEqual(['reset-counter ctl-1', 'reset-counter ctl-2'])
  const back = await demo.approve(done.offers[0]!)
  expect(back, JSON.stringify(back.lines)).toMatchObject({ state: 'done' })
  expect(await demo.approve(after.offers[1]!)).toMatchObject({ state: 'done' })
  expect((await demo.check()).findings.map(({ code }) => code)).toEqual(['healthy'])
  // emptied before it is switched on, always
  expect(demo.changes().filter((command) => command.startsWith('ctl-1'))).toEqual([
    expect.stringMatching(
      /timeout 10 setsid setsid find \/ -maxdepth 0 -exec sleep 7200 ; -exec truncate .* ; -exec ctdb enablescript/,
    ),
    'ctl-1: ctdb disablescript 01.reclock',
    expect.stringMatching(/kill -KILL \d+$/),
    'ctl-1: truncate -c -s 0 /var/lib/ctdb/failcount/01.reclock',
    'ctl-1: ctdb enablescript 01.reclock',
  ])
})

test('refuses to hold a count that has reached its end since: that has to be disarmed', async () => {
  const demo = openDemo()
  const { offers } = await demo.check()
  await demo.pass(50 * 15_200)
  expect(await demo.approve(offers[1]!)).toMatchObject({ state: 'refused', undone: 'Nothing was touched.' })
  expect(demo.changes()).toEqual([])
  expect(offered((await demo.check()).offers)[1]).toBe('disarm ctl-2')
})

test('does not switch anything off before the timer that ends it runs', async () => {
  const demo = openDemo((command) => (command.startsWith('timeout') ? { stdout: '' } : undefined))
  const { offers } = await demo.check()
  const ended = await demo.approve(offers[1]!)
  expect(ended).toMatchObject({ state: 'failed', now: /runs on `ctl-2` as before/ })
  expect(demo.changes().some((command) => command.includes('disablescript'))).toBe(false)
})

test('stops when the script stays on, and says that a shutdown may still be pending', async () => {
  const demo = openDemo((command) => (command.includes('disablescript') ? { stdout: '' } : undefined))
  const { offers } = await demo.check()
  const ended = await demo.approve(offers[0]!)
  expect(ended.state).toBe('failed')
  expect(ended.now).toMatch(/Whether `01.reclock` on `ctl-1` is off is not certain/)
  expect(ended.next).toMatch(/Leave the storage as it is/)
})

test('leaves the counter alone when the lock’s file does not answer after all', async () => {
  let hangs = false
  const demo = openDemo((command) =>
    hangs && command.startsWith('stat -c') ? { tookMs: 60_000 } : undefined,
  )
  const { offers } = await demo.check()
  const done = await demo.approve(offers[0]!)
  await demo.pass(301_000)
  hangs = true
  const ended = await demo.approve(done.offers[0]!)
  expect(ended).toMatchObject({ state: 'failed', undone: 'Nothing was changed.' })
  expect(demo.changes().some((command) => command.includes(': truncate'))).toBe(false)
})
