import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LustreArgs } from '../../../playbooks/lustre/args.ts'
import { lustreReader } from '../../../playbooks/lustre/from-text.ts'
import { tell, worst } from '../shared/ceph/pasted.ts'
import { readsItsTexts, type Table } from '../shared/linux/pasted-table.ts'

const SHLFS = { name: 'shlfs' }
const CHECK = ['check lustre shlfs on=node1']
const RESOURCE = {
  id: '[0x73666c6873:0x0:0x0].0x0',
  decoded: 'shlfs',
  kind: 'config',
  hex: '0x73666c6873',
  decimal: '495639619699',
}
const MGS = { nid: '10.1.0.202@o2ib' }
const OST3 = { name: 'shlfs-OST0003' }

const HEALTHY: Table = {
  'ok-log': { facts: { fileSystems: [SHLFS], nids: [{ nid: '10.1.0.31@o2ib' }] }, codes: { mounted: 'ok' } },
  'ok-restored': {
    facts: { targets: [OST3], nids: [{ nid: '10.1.0.213@o2ib' }] },
    codes: { healed: 'info' },
  },
  'ok-recovery': {
    facts: { targets: [{ name: 'shlfs-OST0000' }] },
    codes: { recovered: 'ok', 'in-recovery': 'info' },
  },
  'ok-dl': {
    facts: {
      devices: [
        { status: 'UP', type: 'mgs', name: 'MGS' },
        { type: 'mdt', name: 'shlfs-MDT0000' },
      ],
      nids: [MGS],
    },
    codes: { 'devices-up': 'ok' },
  },
  'ok-nids': {
    facts: { nids: [{ nid: '10.1.0.31@o2ib' }, { nid: '192.168.1.31@tcp1' }] },
    codes: { 'lnet-up': 'ok' },
  },
  'ok-ping': { facts: { nids: [MGS, { nid: '192.168.1.202@tcp' }] }, codes: { 'lnet-answers': 'ok' } },
  'ok-health': { codes: { 'server-healthy': 'ok' } },
  'ok-version': { facts: { lustreVersions: [{ version: '2.8.0' }] }, codes: { 'nothing-to-judge': 'info' } },
  'ok-lfs-df': {
    facts: {
      targets: [{ name: 'shlfs-OST0000', percent: '75%', mountPoint: '/mnt/lustre' }],
      fileSystems: [SHLFS],
    },
    codes: { 'targets-answer': 'ok' },
  },
  'ok-lfs-check': {
    facts: { imports: [{ device: 'shlfs-OST0000-osc-ffff880', state: 'active' }] },
    codes: { connected: 'ok' },
  },
  'ok-imports': {
    facts: {
      imports: [{ target: 'shlfs-OST0001_UUID', state: 'IDLE', current: '10.1.0.213@o2ib' }],
      nids: [{ nid: '10.1.0.212@o2ib' }],
    },
    codes: { connected: 'ok' },
  },
  'ok-net': { facts: { nids: [{ nid: '10.1.0.31@o2ib', state: 'up' }] }, codes: { 'lnet-up': 'ok' } },
  'ok-peer': { facts: { nids: [MGS] }, codes: { 'lnet-up': 'ok' } },
  'ok-fstab': {
    facts: {
      mounts: [
        { fsname: 'shlfs', mountPoint: '/mnt/lustre', servers: ['10.1.0.202@o2ib', '10.1.0.201@o2ib'] },
      ],
      fileSystems: [SHLFS],
    },
    codes: { 'lustre-mounts': 'info' },
  },
  'ok-mounted': {
    facts: { mounts: [{ fsname: 'shlfs', options: 'rw,flock,lazystatfs' }] },
    codes: { 'lustre-mounts': 'info' },
  },
  'ok-exports': {
    facts: { nids: [{ nid: '10.1.0.57@o2ib', target: 'MGS' }, { nid: '10.1.0.58@o2ib' }] },
    codes: { 'nothing-to-judge': 'info' },
  },
  'ok-recovery-status': {
    facts: { targets: [{ name: 'shlfs-OST0000', recovery: 'COMPLETE' }] },
    codes: { recovered: 'ok' },
  },
}

const FAULTY: Table = {
  report: {
    facts: {
      nids: [MGS],
      resources: [RESOURCE],
      fileSystems: [SHLFS],
      locks: [{ mode: '--/CR', role: 'waiter', remote: '0xa68b3e19634974ca', pid: '28143' }],
      errors: [{ code: '-5', name: 'EIO' }],
    },
    codes: { 'config-lock-not-granted': 'critical' },
    next: CHECK,
    doNot: [/mount it again and again/, /restart the MGS/],
  },
  'lock-2.1': {
    facts: { resources: [{ id: '495639619699/0', decoded: 'shlfs' }], nids: [{ nid: '10.1.0.202@tcp' }] },
    codes: { 'config-lock-not-granted': 'critical' },
    next: CHECK,
  },
  'config-failed': {
    facts: { resources: [RESOURCE], fileSystems: [SHLFS] },
    codes: { 'config-lock-not-granted': 'critical' },
    next: CHECK,
  },
  unreachable: {
    facts: { nids: [{ nid: '10.1.0.202@tcp' }, { nid: '10.1.0.31@tcp' }], fileSystems: [SHLFS] },
    codes: { 'mount-failed': 'warning', 'lnet-trouble': 'warning' },
    next: ['check lustre shlfs on=host-31'],
  },
  'mgs-server': {
    facts: {
      nids: [{ nid: '10.1.0.57@o2ib' }, { nid: '10.1.0.58@o2ib' }, { nid: '10.1.0.59@o2ib' }],
      locks: [
        { mode: '--/EX', role: 'waiter', namespace: 'MGS' },
        { mode: 'CR/CR', role: 'holder', nid: '10.1.0.57@o2ib' },
      ],
    },
    codes: { 'client-evicted': 'warning', 'no-target': 'warning' },
    next: ['check lustre shlfs'],
  },
  evicted: {
    facts: {
      fids: [{ fid: '[0x200000401:0x1b:0x0]' }],
      targets: [OST3],
      errors: [{ code: '-108', name: 'ESHUTDOWN' }],
    },
    codes: { evicted: 'critical' },
    next: CHECK,
    doNot: [/for whole/],
  },
  'wrong-name': {
    facts: { fileSystems: [{ name: 'shlf' }], nids: [MGS], errors: [{ code: '-2', name: 'ENOENT' }] },
    codes: { 'wrong-name': 'critical' },
    next: ['check lustre shlf on=host-31'],
    doNot: [/writeconf/],
  },
  'mount-eio': {
    facts: { nids: [{ nid: 'xx.xx.xx.202@o2ib' }, { nid: 'xx.xx.xx.201@o2ib' }], fileSystems: [SHLFS] },
    codes: { 'mount-failed': 'warning' },
    next: CHECK,
    doNot: [/restart the MGS because mount asks/],
  },
  'mount-enoent': {
    facts: { nids: [MGS, { nid: '10.1.0.201@o2ib' }], fileSystems: [{ name: 'shlf' }] },
    codes: { 'mount-failed': 'warning' },
    next: ['check lustre shlf on=node1'],
  },
  'mount-timeout': {
    facts: { nids: [{ nid: 'mds01@tcp' }], fileSystems: [{ name: 'scratch' }] },
    codes: { 'mount-failed': 'warning' },
    next: ['check lustre scratch on=node1'],
  },
  'mount-server': {
    facts: { mounts: [{ source: '/dev/sdb', mountPoint: '/mnt/ost0' }] },
    codes: { 'mount-failed': 'warning' },
    doNot: [/second server/],
  },
  'dl-inactive': {
    facts: {
      devices: [
        { status: 'IN', name: 'shlfs-OST0007-osc-ffff8803' },
        { status: 'ST', name: 'shlfs-OST0008-osc-ffff8803' },
      ],
    },
    codes: { 'target-inactive': 'warning', 'device-not-up': 'warning' },
    next: ['check lustre shlfs'],
  },
  'ping-fails': {
    facts: { nids: [{ nid: '10.1.0.209@o2ib' }] },
    codes: { 'lnet-unreachable': 'warning' },
    doNot: [/restart servers/],
  },
  'lnet-down': { codes: { 'lnet-not-up': 'critical' } },
  unhealthy: {
    facts: { targets: [{ name: 'shlfs-OST0001', state: 'unhealthy' }] },
    codes: { 'server-unhealthy': 'critical' },
    doNot: [/restart all servers/],
  },
  'lfs-df': {
    facts: {
      targets: [
        { name: 'shlfs-OST0001', state: 'inactive device' },
        { name: 'shlfs-OST0000', percent: '99%' },
      ],
    },
    codes: { 'target-not-answering': 'warning', 'target-full': 'warning' },
    next: CHECK,
  },
  'lfs-check': {
    facts: {
      imports: [{ device: 'shlfs-OST0001-osc-ffff880', state: 'Resource temporarily unavailable (11)' }],
    },
    codes: { 'target-not-answering': 'critical' },
    next: CHECK,
  },
  imports: {
    facts: { imports: [{ target: 'shlfs-OST0001_UUID', state: 'DISCONN', current: '10.1.0.213@o2ib' }] },
    codes: { disconnected: 'critical' },
    next: CHECK,
    doNot: [/unmount by force/],
  },
  'net-down': {
    facts: { nids: [{ nid: '10.1.0.31@o2ib', state: 'down' }] },
    codes: { 'lnet-not-up': 'critical' },
  },
  lost: {
    facts: {
      targets: [OST3],
      nids: [{ nid: '10.1.0.213@o2ib' }],
      errors: [{ code: '-114', name: 'EALREADY' }],
    },
    codes: { 'connection-lost': 'warning' },
    next: CHECK,
    doNot: [/reboot the client/],
  },
  'recovery-loss': {
    facts: { nids: [{ nid: '10.1.0.58@o2ib' }], targets: [{ name: 'shlfs-OST0000' }] },
    codes: { 'recovered-with-loss': 'warning', 'client-evicted': 'warning' },
    next: ['check lustre shlfs'],
  },
  lbug: { codes: { lbug: 'critical' } },
  'slow-thread': {
    facts: { nids: [{ nid: '10.1.0.58@o2ib' }], errors: [{ code: '-110', name: 'ETIMEDOUT' }] },
    codes: { 'slow-thread': 'warning', 'bulk-error': 'warning' },
  },
  params: { facts: { fileSystems: [SHLFS] }, codes: { 'mount-failed': 'warning' }, next: CHECK },
  damaged: { facts: { targets: [OST3] }, codes: {}, refused: ['10.1.0.@o2ib'] },
}

const texts = readsItsTexts(lustreReader, join(import.meta.dirname, 'text'), HEALTHY, FAULTY)

test('every next step is a check that its playbook takes', () => {
  for (const { command, body } of texts.values())
    for (const next of tell(lustreReader, `[root@node1 ~]# ${command}\n${body}`).next) {
      const [verb, playbook, target, on] = next.command.split(' ')
      expect([verb, playbook]).toEqual(['check', 'lustre'])
      expect(
        LustreArgs.safeParse({ target, ...(on !== undefined && { on: on.slice(3) }) }).error,
        next.command,
      ).toBeUndefined()
    }
})

describe('names', () => {
  test('`params` and `nodemap` are never a file system, and never checked', () => {
    const told = tell(
      lustreReader,
      `${texts.get('params')!.body}[ 102.0] LustreError: 5:0:(ldlm_resource.c:887:ldlm_resource_complain()) MGC10.1.0.202@o2ib: namespace resource [0x736d61726170:0x3:0x0].0x0 (ffff8817ed040780) refcount nonzero (1) after lock cleanup; forcing cleanup.\n`,
    )
    expect(told.facts.resources).toMatchObject([{ decoded: 'params', kind: 'params' }])
    expect(told.facts.fileSystems?.map(({ name }) => name)).not.toContain('params')
    expect(told.next.map(({ command }) => command).join()).not.toContain('params')
  })
  test('an id of a file is not decoded to a name', () => {
    expect(
      tell(lustreReader, 'LustreError: 1:0:(a.c:1:f()) can not stat [0x200000401:0x1b:0x0]: rc = -2').facts,
    ).toMatchObject({ fids: [{ fid: '[0x200000401:0x1b:0x0]' }] })
  })
})

test('an old eviction is still found: a text ends when it ends', () => {
  const told = tell(
    lustreReader,
    texts
      .get('evicted')!
      .body.replace(
        /^\[ *(\d+)\.\d+\]/gm,
        (_, s: string) => `Aug  5 10:${String(Number(s) % 60).padStart(2, '0')}:00 host-31 kernel:`,
      ),
  )
  expect(told.findings.map(({ code }) => code)).toContain('evicted')
})

test('what the text does not show is not called healthy', () => {
  for (const name of ['ok-fstab', 'ok-mounted', 'ok-version', 'ok-exports'])
    expect(worst(tell(lustreReader, texts.get(name)!.body))).toBe('info')
})

test('says nothing of texts of other systems', () => {
  for (const text of [
    '',
    'hello',
    'watcher=10.0.0.5:0/123456 client.77 cookie=1',
    'nfs: server a not responding, still trying',
    'pnn:0 10.0.0.1        OK (THIS NODE)',
    '4: POSIX  ADVISORY  WRITE 28331 00:14:2199054015793 0 EOF',
    'user@tcp.example.com wrote:',
  ])
    expect(tell(lustreReader, text)).toEqual({
      recognised: [],
      facts: {},
      findings: [],
      next: [],
      doNot: [],
      refused: [],
    })
})
