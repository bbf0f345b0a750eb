import { describe, expect, test } from 'vitest'
import { fixture } from './fixture.ts'
import { gun, helperIdle, look, NOW, type Node, type Row, SCRIPT, stats } from './situation.ts'

const seconds = (ago: number) => new Date(NOW - ago * 1000).toISOString().slice(0, 19)
const ctdbd = (ageS: number): Row[] => [{ pid: 400, ppid: 1, name: 'ctdbd', ageS, wchan: 'do_epoll_wait' }]
const noSocket = {
  exitCode: 1,
  stderr: 'connect() failed, errno=2\nFailed to connect to CTDB daemon (/run/ctdb/ctdbd.socket)\n',
}
const stopped = {
  status: noSocket,
  'status-y': noSocket,
  state: noSocket,
  lock: noSocket,
  runs: noSocket,
  tunables: noSocket,
}
const INIT: Row[] = [{ pid: 1, ppid: 0, name: 'systemd', ageS: 9e5, wchan: 'do_epoll_wait' }]
/** The counter as it stands since then. */
const counted = (count: number, ago: number) => ({
  files: {
    stdout: `755 900 1480000000 ${SCRIPT}\n644 ${count} ${NOW / 1000 - ago} /var/lib/ctdb/failcount/01.reclock\n`,
  },
})
const first = (nodes: Node[], options?: Parameters<typeof look>[1]) => look(nodes, options).findings[0]!

describe('a counter is about now only while somebody counts', () => {
  const log =
    '2026/11/20 11:40:00.100000 [9]: 01.reclock: Reclock file /gpfs/ctdb/lock" can not be accessed. Shutting down.\n'

  test('a node that has shut itself down is not a loaded gun, and nothing is offered', () => {
    const found = look([{ count: 212, processes: INIT, log, instead: stopped }])
    expect(found.codes[0]).toBe('ctdbd-down')
    expect(found.findings[0]!.details.join()).toContain('counted to its end')
    expect(found.codes).not.toContain('loaded-gun')
    expect(found.offers).toEqual([])
    const old = log.replace('2026/11/20', '2026/10/20')
    const later = look([{ count: 212, processes: INIT, log: old, instead: stopped }])
    expect(later.findings[0]!.details.join()).not.toContain('counted to its end')
  })

  test('what an old count left behind while ctdbd does not run is no fault of the lock', () => {
    const found = look([{ count: 150, processes: INIT, instead: stopped }, {}])
    expect(found.codes).toEqual(['ctdbd-down'])
    expect(JSON.stringify(found.findings)).not.toMatch(/predicted|can't see the lock/)
  })

  test('one that counts no more gives no date, and is not certain', () => {
    const since = (ago: number) => first([{ count: 150, processes: helperIdle, instead: counted(150, ago) }])
    expect(since(5)).toMatchObject({ code: 'lock-not-readable', verdict: 'confirmed', severity: 'critical' })
    expect(since(3 * 86_400)).toMatchObject({ code: 'lock-not-readable', verdict: 'inconclusive' })
    expect(since(3 * 86_400).summary).not.toContain('predicted')
  })
})

describe('the storage returns while it is looked at', () => {
  const none = { stdout: '', exitCode: 2 }
  test.each([
    ['3 `stat`s that are gone at the first look', 3, { 'waits-1': none, 'waits-2': none }],
    ['3 that are gone at the second', 3, { 'waits-2': none }],
    ['150, of which the 40 that are looked at are gone', 150, { 'waits-2': none }],
    ['150, of which those are gone at once', 150, { 'waits-1': none, 'waits-2': none }],
  ])('%s do not hang, nor is the lock called unreadable', (_, count, instead) => {
    const found = look([{ count, processes: [...helperIdle, ...stats(count, 6)], instead }])
    expect(found).toMatchObject({ codes: ['waiting-unclear'], offers: [], doNot: [] })
    expect(found.findings[0]).toMatchObject({ verdict: 'inconclusive' })
    expect(found.findings[0]!.summary).toContain('has ended while I looked')
    expect(found.findings[0]!.details[0]).toMatch(/`stat` \(pid 1001, .*\), which has ended since\.$/)
  })
  test('one look is enough to see that it is gone', () => {
    const processes = [...helperIdle, ...stats(3, 6)]
    const found = look([{ count: 3, processes, instead: { 'waits-1': none } }], { interval: '0' })
    expect(found).toMatchObject({ codes: ['waiting-unclear'], offers: [] })
  })
  test('while the node is still unhealthy, that stands beside it', () => {
    const processes = [...helperIdle, ...stats(5, 6)]
    const found = first([{ count: 5, flags: ['Unhealthy'], processes, instead: { 'waits-2': none } }])
    expect(found.code).toBe('unhealthy-unexplained')
    expect(found.details.join()).toContain('which has ended since')
  })
  test('one of those looked at that still hangs speaks for those that were not', () => {
    const found = look([{ count: 150, processes: [...helperIdle, ...stats(150, 6)] }])
    expect(found.codes).toEqual(['lock-hangs'])
    expect(found.findings[0]!.details[0]).toContain('150 `stat` of the lock file hang')
  })
  test('a `stat` that was answered at once is nothing', () => {
    const processes = [...helperIdle, ...stats(1, 1)]
    expect(look([{ processes, instead: { 'waits-1': none, 'waits-2': none } }]).codes).toEqual(['healthy'])
  })
})

test('a df below an 01.reclock that is not known may be there for another reason', () => {
  const script = `${SCRIPT}:df -P /gpfs || exit 1\n${SCRIPT}:own_check || ctdb shutdown\n`
  const unknown = { count: 0, processes: gun, instead: { script: { stdout: script } } }
  expect(first([unknown])).toMatchObject({ code: 'loaded-gun', verdict: 'inconclusive' })
  expect(first([unknown]).summary).toContain('may shut itself down')
  expect(look([unknown]).offers).toEqual([])
  expect(first([{ count: 212, processes: [...stats(5), ...gun] }]).verdict).toBe('confirmed')
})

describe('nodes that do not see each other', () => {
  const parted = (ageS: number) => [
    { others: { 1: ['Disconnected'] } },
    { processes: [...ctdbd(ageS), ...helperIdle] },
  ]

  test('one that was started a moment ago has not been found yet', () => {
    expect(first(parted(7))).toMatchObject({ code: 'node-starting', verdict: 'inconclusive' })
    expect(first(parted(70))).toMatchObject({ code: 'partition', verdict: 'confirmed' })
  })

  test('a node of another cluster with the same number is not the one that is missing', () => {
    const other = statusOf([['1', '10.9.0.2', []]], '1')
    const found = look([{ others: { 1: ['Disconnected'] } }, { instead: { status: { stdout: other } } }])
    expect(found.codes).toEqual(['node-disconnected'])
  })
})

describe('contention', () => {
  const contended = (ago: number) =>
    `${seconds(ago)}+00:00 n ctdb-recoverd[1]: Unable to take cluster lock - contention\n`

  test('long ago is history', () => {
    expect(look([{ log: contended(60) }]).codes).toEqual(['lock-held-elsewhere'])
    expect(look([{ log: contended(3600) }]).codes).toEqual(['healthy'])
  })

  test('without a time it is not certain that it is so now', () => {
    const clock = { outcome: 'timed-out', reason: 'late' } as const
    expect(first([{ log: contended(60), instead: { clock } }])).toMatchObject({
      code: 'lock-held-elsewhere',
      verdict: 'inconclusive',
    })
  })

  test('a node of the cluster that was not asked may hold it, as its leader does', () => {
    expect(first([{ log: contended(60) }, {}])).toMatchObject({ verdict: 'confirmed' })
    const one = first([{ log: contended(60) }, {}], { on: 'n0' })
    expect(one).toMatchObject({ code: 'lock-held-elsewhere', verdict: 'inconclusive' })
    expect(one.summary).toContain('node 1 (`10.0.0.2`)')
  })
})

describe('who banned a node', () => {
  const banned: Node = { flags: ['Banned', 'Inactive'] }

  test('ctdbd writes the same line for `ctdb ban` and for the cluster', () => {
    const log = `${seconds(60)}+00:00 n ctdbd[1]: Banning this node for 300 seconds\n`
    expect(first([{ ...banned, log }]).summary).not.toContain('the cluster banned it')
  })

  test('the leader says it, wherever that is', () => {
    const log = `${seconds(60)}+00:00 n ctdb-recoverd[1]: Banning node 0 for 300 seconds\n`
    const found = look([banned, { log }])
    expect(found.findings[0]!.summary).toContain('the cluster banned it by itself')
    const other = look([banned, { log: log.replace('node 0', 'node 7') }])
    expect(other.findings[0]!.summary).not.toContain('the cluster banned it')
  })

  test('without the logs nobody is accused', () => {
    const syslog = { config: { stdout: '/etc/ctdb/ctdb.conf:  location = syslog\n' } }
    for (const nodes of [[{ ...banned, instead: syslog }], [banned, { instead: syslog }]]) {
      expect(first(nodes).summary).toContain('logs that were not seen')
      expect(first(nodes).summary).not.toContain('so somebody did')
    }
  })
})

describe('what others and flags say is not health', () => {
  test('a script that timed out once does not make its node unhealthy', () => {
    const runs = '00.ctdb OK 0.001 Fri Nov 20 2026\n50.samba TIMEDOUT 30.1 Fri Nov 20 2026\n'
    expect(first([{ runs }]).summary).toBe(
      '`50.samba` failed in the last monitor run on `n0`; the node is not called unhealthy.',
    )
    const unseen = { processes: { outcome: 'timed-out', reason: 'late' } } as const
    const found = first([
      { flags: ['Unhealthy'], runs: fixture('unhealthy-scriptstatus.out'), instead: unseen },
    ])
    expect(found.summary).toBe('`n0` is unhealthy because of `90.test`.')
  })

  test('partially online is not OK', () => {
    expect(look([{ flags: ['PartiallyOnline'] }]).codes).toEqual(['partially-online'])
    const offer = look([
      { count: 120, flags: ['Unhealthy'], processes: stats(120), others: { 1: ['PartiallyOnline'] } },
    ]).offers
    expect(offer).toMatchObject([{ approvals: 1 }])
    const both = look([
      { count: 120, flags: ['Unhealthy'], processes: stats(120), others: { 1: ['PartiallyOnline'] } },
      { flags: ['PartiallyOnline'] },
    ])
    expect(both.offers).toMatchObject([{ approvals: 2 }])
  })

  test('a node that was not asked, and has failed in the eyes of others, is named', () => {
    const nodes = [{ others: { 1: ['Unhealthy'] } }, {}]
    expect(look(nodes, { on: 'n0' }).codes).toEqual(['node-not-asked'])
    expect(look([{ others: { 1: ['Disabled'] } }, {}], { on: 'n0' }).codes).toEqual(['healthy'])
  })

  test('a lock on a disk of its own guards nothing where there are several nodes', () => {
    expect(first([{ lock: '/gpfs2/lock' }, {}])).toMatchObject({
      code: 'lock-on-own-disk',
      severity: 'warning',
    })
    // the path is not followed, and a symlink in it may lead to the cluster file system
    expect(first([{ lock: '/shared/ctdb/lock' }, {}])).toMatchObject({ verdict: 'inconclusive' })
    expect(look([{ lock: '/gpfs2/lock' }]).codes).toEqual(['healthy'])
    expect(look([{}, {}]).codes).toEqual(['healthy'])
  })
})

test('a script that was switched on after the last run is not called off', () => {
  const runs = '00.ctdb OK 0.001 Fri Nov 20 2026\n01.reclock DISABLED\n'
  expect(look([{ count: 0, off: true, runs }]).codes).toEqual(['monitoring-held'])
  const on = look([{ count: 0, runs }])
  expect(on.codes).not.toContain('monitoring-held')
  expect(on.offers).toEqual([])
})

test('a lock file that was replaced at an unknown time may have been so long ago', () => {
  const log = fixture('reclock-A-removed.log').replaceAll('2026-11-20T18', '2026-11-20T11')
  const clock = { outcome: 'timed-out', reason: 'late' } as const
  expect(first([{ log, instead: { clock } }])).toMatchObject({
    code: 'lock-replaced',
    verdict: 'inconclusive',
  })
  expect(first([{ log }])).toMatchObject({ code: 'lock-replaced', verdict: 'confirmed' })
})

function statusOf(rows: [pnn: string, ip: string, flags: string[]][], own: string): string {
  const columns = ['Disconnected', 'Unknown', 'Banned', 'Disabled', 'Unhealthy', 'Stopped', 'Inactive']
  const cells = (flags: string[]) => columns.map((name) => (flags.includes(name) ? 1 : 0)).join('|')
  const lines = rows.map(([pnn, ip, flags]) => `|${pnn}|${ip}|${cells(flags)}|${pnn === own ? 'Y' : 'N'}|\n`)
  return `|Node|IP|${columns.join('|')}|ThisNode|\n${lines.join('')}`
}
