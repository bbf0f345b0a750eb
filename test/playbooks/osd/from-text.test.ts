import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OsdArgs } from '../../../playbooks/osd/args.ts'
import { osdReader } from '../../../playbooks/osd/from-text.ts'
import {
  DAMAGES,
  folded,
  identifiers,
  missingFacts,
  pastedIn,
  prompted,
  tell,
  worst,
  wrapped,
} from '../shared/ceph/pasted.ts'

const texts = pastedIn(join(import.meta.dirname, 'text'))
const read = (text: string) => tell(osdReader, text)
const of = (name: string) => {
  const text = texts.get(name)
  if (!text) throw new Error(`no text ${name}`)
  return prompted(text)
}

type Wanted = {
  facts?: Record<string, Record<string, string | string[]>[]>
  codes: Record<string, string>
  next?: string[]
  doNot?: RegExp[]
}

const FSID = '325b6813-5fb2-498c-bdee-d4c7d1fc00b3'
const OSD1 = {
  id: '1',
  addresses: ['127.0.0.1:6808/25134', '127.0.0.1:6809/25134', '127.0.0.1:6810/25134', '127.0.0.1:6811/25134'],
}
const UP = { 'osds-up': 'ok' }
const QUIET = { 'nothing-wrong-here': 'ok' }

/** Nothing here may alarm anybody. */
const HEALTHY: Record<string, Wanted> = {
  'ok-status': {
    facts: {
      clusters: [{ fsid: FSID }],
      osdCounts: [{ osds: '3', up: '3', in: '3' }],
      pgStates: [{ state: 'active+clean', count: '9' }],
    },
    codes: { 'health-ok': 'ok', ...UP },
  },
  'ok-status-json': {
    facts: { clusters: [{ fsid: FSID }], osdCounts: [{ osds: '3', up: '3' }] },
    codes: { 'health-ok': 'ok', ...UP },
  },
  'status-giant-ok': {
    facts: { monitors: [{ members: ['a=10.0.0.1:6789/0', 'b=10.0.0.2:6789/0', 'c=10.0.0.3:6789/0'] }] },
    codes: { 'health-ok': 'ok', ...UP },
  },
  'ok-health': { codes: { 'health-ok': 'ok' } },
  'ok-health-json': { codes: { 'health-ok': 'ok' } },
  'health-noout': { facts: { flags: [{ flags: ['noout'] }] }, codes: { 'osdmap-flags': 'info' } },
  'ok-tree': { facts: { osds: [{ id: '2', state: 'up', host: 'vm' }] }, codes: UP },
  'ok-tree-json': { facts: { osds: [{ id: '2', state: 'up', host: 'vm' }] }, codes: UP },
  'ok-df': { facts: { osds: [{ id: '1', pgs: '5', state: 'up' }] }, codes: UP },
  'ok-df-json': { facts: { osds: [{ id: '1', pgs: '5', state: 'up' }] }, codes: UP },
  'ok-dump': {
    facts: { osds: [OSD1], pools: [{ id: '1', name: 'rbd', size: '1', minSize: '1' }] },
    codes: UP,
  },
  'ok-dump-json': { facts: { osds: [{ id: '1', uuid: 'b8d1d4e9-f52f-40cd-b38f-4ebe31a95d17' }] }, codes: UP },
  'ok-osd-stat': { codes: UP },
  'ok-osd-stat-json': { codes: UP },
  'ok-perf': { facts: { osds: [{ id: '2', commitLatencyMs: '0', applyLatencyMs: '0' }] }, codes: QUIET },
  'ok-perf-json': { facts: { osds: [{ id: '2', commitLatencyMs: '0' }] }, codes: QUIET },
  'ok-find': {
    facts: { osds: [{ id: '1', host: 'vm', osdFsid: 'b8d1d4e9-f52f-40cd-b38f-4ebe31a95d17' }] },
    codes: QUIET,
  },
  'ok-metadata': {
    facts: { osds: [{ id: '1', host: 'vm', version: '16.2.15', objectstore: 'memstore' }] },
    codes: QUIET,
  },
  'ok-pg-stat': { codes: { 'pgs-clean': 'ok' } },
  'ok-pg-stat-json': { codes: { 'pgs-clean': 'ok' } },
  'ok-stuck': { codes: { 'no-stuck-pgs': 'ok' } },
  'ok-stuck-json': { codes: QUIET },
  'ok-versions': { codes: { 'one-version': 'ok' } },
  'mixed-versions': { codes: { 'mixed-versions': 'info' } },
  'ok-osd-map': {
    facts: { pgs: [{ id: '1.6', acting: ['1'], object: 'rbd_header.103c49b111cc' }] },
    codes: QUIET,
  },
  'ok-mon-stat': { codes: QUIET },
  'ok-pgs-brief': {
    facts: { pgs: [{ id: '1.7', state: 'active+clean', acting: ['1'] }] },
    codes: { 'pgs-clean': 'ok' },
  },
  'ok-ls-by-osd': { facts: { pgs: [{ id: '1.0', acting: ['1'] }] }, codes: { 'pgs-clean': 'ok' } },
  'ok-pg-query': {
    facts: { pgs: [{ id: '2.0', state: 'active+clean', acting: ['2'] }] },
    codes: { 'pgs-clean': 'ok' },
  },
  'ok-crash-ls': { codes: { 'no-crash-reports': 'ok' } },
  'ok-crash-ls-json': { codes: { 'no-crash-reports': 'ok' } },
  'ok-to-stop-yes': { codes: { 'ok-to-stop': 'ok' } },
  'down-ok-to-stop': {
    facts: { pgs: [{ id: '1.2' }] },
    codes: { 'not-ok-to-stop': 'info' },
    doNot: [/stop or restart osd\.0 now/],
  },
  'asok-dump_ops_in_flight': { codes: { 'ops-fine': 'ok' } },
  'asok-dump_blocked_ops': { codes: { 'ops-fine': 'ok' } },
  'asok-status': { facts: { osds: [{ id: '1', daemonState: 'active' }] }, codes: QUIET },
  'asok-config-get-ms_max_accept_failures': {
    facts: { settings: [{ name: 'ms_max_accept_failures', value: '4' }] },
    codes: QUIET,
  },
  'ss-listening': {
    facts: { listeners: [{ pid: '2360', address: '127.0.0.1:6802' }] },
    codes: { 'osds-listen': 'ok' },
  },
  lsof: { facts: { listeners: [{ pid: '4058', address: '127.0.0.1:6808' }] }, codes: QUIET },
  'fds-fine': { facts: { openFiles: [{ pid: '11080', open: '312' }] }, codes: { 'fd-limit-fine': 'ok' } },
  'file-nr-fine': { codes: { 'machine-files-fine': 'ok' } },
  'log-quiet': { codes: { 'no-fault-in-log': 'ok' } },
  'log-recovered': {
    facts: { osds: [{ id: '4' }, { id: '1' }] },
    codes: { 'osd-came-back': 'info', 'complaint-cleared': 'info' },
  },
  'down-find-none': { codes: { 'no-such-osd': 'info' } },
}

const ACCEPT = {
  facts: { errors: [{ code: '24', name: 'EMFILE' }] },
  codes: { 'accept-emfile': 'critical' },
  doNot: [/restart all OSDs/],
}

const FAULTY: Record<string, Wanted> = {
  'down-status': {
    codes: { 'osd-down': 'warning', 'pg-availability': 'critical', 'osdmap-flags': 'info' },
    next: ['check osds'],
    doNot: [/declare OSDs lost/],
  },
  'down-status-json': {
    codes: { 'osd-down': 'warning', 'pg-availability': 'critical' },
    next: ['check osds'],
  },
  'down-health': {
    facts: { osds: [{ id: '1', state: 'down', host: 'vm' }] },
    codes: { 'osd-down': 'warning' },
    next: ['check osd 1'],
  },
  'down-health-json': {
    facts: { osds: [{ id: '1', state: 'down', host: 'vm' }] },
    codes: { 'osd-down': 'warning' },
    next: ['check osd 1'],
  },
  'down-tree': {
    facts: { osds: [{ id: '1', state: 'down', host: 'vm' }] },
    codes: { 'osd-down': 'warning' },
    next: ['check osd 1'],
  },
  'down-tree-json': {
    facts: { osds: [{ id: '1', state: 'down', host: 'vm' }] },
    codes: { 'osd-down': 'warning' },
    next: ['check osd 1'],
  },
  'down-df': {
    facts: { osds: [{ id: '1', state: 'down' }] },
    codes: { 'osd-down': 'warning' },
    next: ['check osd 1'],
  },
  'down-dump': {
    facts: { osds: [{ ...OSD1, state: 'down' }] },
    codes: { 'osd-down': 'warning' },
    next: ['check osd 1'],
  },
  'down-dump-json': {
    facts: { osds: [{ id: '1', state: 'down' }] },
    codes: { 'osd-down': 'warning' },
    next: ['check osd 1'],
  },
  'down-osd-stat': { codes: { 'osd-down': 'warning' }, next: ['check osds'] },
  'down-pg-stat': {
    facts: { pgStates: [{ state: 'stale+active+clean', count: '5' }] },
    codes: { 'pg-availability': 'critical' },
  },
  'down-pgs-brief': {
    facts: { pgs: [{ id: '1.7', state: 'stale+active+clean' }] },
    codes: { 'pg-availability': 'critical' },
  },
  'tell-down': { codes: { 'daemon-not-answering': 'warning' }, next: ['check osd 1'] },
  'status-firefly': {
    facts: {
      osdCounts: [{ osds: '6', up: '5', in: '6' }],
      pgStates: [{ state: 'down+peering', count: '3' }],
      clusters: [{ fsid: '5c1e7f6a-0d7c-4b8e-9d3c-0a4b5c6d7e8f' }],
    },
    codes: {
      'pg-availability': 'critical',
      'osd-down': 'warning',
      'slow-ops': 'warning',
      'pg-degraded': 'warning',
    },
    next: ['check osds'],
  },
  'health-giant': {
    facts: {
      pgs: [
        { id: '2.5', state: 'down+peering', acting: ['3', '1'] },
        { id: '2.1f', acting: ['1'] },
      ],
      osds: [
        { id: '4', state: 'down', address: '192.168.106.220:6800/11080' },
        { id: '3', blockedOps: '100' },
      ],
    },
    codes: { 'pg-availability': 'critical', 'slow-ops': 'warning', 'osd-down': 'warning' },
    next: ['check osd 4', 'check osd 3'],
    doNot: [/declare OSDs lost/, /restart all OSDs/],
  },
  'health-slow-ops': {
    facts: { osds: [{ id: '1' }, { id: '4' }] },
    codes: { 'slow-ops': 'warning' },
    next: ['check osd 1', 'check osd 4'],
    doNot: [/restart all OSDs/],
  },
  'health-luminous': {
    facts: {
      osds: [{ id: '7', state: 'down', host: 'stor-22' }, { id: '3' }],
      pgs: [{ id: '2.1a', state: 'down', acting: ['1', '3'] }],
    },
    codes: { 'pg-availability': 'critical', 'osd-down': 'warning', 'request-stuck': 'critical' },
    next: ['check osd 7', 'check osd 3'],
  },
  'health-full': {
    facts: {
      osds: [
        { id: '3', full: 'full' },
        { id: '5', full: 'near full' },
      ],
    },
    codes: { 'osd-full': 'critical', 'osd-nearfull': 'warning', 'pool-full': 'critical' },
    doNot: [/full_ratio/],
  },
  'health-mon-crash': {
    facts: { monitors: [{ name: 'c', state: 'down' }], osds: [{ id: '4', host: 'stor-22' }] },
    codes: { 'mon-down': 'warning', 'recent-crash': 'warning' },
    next: ['check osd 4'],
    doNot: [/remove the monitor/],
  },
  'health-nodown': {
    facts: { flags: [{ flags: ['nodown', 'noout'] }] },
    codes: { 'osdmap-flags': 'warning' },
  },
  'health-inconsistent': {
    facts: { pgs: [{ id: '2.5', acting: ['3', '1', '5'] }] },
    codes: { 'pg-damaged': 'critical' },
    doNot: [/pg repair/],
  },
  'pg-query-blocked': {
    facts: { pgs: [{ id: '2.5', state: 'down+peering', blockedBy: ['4'], acting: ['3', '1'] }] },
    codes: { 'pg-blocked': 'critical' },
    next: ['check osd 4'],
    doNot: [/osd lost/],
  },
  'dump-stuck-old': {
    facts: { pgs: [{ id: '2.1f', state: 'incomplete', acting: ['1', '3'] }] },
    codes: { 'pg-availability': 'critical' },
  },
  'blocked-by': {
    facts: { osds: [{ id: '4', blocks: '12' }] },
    codes: { 'blocked-by': 'warning' },
    next: ['check osd 4'],
  },
  'tree-giant': {
    facts: { osds: [{ id: '4', state: 'down', host: 'stor-22' }] },
    codes: { 'osd-down': 'warning' },
    next: ['check osd 4'],
  },
  'df-full': {
    facts: { osds: [{ id: '3', percent: '95.70', pgs: '144' }] },
    codes: { 'osd-full': 'critical', 'osd-nearfull': 'warning' },
  },
  'dump-giant': {
    facts: {
      osds: [
        {
          id: '4',
          state: 'down',
          addresses: [
            '10.0.0.4:6800/11080',
            '10.0.1.4:6801/11080',
            '10.0.1.4:6802/11080',
            '10.0.0.4:6803/11080',
          ],
        },
      ],
    },
    codes: { 'osd-down': 'warning', 'osdmap-flags': 'warning' },
    next: ['check osd 4'],
  },
  'crash-ls': {
    facts: {
      crashes: [{ id: '2026-11-18T20:57:33.610101Z_0b8c1a0e-3c0c-4f0e-9b1e-6d0c8d1f2a3b', daemon: 'osd.4' }],
    },
    codes: { 'recent-crash': 'warning' },
    next: ['check osd 4'],
  },
  'crash-info': {
    facts: { crashes: [{ daemon: 'osd.4', host: 'stor-22' }] },
    codes: { 'accept-abort': 'critical' },
    next: ['check osd 4'],
  },
  'log-accepter': { ...ACCEPT, next: ['check osd 4'] },
  'log-emfile': {
    ...ACCEPT,
    codes: { 'accept-emfile': 'critical', 'accept-abort': 'critical' },
    next: ['check osd 0'],
  },
  'log-enfile': {
    facts: { errors: [{ code: '23', name: 'ENFILE' }] },
    codes: { 'accept-enfile': 'critical' },
    next: ['check osd 7'],
  },
  'log-heartbeat': {
    facts: { osds: [{ id: '1' }, { id: '4', address: '10.0.0.4:6806' }] },
    codes: { 'heartbeat-no-reply': 'warning' },
    next: ['check osd 4'],
  },
  'log-heartbeat-giant': {
    facts: { osds: [{ id: '0' }, { id: '3' }] },
    codes: { 'heartbeat-no-reply': 'warning' },
    next: ['check osd 3'],
  },
  'log-wrongly': { codes: { 'wrongly-marked-down': 'warning' }, next: ['check osd 4'] },
  'log-slow': {
    facts: {
      ops: [
        {
          client: 'client.4123',
          object: 'rbd_data.7mjm6dk28jaj3.0000000000000a1f',
          waitsFor: ['4', '5'],
          age: '60.881',
        },
      ],
      osds: [{ id: '3' }],
    },
    codes: { 'slow-ops': 'warning' },
    next: ['check osd 3'],
    doNot: [/restart all OSDs/],
  },
  'log-slow-new': {
    facts: { ops: [{ client: 'client.4123', pg: '2.5', object: 'rbd_data.5e2cb1ae6ba2.0000000000000a1f' }] },
    codes: { 'slow-ops': 'warning' },
    next: ['check osd 3'],
  },
  'log-assert': { codes: { 'daemon-crashed': 'critical' }, next: ['check osd 4'] },
  'log-suicide': {
    codes: { 'suicide-timeout': 'critical', 'thread-stalled': 'warning' },
    next: ['check osd 4'],
  },
  'log-failed': {
    facts: { osds: [{ id: '4' }] },
    codes: { 'osd-marked-down': 'warning', 'osd-marked-out': 'warning' },
    next: ['check osd 4'],
  },
  'kernel-osd': {
    facts: { addresses: [{ address: '10.0.0.4:6801', daemon: 'osd.4' }] },
    codes: { 'osd-connection-lost': 'warning' },
    next: ['check osd 4'],
  },
  'ss-waiting': {
    facts: { listeners: [{ pid: '11080', address: '10.0.0.4:6800', waiting: '129' }] },
    codes: { 'connections-not-taken': 'critical' },
    next: ['check osds'],
  },
  'fds-near': {
    facts: {
      openFiles: [{ pid: '11080', open: '4080' }],
      limits: [{ pid: '11080', openFilesSoft: '4096', openFilesHard: '131072' }],
    },
    codes: { 'near-fd-limit': 'warning' },
    next: ['check osds'],
  },
  'file-nr-full': { codes: { 'machine-files-near': 'warning' }, next: ['check osds'] },
  'mon-timeout': { codes: { 'monitors-not-answering': 'warning' }, doNot: [/restart OSDs/] },
  'auth-refused': { codes: { 'auth-refused': 'warning' } },
  'ops-slow': {
    facts: { ops: [{ client: 'client.4123', address: '10.1.2.3:0/3062468253', waitsFor: ['4', '5'] }] },
    codes: { 'slow-ops': 'warning' },
    next: ['check osd 3'],
  },
}

const check = (text: string, { facts = {}, codes, next = [], doNot = [] }: Wanted) => {
  const told = read(text)
  expect(missingFacts(told, facts)).toEqual([])
  for (const [code, severity] of Object.entries(codes))
    expect(told.findings.map((each) => `${each.code} ${each.severity}`)).toContain(`${code} ${severity}`)
  expect(told.next.map(({ command }) => command)).toEqual(expect.arrayContaining(next))
  for (const pattern of doNot) expect(told.doNot.map(({ what }) => what).join('\n')).toMatch(pattern)
  return told
}

describe('calls healthy what is healthy', () => {
  test.each(Object.keys(HEALTHY))('%s', (name) => {
    const told = check(of(name), HEALTHY[name]!)
    expect(['ok', 'info']).toContain(worst(told))
    for (const damage of Object.values(DAMAGES))
      expect(['ok', 'info']).toContain(worst(read(damage(of(name)))))
    for (const width of [80, 100])
      expect(['ok', 'info', undefined]).toContain(worst(read(wrapped(of(name), width))))
    expect(['ok', 'info', undefined]).toContain(worst(read(folded(of(name), 90))))
  })
})

describe('finds what is wrong, its identifiers, what to check and what not to do', () => {
  test.each(Object.keys(FAULTY))('%s', (name) => void check(of(name), FAULTY[name]!))
  test.each(Object.keys(FAULTY))('%s, however it was pasted', (name) => {
    for (const damage of Object.values(DAMAGES)) check(damage(of(name)), FAULTY[name]!)
  })
  test.each(Object.keys(FAULTY))('%s, broken by a terminal or an editor', (name) => {
    for (const width of [80, 100, 132]) check(wrapped(of(name), width), FAULTY[name]!)
    check(folded(of(name), 90), FAULTY[name]!)
  })
})

test('every text of the folder is in one of the tables, and its next steps are commands of ours', () => {
  expect([...Object.keys(HEALTHY), ...Object.keys(FAULTY)].sort()).toEqual([...texts.keys()].sort())
  for (const text of texts.values())
    for (const { command } of read(prompted(text)).next) {
      const [verb, playbook, target] = command.split(' ')
      expect(verb).toBe('check')
      if (playbook === 'osd') OsdArgs.parse({ target })
      else expect(command).toBe('check osds')
    }
})

test('what a log tells is never called certain of now', () => {
  for (const name of Object.keys(FAULTY).filter(
    (each) => each.startsWith('log-') || each.startsWith('kernel-'),
  ))
    for (const { verdict } of read(of(name)).findings) expect(verdict).toBe('inconclusive')
})

test('several OSDs that start together are no crash loop; starts one after the other are', () => {
  const start = (time: string, pid: number) =>
    `2026-11-20T${time}.195+0000 7fdaef9d81c0  0 ceph version 16.2.15 (618f440892089921c3e944a991122ddc44e60516) pacific (stable), process ceph-osd, pid ${pid}\n`
  expect(worst(read(start('18:00:01', 1) + start('18:00:01', 2) + start('18:00:02', 3)))).toBe('ok')
  const again = read(start('18:00:01', 1) + start('18:04:01', 2) + start('18:08:02', 3))
  expect(again.findings.map(({ code }) => code)).toContain('many-starts')
})

test('says nothing of texts of other systems', () => {
  const others = [
    '',
    'hello',
    '   2 unknown\n   3 down\n',
    'CTDB_SOCKET: /run/ctdb\nNODE_FLAGS down\n',
    '1494600228.960570 statfs("/var/share/ezfs", 0x7ffc) = 0\n',
    'Number of nodes:2\npnn:0 10.0.0.1  OK (THIS NODE)\n',
    '4: POSIX  ADVISORY  WRITE 28331 00:14:2199054015793 0 EOF',
    'LustreError: 166-1: MGC10.0.0.1@o2ib: Connection to MGS was lost',
  ]
  for (const text of others)
    expect(read(text)).toEqual({ recognised: [], facts: {}, findings: [], next: [], doNot: [], refused: [] })
})

describe('what looks like trouble and is none', () => {
  const worstOf = (text: string) => worst(read(text))
  const codesOf = (text: string) => read(text).findings.map(({ code }) => code)
  const kernel = (said: string) => `[ 812.004512] libceph: osd4 (1)10.0.0.4:6801 ${said}\n`
  test('an idle connection that an OSD closed is no fault, one that does not come about is', () => {
    expect(codesOf(kernel('socket closed (con state OPEN)'))).toEqual(['osd-connection-closed'])
    expect(worstOf(kernel('socket closed (con state OPEN)'))).toBe('info')
    expect(worstOf(kernel('socket closed (con state V1_BANNER)'))).toBe('warning')
  })
  test('somebody who hangs up before he is taken is no failing accept', () => {
    const line = (errno: string) =>
      `2026-11-20T18:10:29.980+0000 7f18649b76c0 -1  Processor -- accept sd = 19 errno -${errno}\n`
    expect(worstOf(line('103 (103) Software caused connection abort'))).toBe('info')
    expect(worstOf(line('24 (24) Too many open files'))).toBe('critical')
  })
  test('a daemon of unknown version makes no upgrade', () => {
    const versions = (more: string) => `{"overall":{"ceph version 16.2.15 (x) pacific (stable)":9${more}}}\n`
    expect(codesOf(versions(''))).toEqual(['one-version'])
    expect(codesOf(versions(',"unknown":1'))).toEqual(['one-version'])
    expect(worstOf(versions(',"unknown":1'))).toBe('info')
  })
  test('remarks about placement groups are as harmless without their code as with it', () => {
    expect(worstOf('HEALTH_WARN 1 pools have too many placement groups\n')).toBe('info')
  })
})

describe('what looks well and need not be', () => {
  test('a log with an error that nobody here knows shows no health, being stopped is no error', () => {
    const line = (said: string) => `2026-11-20T18:10:29.980+0000 7f18649b76c0 -1 ${said}\n`
    expect(
      read(line('librbd::managed_lock::BreakRequest: failed: (1) Operation not permitted')).findings,
    ).toMatchObject([{ code: 'errors-not-known', verdict: 'inconclusive', severity: 'info' }])
    for (const usual of [
      'received  signal: Hangup from killall -q -1 ceph-osd',
      'osd.4 0 log_to_monitors true',
    ])
      expect(read(line(usual)).findings).toMatchObject([{ code: 'no-fault-in-log' }])
  })
  test('what somebody has muted is not "nothing"', () => {
    for (const text of [
      'HEALTH_OK (muted: OSD_DOWN(4s) OSDMAP_FLAGS)\n',
      '  cluster:\n    health: HEALTH_OK\n            (muted: OSD_DOWN(4s) OSDMAP_FLAGS)\n',
    ]) {
      const { findings, next } = read(text)
      expect(findings).toMatchObject([{ code: 'health-muted', verdict: 'inconclusive', severity: 'info' }])
      expect(findings[0]!.summary).toContain('`OSD_DOWN`, `OSDMAP_FLAGS`')
      expect(next.map(({ command }) => command)).toEqual(['check osds'])
    }
    expect(read('HEALTH_OK\n').findings).toMatchObject([{ code: 'health-ok', severity: 'ok' }])
  })
  // a status of 16.2.15, the states written by hand after Ceph's "Placement Group States"
  test.each([['active+clean+wait'], ['active+clean+laggy'], ['active+undersized+degraded+laggy']])(
    'PGs that are %s do not serve at that moment',
    (state) => {
      const { findings } = read(`  data:\n    pgs:     30 active+clean\n             2  ${state}\n`)
      const paused = findings.find(({ code }) => code === 'pgs-paused')
      expect(paused).toMatchObject({ verdict: 'inconclusive', severity: 'info' })
      expect(paused!.summary).toContain(`2 PGs ${state}`)
      expect(findings.map(({ code }) => code)).not.toContain('pgs-clean')
    },
  )
  test('PGs that wait for recovery, backfill or trimming serve', () => {
    for (const state of ['active+recovery_wait', 'active+backfill_wait', 'active+clean+snaptrim_wait'])
      expect(read(`  data:\n    pgs:     32 ${state}\n`).findings.map(({ code }) => code)).toEqual([
        'pgs-clean',
      ])
  })

  test('an OSD that is destroyed is not counted among those that are up', () => {
    const tree = `ID  CLASS  WEIGHT   TYPE NAME       STATUS     REWEIGHT  PRI-AFF
-1         0.05846  root default
-3         0.01949      host a
 0    hdd  0.01949          osd.0       up   1.00000  1.00000
 1    hdd  0.01949          osd.1  destroyed         0  1.00000
`
    const { findings } = read(tree)
    expect(findings.map(({ code }) => code)).toEqual(['osd-destroyed', 'osds-up'])
    expect(findings[1]!.summary).toBe('Every other OSD that the text shows is up (1).')
  })
  test('an OSD that is out and down is read from its row of zeros', () => {
    const row = (state: string) =>
      `ID  CLASS  WEIGHT   REWEIGHT  SIZE    RAW USE  DATA   OMAP   META   AVAIL   %USE  VAR   PGS  STATUS
 0    hdd  0.01949   1.00000  20 GiB    1 GiB  1 GiB  1 KiB  1 KiB  19 GiB  5.00  1.00   10      up
 1    hdd  0.01949         0     0 B      0 B    0 B    0 B    0 B     0 B     0     0    0  ${state}
`
    expect(read(row('    down')).findings).toMatchObject([{ code: 'osd-down', severity: 'warning' }])
    expect(read(row('destroyed')).findings.map(({ code }) => code)).toEqual(['osd-destroyed', 'osds-up'])
    expect(read(row('      up')).findings[0]!.summary).toBe('Every OSD that the text shows is up (2).')
  })
  test('an OSD that stops in good order is not said to have failed', () => {
    const log = (said: string) =>
      `2026-11-20T18:10:25.848+0000 mon.a (mon.0) 45 : cluster [INF] osd.4 ${said}\n`
    expect(read(log('marked itself down')).findings[0]!.summary).toContain('orderly stop')
    expect(
      read(log('failed (root=default,host=a) (2 reporters from different host after 20.0 >= grace 20.0)'))
        .findings[0]!.summary,
    ).toContain('reported failed')
  })
  test('connections that wait are told, and looked at again', () => {
    const ss = (waiting: number) =>
      `State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\nLISTEN ${waiting}      512          10.0.0.3:6800       0.0.0.0:*     users:(("ceph-osd",pid=2360,fd=19))\n`
    expect(read(ss(0)).findings).toMatchObject([{ code: 'osds-listen', severity: 'ok' }])
    expect(read(ss(3)).findings).toMatchObject([{ code: 'osds-listen', severity: 'info' }])
    expect(read(ss(3)).findings[0]!.summary).toContain('3 at `10.0.0.3:6800`')
    expect(read(ss(3)).next.map(({ command }) => command)).toEqual(['check osds'])
  })
  test('the map’s changes are read in the words of newer kernels, too', () => {
    const line = (said: string) => `libceph (fb30d64e-7a8c-46d3-bbd7-77a3b1f080d1 e857): osd2 ${said}\n`
    expect(read(line('down')).findings).toMatchObject([{ code: 'osd-marked-down', severity: 'warning' }])
    expect(read(line('down') + line('up')).findings).toMatchObject([{ code: 'osd-came-back' }])
  })
})

test('what it reads of a log, it also finds in the lines that it wants', () => {
  for (const name of Object.keys(FAULTY).filter((each) => /^(?:log-|kernel-|health-)/.test(each))) {
    const sifted = of(name)
      .split('\n')
      .filter((line, at) => at === 0 || osdReader.wants.test(line))
      .join('\n')
    expect(read(sifted).findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(Object.keys(FAULTY[name]!.codes)),
    )
  }
})

describe('whatever happens to a text', () => {
  const sample = fc.constantFrom(...texts.values()).map(prompted)
  test('a cut one never yields an identifier that the whole one has not', () => {
    fc.assert(
      fc.property(sample, fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (text, part, end) => {
        const whole = identifiers(read(text))
        const at = text.indexOf('\n', Math.floor(part * text.length)) + 1
        for (const each of identifiers(read(end ? text.slice(at) : text.slice(0, at))))
          if (!/^osds\.addresses=/.test(each)) expect(whole).toContain(each)
      }),
      { numRuns: 300 },
    )
  })
  test('a broken one never yields an identifier that the whole one has not', () => {
    fc.assert(
      fc.property(sample, fc.integer({ min: 60, max: 170 }), fc.boolean(), (text, width, terminal) => {
        const whole = identifiers(read(text))
        const broken = terminal ? wrapped(text, width) : folded(text, width)
        for (const each of identifiers(read(broken))) expect(whole).toContain(each)
      }),
      { numRuns: 400 },
    )
  })
  test('it never throws', () => {
    fc.assert(
      fc.property(
        sample,
        fc.array(fc.tuple(fc.nat(), fc.nat(40), fc.string({ maxLength: 8 })), { maxLength: 6 }),
        (text, edits) => {
          let torn = text
          for (const [at, length, put] of edits)
            torn = torn.slice(0, at % torn.length) + put + torn.slice((at % torn.length) + length)
          read(torn)
        },
      ),
      { numRuns: 300 },
    )
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => void read(text)))
  })
})
