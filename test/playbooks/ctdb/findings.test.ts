import { describe, expect, test } from 'vitest'
import { fixture } from './fixture.ts'
import { gun, helperIdle, helperStuck, look, NOW, type Node, stats } from './situation.ts'

const minutes = (ms: number) => Math.round((ms - NOW) / 60_000)
const facts = (found: ReturnType<typeof look>) =>
  (found.facts.nodes as { shutdownAt: number; failingSince: number; intervalMs: number }[])[0]!

test('healthy only when all was seen', () => {
  expect(look([{}, {}])).toMatchObject({ codes: ['healthy'], unseen: [], offers: [] })
})

describe('release 4.17, whose status stays OK', () => {
  test('the helper’s child in one place in two looks is the hang', () => {
    const found = look([{ processes: helperStuck }, {}])
    expect(found.codes).toEqual(['lock-hangs'])
    expect(found.findings[0]!.summary).toBe(
      "The file system of CTDB's lock, `/gpfs` (gpfs), hangs on `n0`, and CTDB does not notice: its status is OK.",
    )
    expect(found.offers).toEqual([])
  })
  test('one look is not enough, and a helper that moved on does not hang', () => {
    expect(look([{ processes: helperStuck }], { interval: '0' }).codes).toEqual(['waiting-unclear'])
    expect(look([{ processes: helperStuck, moved: [501] }]).codes).toEqual(['healthy'])
  })
  test('where the kernel does not tell what it waits for, nothing is called healthy', () => {
    const processes = helperIdle.map(({ wchan: _, ...row }) => row)
    expect(look([{ processes }]).codes).toEqual(['waiting-unclear'])
  })
})

describe('two ctdbds on one host (containers)', () => {
  const daemon = (pid: number, ppid = 1) => ({ pid, ppid, name: 'ctdbd', ageS: 900, wchan: 'do_epoll_wait' })
  test('another one’s hanging helper is not blamed on this node, nor is this node called healthy', () => {
    const found = look([{ processes: [daemon(300), daemon(600), ...helperStuck] }])
    expect(found).toMatchObject({ codes: ['partly-seen'], offers: [] })
    expect(found.unseen[0]!.why).toMatch(/more than one ctdbd/)
  })
  test('nothing is offered: it could end the wrong one’s script', () => {
    const processes = [daemon(300), daemon(600), ...stats(40), ...gun]
    expect(look([{ count: 212, flags: ['Unhealthy'], processes }]).offers).toEqual([])
  })
  test('a ctdbd that the first one started (the recovery daemon of old releases) is no second one', () => {
    expect(look([{ processes: [daemon(300), daemon(301, 300), ...helperStuck] }]).codes).toEqual([
      'lock-hangs',
    ])
  })
})

describe('the old script', () => {
  const failing = (count: number, more: Partial<Node> = {}): Node => ({
    count,
    flags: ['Unhealthy'],
    processes: stats(count),
    ...more,
  })
  test('says since when, how many, and when the node shuts itself down', () => {
    const found = look([failing(120)])
    expect(found.codes).toEqual(['lock-hangs'])
    expect(found.findings[0]!.summary).toBe(
      "The file system of CTDB's lock, `/gpfs` (gpfs), hangs on `n0` since 11:29 UTC: `n0` has 120 of 200 failures, shutdown predicted at 12:20 UTC.",
    )
    // 80 runs of 15.2 s, the last one 5 s ago
    expect(facts(found).shutdownAt).toBeCloseTo(NOW - 5000 + 80 * 15_200, -3)
    expect(facts(found).intervalMs).toBeCloseTo(15_200, -1)
    expect(found.findings[0]!.details[0]).toMatch(/120 `stat` of the lock file hang .*one more every 15\.2 s/)
    expect(found.offers.map(({ remedy }) => remedy)).toEqual(['hold-monitoring'])
  })
  test('without stats to measure by, the tunable has to do', () => {
    const found = look([failing(120, { processes: stats(2) })])
    expect(facts(found).intervalMs).toBe(15_000)
    expect(minutes(facts(found).shutdownAt)).toBe(20)
  })
  test.each([
    [3, 15_000],
    [4, 15_200],
    [5, 15_200],
    [12, 15_200],
  ])('of %i gaps, the two that CTDB makes shorter for an unhealthy node do not count', (gaps, interval) => {
    // 5.2 s and 10 s after the first two, then 15.2 s each
    const processes = stats(gaps + 1).map((row) => {
      const run = (row.pid - 1000) >> 1
      return { ...row, ageS: row.ageS - (run === 0 ? 15.2 : run === 1 ? 5.2 : 0) }
    })
    const measured = facts(look([failing(gaps + 1, { processes })])).intervalMs
    expect(measured).toBeCloseTo(interval, -1)
  })
  test.each([
    [199, [], 'lock-hangs', ['hold-monitoring']],
    [200, [], 'loaded-gun', ['disarm']],
    [199, gun, 'loaded-gun', ['disarm']],
    [212, gun, 'loaded-gun', ['disarm']],
  ])('at %i failures with %j', (count, extra, code, offers) => {
    const found = look([failing(count, { processes: [...stats(Math.min(count, 199)), ...extra] })])
    expect(found.codes[0]).toBe(code)
    expect(found.offers.map(({ remedy }) => remedy)).toEqual(offers)
  })
  test('a gun is named with its process, and warned of', () => {
    const found = look([failing(212, { processes: [...stats(199), ...gun] })])
    expect(found.findings[0]!.summary).toMatch(
      /^`n0` will shut itself down the moment `\/gpfs` \(gpfs\) answers again/,
    )
    expect(found.findings[0]!.details[1]).toMatch(/pid 7000, for 12 s\) waits for `df` \(pid 7001\)/)
    expect(found.offers[0]!.commands.at(-1)).toBe('kill -KILL 7000')
    expect(found.doNot.map(({ what }) => what)).toEqual([
      'bring the storage back before this is disarmed',
      'delete the lock file',
    ])
  })
  test('a df that nobody waits for is harmless', () => {
    const orphan = { ...gun[1]!, ppid: 1 }
    expect(look([failing(50, { processes: [...stats(50), orphan] })]).codes).toEqual(['lock-hangs'])
  })
  test.each([
    [2, ['healthy']],
    [3, ['lock-not-readable']],
  ])('counts %i although nothing hangs', (count, codes) => {
    expect(look([{ count, processes: helperIdle }]).codes).toEqual(codes)
  })
  test('two people have to agree where other nodes are healthy', () => {
    expect(look([failing(120), { flags: [] }]).offers[0]).toMatchObject({
      approvals: 2,
      because: /clients could be sent back/,
    })
    const all = { others: { 0: ['Unhealthy'], 1: ['Unhealthy'] } }
    expect(look([failing(120, all), failing(120, all)]).offers[0]).toMatchObject({ approvals: 1 })
  })
  test('switched off and forgotten is a finding of its own, with the way back', () => {
    const found = look([{ count: 0, off: true }])
    expect(found.codes).toEqual(['monitoring-held'])
    expect(found.offers.map(({ remedy }) => remedy)).toEqual(['reset-counter'])
    expect(look([{ count: 40, off: true, processes: stats(40) }]).offers).toEqual([])
  })
})

describe('look-alikes', () => {
  const foreign = fixture('reclock-C-foreign.log')
  test('contention with nodes that don’t see each other is a partition; the lock is fine', () => {
    const found = look([
      { others: { 1: ['Disconnected'] } },
      { log: foreign, others: { 0: ['Disconnected'] } },
    ])
    expect(found.codes).toEqual(['partition'])
    expect(found.findings[0]!.summary).toMatch(/^The lock is fine, the network between the nodes is not/)
    expect(found.offers).toEqual([])
  })
  test('contention without that: somebody else holds it; with a node unseen it can’t be told', () => {
    expect(look([{ log: foreign }, {}]).findings[0]).toMatchObject({
      code: 'lock-held-elsewhere',
      verdict: 'confirmed',
    })
    const blind: Node = { instead: { status: { outcome: 'unreachable', reason: 'no route' } } }
    expect(look([{ log: foreign }, blind]).findings[0]).toMatchObject({
      code: 'lock-held-elsewhere',
      verdict: 'inconclusive',
    })
  })
  test('a partition shows without contention, too; a node that nobody could ask is only disconnected', () => {
    expect(look([{ others: { 1: ['Disconnected'] } }, {}]).codes).toEqual(['partition'])
    const cut: Node = {
      instead: Object.fromEntries(
        ['status', 'status-y', 'processes'].map((id) => [id, { outcome: 'unreachable', reason: 'no route' }]),
      ),
    }
    expect(look([{ others: { 1: ['Disconnected'] } }, cut]).codes).toEqual(['node-disconnected'])
  })
  test('the lock’s file was replaced', () => {
    const log = fixture('reclock-A-removed.log')
    const at = (day: string) => log.replaceAll('2026-11-20T18', `2026-11-${day}T11`)
    expect(look([{ log: at('20') }]).codes).toEqual(['lock-replaced'])
    expect(look([{ log: at('18') }]).codes).toEqual(['healthy'])
  })
  test('another script', () => {
    const found = look([{ flags: ['Unhealthy'], runs: fixture('unhealthy-scriptstatus.out') }])
    expect(found.codes).toEqual(['other-script'])
    expect(found.findings[0]!.summary).toBe(
      '`n0` is unhealthy because of `90.test`, not because of its lock.',
    )
  })
  test('switched off by people is not failed; banned says by whom', () => {
    expect(look([{ flags: ['Disabled'] }])).toMatchObject({
      codes: ['node-disabled'],
      findings: [{ severity: 'info' }],
    })
    expect(look([{ flags: ['Stopped', 'Inactive'] }]).codes).toEqual(['node-disabled'])
    expect(look([{ flags: ['Banned', 'Inactive'] }]).findings[0]!.summary).toMatch(
      /somebody did$|somebody did\.$/,
    )
    const log = '2026-11-20T11:59:00.1+00:00 n ctdb-recoverd[1]: Banning node 0 for 300 seconds\n'
    expect(look([{ flags: ['Banned', 'Inactive'], log }]).findings[0]!.summary).toMatch(
      /the cluster banned it by itself/,
    )
  })
  test('unhealthy without a reason that was seen is not explained away', () => {
    expect(look([{ flags: ['Unhealthy'] }]).findings[0]).toMatchObject({
      code: 'unhealthy-unexplained',
      verdict: 'inconclusive',
    })
  })
  test('no lock at all, or one that a program keeps', () => {
    expect(look([{ lock: '' }]).codes).toEqual(['no-lock'])
    expect(look([{ lock: '!/usr/x a' }]).findings[0]!.summary).toMatch(/kept by a program/)
  })
  test('no leader, and recovering', () => {
    expect(look([{ state: { outcome: 'timed-out', reason: 'late' } }]).codes).toEqual(['no-leader'])
    expect(look([{ state: { stdout: 'Recovery mode:RECOVERY (1)\n' } }]).codes).toEqual(['recovering'])
  })
})

test('asks one node when one is named, and says which there are when it is none', () => {
  expect(look([{}, {}], { on: 'n1' }).wanted.every((id) => id.endsWith('@n1'))).toBe(true)
  expect(look([{}], { on: 'n7' })).toMatchObject({ looked: false, codes: ['no-such-node'] })
  expect(look([])).toMatchObject({ looked: false, codes: ['no-ctdb-node'] })
})
