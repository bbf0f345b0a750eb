import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LockFileArgs, StuckArgs } from '../../../playbooks/lock/args.ts'
import { lockReader } from '../../../playbooks/lock/from-text.ts'
import type { Passage } from '../../../playbooks/shared/triage.ts'
import { NOW, tell, worst } from '../shared/ceph/pasted.ts'
import { readsItsTexts, type Table } from '../shared/linux/pasted-table.ts'

const NOVA = { pid: '21409', user: 'nova', state: 'Dl' }
const REGISTRY = {
  path: '/var/lib/nova/instances/locks/nova-storage-registry-lock',
  inode: '2199054015793',
  device: '0,29',
  server: 'block.beijing.wocloud.cn:/var/share/ezfs/shareroot/block-bj',
}
const HELD = {
  inode: '2199054015793',
  device: '00:14',
  type: 'POSIX',
  mode: 'WRITE',
  pid: '28331',
  role: 'holder',
  range: '0 EOF',
}
const lock = (pid: string, inode: string, role: string) => ({ pid, inode, role })

const HEALTHY: Table = {
  'ok-locks': {
    facts: {
      locks: [
        { inode: '2189061', type: 'LEASE', pid: '21719' },
        { inode: '2189060', type: 'OFDLCK', pid: '-1' },
      ],
    },
    codes: { 'nobody-waits': 'ok' },
  },
  'ok-seed-locks': {
    facts: { locks: [HELD, { inode: '1099511627783', pid: '28165', range: '0 0' }] },
    codes: { 'nobody-waits': 'ok' },
  },
  'ok-fdinfo': {
    facts: { locks: [{ pid: '21714', inode: '2189059', range: '2 6', path: '/srv/lk/po' }] },
    codes: { 'nobody-waits': 'ok' },
  },
  'ok-lsof': {
    facts: {
      files: [
        { pid: '13230', command: 'bash', fd: '9w', inode: '4243612', device: '254,0', path: '/srv/cap/lk' },
      ],
    },
    codes: { 'nothing-to-judge': 'info' },
  },
  'ok-lsof-warning': {
    facts: { files: [{ pid: '702', path: '/var/log/syslog' }] },
    codes: { 'nothing-to-judge': 'info' },
  },
  'ok-fuser': {
    facts: { files: [{ pid: '13274', command: 'flock', access: 'F....', path: '/srv/cap/lk' }] },
    codes: { 'nothing-to-judge': 'info' },
  },
  'ok-stat': { facts: { files: [{ path: 'lk', inode: '4243612', device: '254,0' }] }, codes: {} },
  'ok-ls-i': { facts: { files: [{ inode: '4243612', path: 'lk' }] }, codes: {} },
  'ok-ps-aux': {
    facts: { processes: [{ pid: '2', user: 'root', state: 'S', command: '[kthreadd]' }] },
    codes: { 'nothing-stuck': 'ok' },
  },
  'ok-ps-eo': {
    facts: { processes: [{ pid: '2', wchan: 'kthreadd', elapsed: '03:48:02' }] },
    codes: { 'nothing-stuck': 'ok' },
  },
  'ok-d-kernel': {
    facts: {
      processes: [
        { pid: '412', state: 'D' },
        { pid: '9001', state: 'D+' },
      ],
    },
    codes: { busy: 'info' },
  },
  'ok-vmstat': { codes: { 'nothing-to-judge': 'info' } },
  'ok-uptime': { facts: { load: [{ one: '2.20' }] }, codes: {} },
  'ok-proc-status': { facts: { processes: [{ pid: '13232', state: 'S', command: 'python3' }] }, codes: {} },
  'ok-proc-mounts': {
    facts: {
      mounts: [
        {
          server: '10.0.2.2',
          export: '/vfs',
          mountPoint: '/mnt',
          type: 'nfs4',
          version: '4.1',
          address: '10.0.2.2',
          clientAddress: '10.0.2.15',
        },
      ],
    },
    codes: { 'nfs-mounted': 'info' },
  },
  'ok-mount': {
    facts: { mounts: [{ server: 'nfs1', export: '/srv/share', mountPoint: '/mnt/share', version: '4.2' }] },
    codes: { 'nfs-mounted': 'info' },
  },
  'ok-findmnt': {
    facts: { mounts: [{ server: 'nfs2', mountPoint: '/mnt/old', version: '3' }] },
    codes: { 'local-locks': 'info' },
  },
  'ok-nfsstat': {
    facts: { mounts: [{ server: 'nfs1', mountPoint: '/mnt/share', version: '4.2' }] },
    codes: { 'nfs-mounted': 'info' },
  },
  'ok-df': {
    facts: { mounts: [{ server: 'nfs1', mountPoint: '/mnt/share', percent: '50%' }] },
    codes: { answers: 'ok' },
  },
  'ok-server-back': {
    facts: { nfsServers: [{ server: '10.55.4.9', state: 'OK' }] },
    codes: { 'server-answers-again': 'info' },
  },
  'ok-nfsd': {
    facts: {
      nfsClients: [
        {
          clientId: '0x6a1b2c3d4e5f6072',
          address: 'fd00::8',
          name: 'Linux NFSv4.1 host8',
          secondsSinceRenewal: '12',
        },
      ],
    },
    codes: { 'leases-good': 'ok' },
  },
  'ok-showmount': {
    facts: { exports: [{ server: 'nfs1', path: '/srv/share', clients: ['10.0.0.0/24', 'host7'] }] },
    codes: { 'server-answers': 'ok' },
  },
  'ok-showmount-a': {
    facts: { nfsClients: [{ address: '10.55.4.9', mountPoint: '/srv/share' }] },
    codes: { 'server-answers': 'ok' },
  },
  'ok-rpcinfo': {
    facts: {
      rpcServices: [
        { program: '100003', version: '4', port: '2049' },
        { program: '100021', port: '40591' },
      ],
    },
    codes: { 'server-answers': 'ok' },
  },
  'ok-ganesha': { codes: { 'ganesha-started': 'ok' } },
  'ok-sm': {
    facts: { nfsClients: [{ address: '10.55.4.9' }, { address: '10.55.4.205' }] },
    codes: { 'statd-clients': 'info' },
    doNot: [/delete files in/],
  },
  lease: {
    facts: {
      locks: [
        { type: 'DELEG', inode: '9437202' },
        { type: 'OFDLCK', pid: '-1', device: '<none>' },
      ],
    },
    codes: { 'lease-broken': 'info' },
  },
  contention: {
    facts: { locks: [lock('902', '9437201', 'waiter')] },
    codes: { contention: 'info' },
    next: ['check lock fd:03:9437201 on=node1'],
    doNot: [/remove the lock file/],
  },
}

const FAULTY: Table = {
  waiters: {
    facts: {
      locks: [
        lock('21716', '2189059', 'waiter'),
        lock('21714', '2189059', 'holder'),
        lock('21712', '2189058', 'waiter'),
      ],
    },
    codes: { 'holder-unseen': 'warning' },
    next: ['check lock fe:00:2189059 on=node1', 'check lock fe:00:2189058 on=node1'],
    doNot: [/remove the lock file.*21714/],
  },
  lslocks: {
    facts: { locks: [{ pid: '13274', role: 'waiter', path: '/srv/cap/lk', command: 'flock' }] },
    codes: { 'holder-unseen': 'warning' },
    next: ['check lock /srv/cap/lk on=node1'],
  },
  'lslocks-o': {
    facts: { locks: [{ pid: '13274', role: 'waiter', inode: '4243612', device: '254:0', blocker: '13231' }] },
    codes: { 'holder-unseen': 'warning' },
    next: ['check lock fe:00:4243612 on=node1'],
    notFolded: true,
    notWrapped: true,
  },
  'lslocks-json': {
    facts: {
      locks: [
        { pid: '21716', role: 'waiter', inode: '2189059', blocker: '21714' },
        { pid: '20953', inode: '13', device: '7:0' },
      ],
    },
    codes: { 'holder-unseen': 'warning' },
    next: ['check lock fe:00:2189059 on=node1'],
  },
  'locks-clush': {
    facts: {
      locks: [
        { ...HELD, host: 'storage5' },
        { pid: '412', role: 'waiter', device: '00:15', host: 'storage6' },
      ],
    },
    codes: { 'holder-unseen': 'warning' },
    next: ['check lock 00:15:2199054015793 on=storage6'],
  },
  'locks-grep': {
    facts: { locks: [HELD, { pid: '28340', role: 'waiter' }] },
    codes: { 'holder-unseen': 'warning' },
    next: ['check lock 00:14:2199054015793 on=node1'],
  },
  'holder-in-d': {
    facts: {
      locks: [lock('902', '18446744073709551557', 'waiter')],
      processes: [{ pid: '811', state: 'Ds', wchan: 'rpc_wait_bit_killable' }],
    },
    codes: { 'holder-hangs': 'warning', 'waits-for-server': 'warning' },
    next: ['check lock fd:03:18446744073709551557 on=node1', 'check stuck 811 on=node1'],
    doNot: [/kill/],
  },
  'seed-ps': {
    facts: { processes: [NOVA] },
    codes: { 'in-state-d': 'warning' },
    next: ['check stuck nova-compute on=node1'],
    doNot: [/kill -9 21409/],
  },
  'seed-lsof': {
    facts: { files: [{ ...REGISTRY, pid: '21409', fd: '22w' }] },
    codes: { 'nothing-to-judge': 'info' },
  },
  'seed-whole': {
    facts: {
      processes: [NOVA],
      files: [{ ...REGISTRY, host: 'ECM-043' }],
      locks: [{ ...HELD, host: 'Storage5' }],
    },
    codes: { 'in-state-d': 'warning', 'waits-for-lock': 'warning' },
    next: [
      'check lock 00:14:2199054015793 on=Storage5',
      'check lock /var/lib/nova/instances/locks/nova-storage-registry-lock on=ECM-043',
    ],
    doNot: [/remove `\/var\/lib\/nova\/instances\/locks\/nova-storage-registry-lock`/, /kill -9 21409/],
  },
  'd-nfs': {
    facts: {
      processes: [
        { pid: '21409', wchan: 'rpc_wait_bit_killable' },
        { pid: '21777', state: 'D' },
      ],
    },
    codes: { 'waits-for-server': 'warning' },
    next: ['check stuck nova-compute on=node1'],
    doNot: [/kill -9/],
  },
  'd-lock': {
    facts: { processes: [{ pid: '4242', ppid: '1', wchan: 'nlmclnt_block' }] },
    codes: { 'waits-for-lock': 'warning' },
    next: ['check stuck dovecot on=node1'],
  },
  'd-fuse': {
    facts: { processes: [{ pid: '21282', state: 'D', wchan: 'request_wait_answer' }] },
    codes: { 'not-a-lock': 'warning' },
    next: ['check stuck 21282 on=node1'],
  },
  'd-top': {
    facts: { processes: [{ pid: '3120', state: 'D' }], load: [{ one: '48.02' }] },
    codes: { 'in-state-d': 'warning', load: 'info' },
    next: ['check stuck nova-compute on=node1'],
  },
  'd-frozen': {
    facts: { processes: [{ pid: '21555', state: 'D', command: 'touch' }] },
    codes: { 'not-a-lock': 'warning' },
    next: ['check stuck 21555 on=node1'],
  },
  'proc-stack-fuse': {
    facts: { processes: [{ pid: '21282' }] },
    codes: { 'nothing-to-judge': 'info' },
    needsPrompt: true,
  },
  'hung-task': {
    facts: { processes: [{ pid: '19757', command: 'touch', blockedSeconds: '2' }] },
    codes: { 'hung-task': 'warning' },
    next: ['check stuck 19757 on=node1'],
    doNot: [/kill/],
  },
  'hung-nfs': {
    facts: {
      nfsServers: [{ server: 'block.beijing.wocloud.cn', host: 'ECM-043' }],
      processes: [{ pid: '21409', command: 'nova-compute', blockedSeconds: '120', host: 'ECM-043' }],
    },
    codes: { 'hung-task': 'critical', 'server-not-responding': 'critical' },
    next: ['check stuck nova-compute on=ECM-043', 'check stuck on=ECM-043'],
    doNot: [/umount -f/, /kill -9 21409/],
  },
  'server-silent': {
    facts: { nfsServers: [{ server: '10.0.2.2', state: 'not responding, still trying' }] },
    codes: { 'server-not-responding': 'warning' },
    next: ['check stuck on=node1'],
    doNot: [/umount -f/],
  },
  'soft-timed-out': {
    facts: { nfsServers: [{ server: 'nfs1.example.com', state: 'not responding, timed out', host: 'web1' }] },
    codes: { 'server-not-responding': 'warning' },
    next: ['check stuck on=web1'],
  },
  'lockd-statd': {
    facts: { nfsServers: [{ server: 'nfs1' }], errors: [{ code: '10008' }] },
    codes: {
      'statd-not-running': 'warning',
      'lock-lost': 'warning',
      'state-manager': 'warning',
      'server-not-responding': 'warning',
    },
  },
  stale: {
    facts: {
      files: [{ path: '/mnt/share/locks', state: 'stale' }, { path: '/mnt/share' }],
      errors: [{ name: 'ESTALE' }],
    },
    codes: { 'stale-handle': 'warning' },
    next: ['check lock /mnt/share/locks on=node1'],
    doNot: [/reboot/],
  },
  'nfsd-courtesy': {
    facts: {
      nfsClients: [
        {
          clientId: '0x6a1b2c3d4e5f6071',
          address: '10.0.0.7',
          status: 'courtesy',
          secondsSinceRenewal: '512',
          callbackState: 'DOWN',
        },
      ],
      locks: [{ type: 'lock', inode: '13649', device: 'fd:10', client: '10.0.0.7' }],
    },
    codes: { 'courtesy-client': 'warning' },
    next: ['check lock fd:10:13649 on=node1'],
    doNot: [/expire client/],
  },
  'showmount-fails': { codes: { 'server-not-reached': 'warning' } },
  'rpcinfo-refused': { codes: { 'server-not-reached': 'warning' } },
  'mount-refused': {
    facts: { mounts: [{ source: 'nfs1:/srv/x' }] },
    codes: { 'server-not-reached': 'warning' },
  },
  'lsof-warning': {
    facts: { mounts: [{ mountPoint: '/mnt/share', type: 'nfs4' }] },
    codes: { 'path-hangs': 'warning' },
  },
  'ganesha-unhealthy': {
    facts: { nfsServers: [{ server: 'nfs1', pid: '20594' }] },
    codes: { 'ganesha-unhealthy': 'warning', 'grace-period': 'info' },
  },
  'damaged-locks': {
    facts: { locks: [{ inode: '1099511627783' }] },
    codes: { 'nobody-waits': 'ok' },
    refused: [
      '1: POSIX  ADVISORY  WRITE 28331 00:14:21990534942O1 0 EOF',
      '3: POSIX  ADVISORY  READ  360769 00:0f:',
    ],
    notFolded: true,
  },
}

const texts = readsItsTexts(lockReader, join(import.meta.dirname, 'text'), HEALTHY, FAULTY)

test('every next step is a check that its playbook takes', () => {
  for (const { command, body } of texts.values())
    for (const next of tell(lockReader, `[root@node1 ~]# ${command}\n${body}`).next) {
      const [, playbook = '', ...words] = next.command.split(' ')
      const target = words.find((word) => !word.startsWith('on='))
      const on = words.find((word) => word.startsWith('on='))?.slice(3)
      const raw = { ...(target !== undefined && { target }), ...(on !== undefined && { on }) }
      const schema = { lock: LockFileArgs, stuck: StuckArgs }[playbook]
      expect(schema?.safeParse(raw).error, next.command).toBeUndefined()
    }
})

describe('what one look cannot tell', () => {
  test('a process in state D is never confirmed to hang, unless the kernel says so', () => {
    for (const { command, body } of texts.values())
      for (const { code, verdict } of tell(lockReader, `[root@node1 ~]# ${command}\n${body}`).findings)
        if (/^(?:in-state-d|waits-for|not-a-lock|busy)/.test(code)) expect(verdict).toBe('inconclusive')
  })
  test('no lock is called left over', () => {
    for (const { body } of texts.values())
      for (const { code, summary } of tell(lockReader, body).findings)
        expect(`${code} ${summary}`).not.toMatch(/left.over|stale lock/)
  })
  test('twice in the same place in two listings is told, and still not proven', () => {
    const listing =
      '  PID STAT WCHAN                          COMMAND\n  412 D    -                              [jbd2/sda2-8]\n'
    expect(worst(tell(lockReader, listing))).toBe('info')
    expect(tell(lockReader, `${listing}\n${listing}`).findings[0]).toMatchObject({
      verdict: 'inconclusive',
      severity: 'warning',
    })
  })
  test('a hang before the server answered again is history', () => {
    const back = `${texts.get('hung-nfs')!.body}Aug  5 10:55:00 ECM-043 kernel: nfs: server block.beijing.wocloud.cn OK\n`
    expect(worst(tell(lockReader, back))).toBe('info')
  })
})

test('reads passages that nobody has cleaned, without a command and without a host', () => {
  const passage: Passage = {
    command: undefined,
    host: undefined,
    lines: [{ n: 7, text: '4: POSIX  ADVISORY  WRITE 28331 00:14:2199054015793 0 EOF' }],
  }
  const told = lockReader.read([passage], NOW)
  expect(told.recognised).toEqual([{ kind: '/proc/locks', from: 7, to: 7, lines: 1 }])
  expect(told.facts.locks).toMatchObject([HELD])
})

test('an inode beyond 2^53 keeps its last digit', () => {
  expect(
    tell(lockReader, '1: FLOCK  ADVISORY  WRITE 5 fd:00:18446744073709551557 0 EOF').facts.locks,
  ).toMatchObject([{ inode: '18446744073709551557' }])
})

test('says nothing of texts of other systems', () => {
  for (const text of [
    '',
    'hello',
    'watcher=10.0.0.5:0/123456 client.77 cookie=1',
    'LustreError: 11-0: an error occurred (108)',
    'pnn:0 10.0.0.1        OK (THIS NODE)',
    'osd.4 up in weight 1 recovery',
  ])
    expect(tell(lockReader, text)).toEqual({
      recognised: [],
      facts: {},
      findings: [],
      next: [],
      doNot: [],
      refused: [],
    })
})
