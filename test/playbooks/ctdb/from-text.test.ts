import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CtdbArgs } from '../../../playbooks/ctdb/args.ts'
import { ctdbReader } from '../../../playbooks/ctdb/from-text.ts'
import { tell, worst } from '../shared/ceph/pasted.ts'
import { readsItsTexts, type Table } from '../shared/linux/pasted-table.ts'

const CHECK = ['check ctdb']
const LOCK_FILE = [/delete or replace the recovery lock/]
const ok = (pnn: string, address: string) => ({ pnn, address, flags: ['OK'] })

const HEALTHY: Table = {
  'ok-status': {
    facts: { ctdbNodes: [ok('0', '127.0.90.63')], ctdbCluster: [{ leader: '0', recoveryMode: 'NORMAL' }] },
    codes: { healthy: 'ok' },
  },
  'ok-status-three': {
    facts: {
      ctdbNodes: [ok('0', '127.0.1.1'), ok('2', '127.0.1.3')],
      ctdbCluster: [{ leader: '1', generation: '318370082' }],
    },
    codes: { healthy: 'ok' },
  },
  'ok-status-x': { facts: { ctdbNodes: [ok('0', '127.0.90.63')] }, codes: { healthy: 'ok' } },
  'ok-status-y': { facts: { ctdbNodes: [ok('1', '127.0.1.2')] }, codes: { healthy: 'ok' } },
  'ok-nodestatus': { facts: { ctdbNodes: [ok('0', '127.0.90.63')] }, codes: { healthy: 'ok' } },
  'ok-onnode': {
    facts: { ctdbNodes: [{ pnn: '1', address: '10.0.0.2', host: '10.0.0.2' }] },
    codes: { healthy: 'ok' },
  },
  'ok-scriptstatus': {
    facts: { eventScripts: [{ name: '01.reclock', state: 'OK' }] },
    codes: { 'scripts-ok': 'ok' },
  },
  'disabled-scriptstatus': {
    facts: { eventScripts: [{ name: '50.samba', state: 'DISABLED' }] },
    codes: { 'scripts-ok': 'ok' },
  },
  'disabled-status': {
    facts: { ctdbNodes: [{ pnn: '0', flags: ['DISABLED'] }] },
    codes: { 'node-disabled': 'info' },
    doNot: [/who switched it off/],
  },
  'never-run': { codes: { 'never-run': 'info' } },
  'ok-ip': {
    facts: { publicAddresses: [{ address: '10.0.0.31', node: '0' }] },
    codes: { 'nothing-to-judge': 'info' },
  },
  'ok-failcount': { codes: { 'counter-empty': 'ok' }, needsPrompt: true },
  'log-start': { facts: { recoveryLocks: [{ path: '/srv/shared/reclock' }] }, codes: { 'log-quiet': 'ok' } },
  'log-takeover': { codes: { 'log-quiet': 'ok' } },
  'log-settled': { codes: { 'log-settled': 'info' } },
  'log-healed': { codes: { 'log-settled': 'info' } },
  getreclock: {
    facts: { recoveryLocks: [{ path: '/srv/shared/reclock' }] },
    codes: { 'nothing-to-judge': 'info' },
    needsPrompt: true,
  },
  'getreclock-rados': {
    facts: {
      recoveryLocks: [
        { helper: '/usr/libexec/ctdb/ctdb_mutex_ceph_rados_helper ceph client.admin rbd ctdb_reclock 10' },
      ],
    },
    codes: { 'nothing-to-judge': 'info' },
    needsPrompt: true,
  },
  getdbmap: {
    facts: { databases: [{ id: '0x6645c6c4', name: 'ctdb.tdb' }] },
    codes: { 'nothing-to-judge': 'info' },
  },
  getvar: {
    facts: { tunables: [{ name: 'MonitorInterval', value: '2' }] },
    codes: { 'nothing-to-judge': 'info' },
  },
  listvars: {
    facts: { tunables: [{ name: 'EventScriptTimeout', value: '4' }] },
    codes: { 'nothing-to-judge': 'info' },
  },
  uptime: { codes: { 'nothing-to-judge': 'info' } },
  leader: { facts: { ctdbCluster: [{ leader: '0' }] }, codes: {}, needsPrompt: true },
  pnn: { facts: { ctdbNodes: [{ pnn: '0' }] }, codes: {}, needsPrompt: true },
  version: { facts: { ctdbVersions: [{ version: '4.17.12-Debian' }] }, codes: {}, needsPrompt: true },
  listnodes: { facts: { ctdbNodes: [{ address: '127.0.90.63' }] }, codes: {}, needsPrompt: true },
  nodes: {
    facts: {
      ctdbNodes: [
        { address: '10.0.0.1' },
        { address: '10.0.0.3', flags: ['DELETED'] },
        { address: '10.0.0.4' },
      ],
    },
    codes: {},
    needsPrompt: true,
  },
  conf: {
    facts: { recoveryLocks: [{ path: '/var/share/ezfs/ctdb/recovery.lock' }] },
    codes: { 'nothing-to-judge': 'info' },
  },
  sysconfig: {
    facts: {
      recoveryLocks: [{ path: '/gpfs/ctdb/.ctdb/reclock' }],
      settings: [{ name: 'CTDB_NODES', value: '/etc/ctdb/nodes' }],
    },
    codes: { 'nothing-to-judge': 'info' },
  },
}

const FAULTY: Table = {
  'unhealthy-status': {
    facts: { ctdbNodes: [{ pnn: '0', address: '127.0.1.1', flags: ['UNHEALTHY'] }, ok('1', '127.0.1.2')] },
    codes: { 'node-unhealthy': 'warning' },
    next: CHECK,
    doNot: [/restart CTDB on an unhealthy node/],
  },
  'error-status-x': {
    facts: { ctdbNodes: [{ pnn: '0', address: '127.0.90.63', flags: ['UNHEALTHY'] }] },
    codes: { 'node-unhealthy': 'warning' },
    next: CHECK,
  },
  'foreign-status-x': {
    facts: { ctdbNodes: [{ pnn: '1', flags: ['UNKNOWN'] }] },
    codes: { 'no-node-serves': 'critical', 'node-unknown': 'warning' },
    next: CHECK,
  },
  'banned-status': { codes: { 'no-node-serves': 'critical' }, next: CHECK },
  'old-status': {
    facts: {
      ctdbNodes: [
        { pnn: '1', address: '10.0.0.2', flags: ['DISCONNECTED', 'UNHEALTHY', 'INACTIVE'] },
        { pnn: '3', address: '10.0.0.4', flags: ['BANNED', 'INACTIVE'] },
      ],
      ctdbCluster: [{ leader: '0', recoveryMode: 'RECOVERY' }],
    },
    codes: { 'node-disconnected': 'warning', 'node-banned': 'warning', recovering: 'warning' },
    next: CHECK,
    doNot: [/ctdb unban/],
  },
  partition: {
    facts: {
      ctdbNodes: [{ pnn: '1', address: '10.0.0.2', flags: ['BANNED', 'INACTIVE'], host: '10.0.0.2' }],
    },
    codes: { partition: 'critical' },
    next: CHECK,
    doNot: [/remove or change the recovery lock/],
  },
  'partially-online': {
    facts: { ctdbNodes: [{ pnn: '0', address: 'fd00::1', flags: ['PARTIALLYONLINE'] }] },
    codes: { 'partially-online': 'warning' },
    next: CHECK,
  },
  'no-leader': {
    facts: { ctdbCluster: [{ leader: 'unknown', generation: 'INVALID' }] },
    codes: { 'no-leader': 'warning', recovering: 'warning' },
    next: CHECK,
  },
  'status-json': {
    facts: {
      ctdbNodes: [{ pnn: '1', address: '192.168.20.42', flags: ['UNHEALTHY'] }, ok('0', '192.168.20.41')],
    },
    codes: { 'node-unhealthy': 'warning' },
    next: CHECK,
  },
  'error-scriptstatus': {
    facts: {
      eventScripts: [
        { name: '50.samba', state: 'ERROR', output: 'ERROR: samba tcp port 445 is not responding' },
      ],
    },
    codes: { 'other-script': 'warning' },
    next: CHECK,
    doNot: [/switch the script off/],
  },
  'timedout-scriptstatus': {
    facts: { eventScripts: [{ name: '50.samba', state: 'TIMEDOUT' }] },
    codes: { 'other-script': 'warning' },
  },
  'cannot-run-scriptstatus': {
    facts: { eventScripts: [{ name: '50.samba', state: 'CANNOT RUN', output: 'Interrupted system call' }] },
    codes: { 'other-script': 'warning' },
  },
  'unhealthy-scriptstatus': {
    facts: { eventScripts: [{ name: '90.test', state: 'ERROR', output: 'ERROR: forced by test' }] },
    codes: { 'other-script': 'warning' },
  },
  'old-scriptstatus': {
    facts: {
      eventScripts: [
        { name: '01.reclock', state: 'ERROR' },
        { name: '10.interface', state: 'DISABLED' },
      ],
    },
    codes: { 'lock-failing': 'critical' },
    next: CHECK,
    doNot: LOCK_FILE,
  },
  'scriptstatus-x': {
    facts: {
      eventScripts: [
        { name: '50.samba', state: 'ERROR', output: 'ERROR: winbind - wbinfo -p returned error' },
      ],
    },
    codes: { 'other-script': 'warning' },
  },
  ip: {
    facts: { publicAddresses: [{ address: '10.0.0.32', node: '1' }] },
    codes: { 'address-unassigned': 'warning' },
  },
  'not-running': { codes: { 'ctdbd-not-running': 'warning' }, next: CHECK },
  'no-lock': { codes: { 'no-lock': 'warning' } },
  'db-unhealthy': {
    facts: { databases: [{ id: '0x2672a57f', name: 'secrets.tdb', flags: ['PERSISTENT', 'UNHEALTHY'] }] },
    codes: { 'database-unhealthy': 'warning' },
  },
  'log-removed': {
    facts: { recoveryLocks: [{ path: '/srv/ctdb/shared/reclock' }] },
    codes: { 'lock-replaced': 'warning' },
    next: CHECK,
  },
  'log-contention': { codes: { 'lock-held-elsewhere': 'critical' }, next: CHECK, doNot: LOCK_FILE },
  'log-start-hangs': { codes: { 'lock-hangs': 'critical' }, next: CHECK, doNot: LOCK_FILE },
  'log-banned': { codes: { 'node-banned': 'warning' }, next: CHECK, doNot: [/ctdb unban/] },
  'log-samba': { codes: { 'other-script': 'warning' }, next: CHECK },
  'log-reclock-2017': { codes: { 'lock-hangs': 'critical' }, next: CHECK, doNot: LOCK_FILE },
  'log-gun-2017': {
    facts: {
      recoveryLocks: [{ path: '/var/share/ezfs/ctdb/recovery.lock' }],
      processes: [{ pid: '278735' }],
    },
    codes: { 'loaded-gun': 'critical' },
    next: CHECK,
    doNot: [/bring the storage back before/, ...LOCK_FILE],
  },
  'log-shutdown-2017': {
    facts: {
      recoveryLocks: [{ path: '/var/share/ezfs/ctdb/recovery.lock' }],
      addresses: [{ address: '192.168.137.137' }],
    },
    codes: { 'shut-down': 'critical' },
    doNot: LOCK_FILE,
  },
  'log-dead': {
    facts: { addresses: [{ address: '10.0.0.2' }] },
    codes: { 'node-disconnected': 'warning', 'node-banned': 'warning', 'lock-held-elsewhere': 'critical' },
    next: CHECK,
  },
  'log-syslog': { codes: { 'lock-held-elsewhere': 'critical' }, next: CHECK, doNot: LOCK_FILE },
  'log-monitor-timeout': { facts: { processes: [{ pid: '278735' }] }, codes: { 'other-script': 'warning' } },
  'ps-reclock-2017': {
    facts: {
      processes: [
        { pid: '40062', state: 'D', role: 'stat' },
        { pid: '46030', role: 'script' },
      ],
      recoveryLocks: [{ path: '/var/share/ezfs/ctdb/recovery.lock' }],
    },
    codes: { 'lock-hangs': 'critical' },
    next: CHECK,
    doNot: [...LOCK_FILE, /kill the processes/],
  },
  'failcount-2017': {
    facts: { failureCounters: [{ script: '01.reclock', count: '4' }] },
    codes: { 'lock-failing': 'critical' },
    next: CHECK,
    doNot: LOCK_FILE,
  },
  'failcount-cat': {
    facts: { failureCounters: [{ count: '4' }] },
    codes: { 'lock-failing': 'critical' },
    needsPrompt: true,
  },
}

const texts = readsItsTexts(ctdbReader, join(import.meta.dirname, 'text'), HEALTHY, FAULTY)

test('every next step is a check that its playbook takes', () => {
  for (const { command, body } of texts.values())
    for (const next of tell(ctdbReader, `[root@node1 ~]# ${command}\n${body}`).next) {
      const [verb, playbook, target] = next.command.split(' ')
      expect([verb, playbook]).toEqual(['check', 'ctdb'])
      expect(CtdbArgs.safeParse(target === undefined ? {} : { target }).success).toBe(true)
    }
})

test('contention that was settled later is history', () => {
  const settled = `${texts.get('log-contention')!.body.trimEnd()}\n2026-11-20T19:00:00.000000+00:00 n0 ctdb-recoverd[30668]: Cluster lock taken successfully\n`
  expect(tell(ctdbReader, settled).findings.map(({ code }) => code)).not.toContain('lock-held-elsewhere')
})

test('refuses a node whose address is cut, and does not call the rest healthy by itself', () => {
  const told = tell(
    ctdbReader,
    'Number of nodes:2\npnn:0 10.0.0.1         OK (THIS NODE)\npnn:1 10.0.0.          OK\n',
  )
  expect(told.refused.map(({ value }) => value)).toEqual(['pnn:1 10.0.0.          OK'])
  expect(JSON.stringify(told.facts)).not.toContain('"10.0.0."')
})

test('says nothing of texts of other systems', () => {
  for (const text of [
    '',
    'hello',
    'watcher=10.0.0.5:0/123456 client.77 cookie=1',
    'LustreError: 11-0: an error occurred',
    '4: POSIX  ADVISORY  WRITE 28331 00:14:2199054015793 0 EOF',
  ])
    expect(tell(ctdbReader, text)).toEqual({
      recognised: [],
      facts: {},
      findings: [],
      next: [],
      doNot: [],
      refused: [],
    })
})

test('a status with a log that tells of trouble is not called healthy', () => {
  const both = `${texts.get('ok-status')!.body}${texts.get('log-contention')!.body}`
  expect(worst(tell(ctdbReader, both))).toBe('critical')
  expect(tell(ctdbReader, both).findings.map(({ code }) => code)).not.toContain('healthy')
})
