import { describe, expect, test } from 'vitest'
import type { CheckResult } from '../../../jobs/contracts.ts'
import { readLockOwners } from '../../../playbooks/shared/linux/fdinfo.ts'
import type { Reply } from '../../../playbooks/shared/scenario.ts'
import { check, clusterOf, type Machine, ROOT, type Row } from './machines.ts'
import { CLIENT_PATH, client, holder, holding, INODE, SERVER_PATH, server, waitingForLock } from './nfs.ts'

const STUCK = { target: 'nova-compute', on: 'client' }
const clusterIs = (...machines: Machine[]) => clusterOf(() => machines)
const stuckOn = (...machines: Machine[]) => check(clusterIs(...machines), 'stuck', STUCK)
const first = ({ diagnosis }: CheckResult) => diagnosis.findings[0]!
const codes = ({ diagnosis }: CheckResult) => diagnosis.findings.map(({ code }) => code)
const approvals = ({ diagnosis }: CheckResult) => diagnosis.offers.map((offer) => offer.approvals)

const line = (pid: string | number, kind = 'POSIX ', device = '00:14') =>
  `4: ${kind} ADVISORY  WRITE ${pid} ${device}:${INODE} 0 EOF\n`
const DAEMONS: Row[] = [
  { pid: 90, state: 'S', name: 'lockd' },
  { pid: 91, state: 'S', name: 'rpc.statd' },
  { pid: 92, state: 'S', name: 'nfsd' },
]
/** The server with this line in its /proc/locks, and these processes besides its daemons. */
const keeping = (locks: string, threads: Row[] = [], more: Partial<Machine> = {}) =>
  server({ ...more, files: { '/proc/locks': locks, ...more.files }, threads: [...DAEMONS, ...threads] })
const owners =
  (reply: Reply): NonNullable<Machine['program']> =>
  (argv) =>
    argv[0] === 'find' && argv[1] === '/proc' ? reply : undefined

/** Unknown: said so, and moving the file takes two people. */
function isUnknown(result: CheckResult, words: RegExp): void {
  expect(first(result)).toMatchObject({ code: 'holder-unseen', verdict: 'inconclusive' })
  expect(first(result).details.join('\n')).toMatch(words)
  expect(approvals(result)).toEqual([2])
}

describe('the number in a line of a server may be one of its client', () => {
  const coincidence = [{ pid: 3, state: 'S', name: 'rcu_gp' }]

  test('a process of that number that does not have the lock is not its holder', async () => {
    isUnknown(await stuckOn(keeping(line(3), coincidence), client(), holder()), /`rcu_gp`.*no such lock/)
  })

  test('one that has it among its open files is', async () => {
    const stdout = `/proc/3/fdinfo/7:lock:\t1: POSIX  ADVISORY  WRITE 3 00:14:${INODE} 0 EOF\n`
    const local = keeping(line(3), [{ pid: 3, state: 'S', name: 'backup' }], { program: owners({ stdout }) })
    const result = await stuckOn(local, client(), holder())
    expect(first(result)).toMatchObject({ code: 'contention', verdict: 'ruled-out' })
    expect(first(result).summary).toContain('`backup` (pid 3 on `server`)')
  })

  test('where open files may not be read it stays unknown, and who perhaps lives is not offered to lose it', async () => {
    const stderr = "find: '/proc/1/fdinfo': Permission denied\n"
    const program = owners({ stderr, exitCode: 1 })
    const result = await stuckOn(keeping(line(3), coincidence, { program }), client(), holder())
    expect(first(result)).toMatchObject({ code: 'holder-unseen', verdict: 'inconclusive' })
    expect(first(result).details.join('\n')).toMatch(/perhaps `rcu_gp`.*needs root/)
    expect(result.diagnosis.offers).toEqual([])
  })

  test('before Linux 4.1, where no lock is told with an open file, having the file open has to do', async () => {
    const more = { open: { 3: { 7: SERVER_PATH } } }
    const result = await stuckOn(
      keeping(line(3), [{ pid: 3, state: 'S', name: 'backup' }], more),
      client(),
      holder(),
    )
    expect(first(result)).toMatchObject({ code: 'contention', verdict: 'ruled-out' })
  })

  test('a process whose main thread has ended may live on', async () => {
    const zombie = [{ pid: 3, state: 'Z', name: 'java' }]
    isUnknown(await stuckOn(keeping(line(3), zombie), client(), holder()), /main thread has ended/)
  })
})

describe('the number in the line of a flock is of who took it, which may be another process by now', () => {
  const PATH = '/run/app/x.lock'
  const flock = (pid: string) => `1: ${pid} 08:01:77 0 EOF\n`
  const taken = flock('FLOCK  ADVISORY  WRITE 801')
  const host = (state: string, reply: Reply): Machine => ({
    ...{ name: 'a', roles: [], lockRoots: ['/run/app'], stats: { [PATH]: '801 77 81a4 1 0 0' } },
    files: { '/proc/locks': `${taken}${flock('-> FLOCK  ADVISORY  WRITE 950')}` },
    threads: [
      { pid: 801, state, wchan: 'io_schedule', name: 'backup' },
      { pid: 900, state: 'S', name: 'appd' },
      { pid: 950, state: 'S', name: 'appctl', wchan: 'locks_lock_inode_wait' },
    ],
    program: owners(reply),
  })
  const look = (state: string, reply: Reply) => check(clusterIs(host(state, reply)), 'lock', { target: PATH })

  test('who has it among its open files holds it, not who hangs or is stopped under that number', async () => {
    for (const state of ['D', 'T']) {
      const result = await look(state, { stdout: `/proc/900/fdinfo/7:lock:\t${taken}` })
      expect(first(result), state).toMatchObject({ code: 'contention', verdict: 'ruled-out' })
      expect(first(result).summary, state).toContain('`appd` (pid 900 on `a`)')
      expect(result.diagnosis.offers, state).toEqual([])
    }
  })

  test('where open files do not tell, it is perhaps the holder, and nothing is offered', async () => {
    for (const reply of [
      { stdout: '' },
      { stderr: "find: '/proc/1/fdinfo': Permission denied\n", exitCode: 1 },
    ]) {
      const result = await look('D', reply)
      expect(first(result)).toMatchObject({ code: 'holder-unseen', verdict: 'inconclusive' })
      expect(first(result).details.join()).toContain('perhaps `backup` (pid 801;')
      expect(result.diagnosis.offers).toEqual([])
    }
  })
})

describe('statd knows the clients of lockd, and nobody else', () => {
  test('what lockd itself holds is left over when none of them has it', async () => {
    const result = await stuckOn(keeping(line(90)), client(), holder())
    expect(first(result)).toMatchObject({ code: 'left-over-lock', verdict: 'confirmed' })
    expect(approvals(result)).toEqual([1])
  })

  test('what nfsd holds is for an NFSv4 client, which an old kernel does not list', async () => {
    isUnknown(
      await stuckOn(keeping(line(92)), client(), holder()),
      /the NFSv4 client that `server` keeps it for/,
    )
  })

  test('what ganesha or Samba holds is in a list of their own', async () => {
    for (const name of ['ganesha.nfsd', 'smbd'])
      isUnknown(
        await stuckOn(keeping(line(93), [{ pid: 93, state: 'S', name }]), client(), holder()),
        new RegExp(`for whom \`${name}\``),
      )
  })

  test('a flock or an OFD lock on a server is none of an NFS client, whatever its owner', async () => {
    isUnknown(await stuckOn(keeping(line(55, 'FLOCK ')), client(), holder()), /the FLOCK lock/)
    isUnknown(await stuckOn(keeping(line(-1, 'OFDLCK')), client(), holder()), /the OFDLCK lock/)
  })

  test('where the NFSv4 clients may not be read, one of them may have it', async () => {
    const program: Machine['program'] = (argv) =>
      argv.includes('/proc/fs/nfsd/clients')
        ? { stderr: 'grep: /proc/fs/nfsd/clients: Permission denied\n', exitCode: 2 }
        : undefined
    isUnknown(await stuckOn(keeping(line(801), [], { program }), client(), holder()), /the NFSv4 clients of/)
  })

  test('an NFSv4 client that unlocked it, and is gone, does not have the lock that lockd holds', async () => {
    const files = {
      '/proc/fs/nfsd/clients/3/info':
        'clientid: 0xabc\naddress: "10.0.0.3:764"\nstatus: courtesy\nname: "x"\n',
      '/proc/fs/nfsd/clients/3/states': `- 0x1: { type: lock, superblock: "00:14:${INODE}", owner: "x" }\n`,
      '/proc/fs/nfsd/nfsv4leasetime': '90\n',
    }
    const kept = await stuckOn(keeping(line(90), [], { files }), client(), holder({ down: true }))
    expect(first(kept).code).toBe('holder-unseen')
    expect(kept.diagnosis.offers).toMatchObject([{ remedy: 'quarantine-lock-file', approvals: 2 }])
    const its = await stuckOn(keeping(line(92), [], { files }), client(), holder({ down: true }))
    expect(its.diagnosis.offers).toMatchObject([{ remedy: 'expire-nfsd-client' }])
  })
})

describe('who waits for its server, and has the lock itself', () => {
  const own = (stack: string[], mode = 'WRITE') =>
    client({
      threads: [{ ...waitingForLock, stack }],
      files: { '/proc/locks': holding(700)['/proc/locks'].replace('WRITE', mode) },
    })

  test('does not wait for that lock: nobody is offered to lose it', async () => {
    for (const stack of [[], ['rpc_wait_bit_killable', 'nlmclnt_unlock', 'do_unlk']]) {
      for (const interval of ['5', '0']) {
        const cluster = clusterIs(keeping(line(90)), own(stack), holder())
        const result = await check(cluster, 'stuck', { ...STUCK, interval })
        expect(codes(result).filter((code) => code.startsWith('holder-'))).toEqual([])
        expect(result.diagnosis.offers).toEqual([])
      }
    }
  })

  test('another reader on the same range is another lock', async () => {
    const readers = line(90).replace('WRITE', 'READ ')
    const alone = await stuckOn(keeping(readers), own([], 'READ '), holder())
    expect(codes(alone)).toEqual(['waits-for-server'])
    const two = await stuckOn(keeping(readers + readers.replace('4:', '5:')), own([], 'READ '), holder())
    expect(codes(two)).not.toContain('waits-for-server')
  })
})

describe('inside a container only its own locks and processes are listed', () => {
  const inside: Machine['program'] = (argv) =>
    argv.at(-1) === '/proc/self/ns/pid' ? { stdout: 'pid:[4026532201]\n' } : undefined
  const none = { '/proc/locks': '' }

  test('no lock there is not "nobody has one", on the host of a local file and on the server of a mount', async () => {
    const local: Machine = { name: 'a', stats: { '/data/x': '801 77 81a4 1 0 0' }, program: inside }
    const alone = await check(clusterIs(local), 'lock', { target: '/data/x' })
    const remote = await check(
      clusterIs(server({ files: none, program: inside }), client(), holder()),
      'lock',
      { target: CLIENT_PATH, on: 'client' },
    )
    for (const result of [alone, remote]) {
      expect(first(result)).toMatchObject({ code: 'holder-unseen', verdict: 'inconclusive' })
      expect(first(result).details.join()).toContain('in another container')
      expect(result.diagnosis.unseen.map(({ what }) => what).join()).toMatch(/other locks of/)
    }
  })

  test('a client in one does not matter where its server lists every lock', async () => {
    const result = await check(
      clusterIs(server({ files: none }), client({ program: inside }), holder({ program: inside })),
      'lock',
      { target: CLIENT_PATH, on: 'client' },
    )
    expect(first(result)).toMatchObject({ code: 'not-locked', verdict: 'ruled-out' })
  })

  test('a client in one may have what its server keeps for it', async () => {
    isUnknown(await stuckOn(keeping(line(90)), client(), holder({ program: inside })), /another container/)
  })

  test('nothing in state D among its own processes is not "nothing hangs"', async () => {
    const program: Machine['program'] = (argv) =>
      argv[0] === 'ps' ? { stdout: '  1   1 Ss 04:11:09 - sh\n' } : undefined
    const result = await check(clusterIs(client({ program })), 'stuck', { on: 'client' })
    expect(first(result)).toMatchObject({ code: 'waits-unseen', verdict: 'inconclusive' })
    expect(result.diagnosis.unseen.map(({ what }) => what)).toEqual(['other processes of `client`'])
  })
})

describe('one of two readers hangs', () => {
  const reader = line(92).replace('WRITE', 'READ ')
  const hung = holder({
    files: { '/proc/locks': holding(801)['/proc/locks'].replace('WRITE', 'READ ') },
    threads: [{ pid: 801, state: 'D', wchan: 'io_schedule', name: 'registryd' }],
  })
  const files = {
    '/proc/fs/nfsd/clients/3/info':
      'clientid: 0xabc\naddress: "10.0.0.77:764"\nstatus: confirmed\nseconds from last renew: 5\nname: "x"\n',
    '/proc/fs/nfsd/clients/3/states': `- 0x1: { type: lock, superblock: "00:14:${INODE}", owner: "x" }\n`,
    '/proc/fs/nfsd/nfsv4leasetime': '90\n',
  }

  test('the other, on an NFSv4 client that renews its lease, lives: nothing is offered', async () => {
    const both = await stuckOn(keeping(reader + reader, [], { files }), client(), hung)
    expect(first(both)).toMatchObject({ code: 'contention', verdict: 'ruled-out' })
    expect(both.diagnosis.offers).toEqual([])
  })

  test('the other is not known: the holder that hangs is not the only one', async () => {
    isUnknown(await stuckOn(keeping(reader + reader), client(), hung), /who has the other lock on `server`/)
  })

  test('alone, it holds the lock that its server lists, too', async () => {
    expect(codes(await stuckOn(keeping(reader, [], { files }), client(), hung))).toEqual(['holder-hangs'])
  })
})

describe('several servers of one file system', () => {
  const second = (monitored: string[]): Machine => ({
    ...server({ monitored, threads: DAEMONS, files: { '/proc/locks': line(90) } }),
    name: 'second',
    addresses: ['10.0.0.8'],
  })

  test('each of those that keep the lock has clients of its own', async () => {
    const all = await stuckOn(keeping(line(90)), second(['10.0.0.3']), client(), holder())
    expect(codes(all)).toEqual(['left-over-lock'])
    isUnknown(
      await stuckOn(keeping(line(90)), second(['10.0.0.3', '10.0.0.44']), client(), holder()),
      /client `10\.0\.0\.44`/,
    )
    isUnknown(
      await stuckOn(keeping(line(90)), second([]), client(), holder()),
      /statd on `second` knows none/,
    )
  })
})

describe('a client that was asked has it not only where it was looked for', () => {
  const elsewhere = (device: string, mounts = '') =>
    holder({
      files: {
        '/proc/self/mountinfo': `${ROOT}${mounts}`,
        '/proc/locks': line(801, 'POSIX ', device),
      },
      threads: [{ pid: 801, state: 'S', name: 'registryd' }],
    })

  test('the same inode on a mount of a container, or under another name of the export, may be this file', async () => {
    isUnknown(await stuckOn(server(), client(), elsewhere('00:55')), /can't tell from this one/)
    const root = `60 20 0:85 / /data rw - nfs4 nas:/pub rw,vers=4.2,addr=10.0.0.1\n`
    isUnknown(await stuckOn(server(), client(), elsewhere('00:55', root)), /can't tell from this one/)
  })

  test('the same number on a disk of its own is chance', async () => {
    const result = await stuckOn(server(), client(), elsewhere('08:01'))
    expect(codes(result)).toEqual(['left-over-lock'])
  })

  test('one that has it at the second look only has it: it was on its way from one to the next', async () => {
    let looks = 0
    const busy = holder({
      threads: [{ pid: 801, state: 'S', name: 'registryd' }],
      program: (argv) =>
        argv.at(-1) === '/proc/locks' && argv.includes('-F')
          ? { stdout: ++looks > 1 ? holding(801)['/proc/locks'] : '', exitCode: looks > 1 ? 0 : 1 }
          : undefined,
    })
    isUnknown(await stuckOn(server(), client(), busy), /at one of the two looks|can't tell/)
    expect(looks).toBeGreaterThan(1)
  })
})

test('a lock that its server has at the first look only was given back meanwhile: it is not left over', async () => {
  let looks = 0
  const program: Machine['program'] = (argv) =>
    argv.at(-1) === '/proc/locks' && argv.includes('-F') && ++looks > 1 ? { exitCode: 1 } : undefined
  const result = await stuckOn(keeping(line(90), [], { program }), client(), holder())
  expect(first(result)).toMatchObject({ code: 'holder-unseen', verdict: 'inconclusive' })
  expect(first(result).details.join()).toContain('at a second look: it was not there any more')
  expect(result.diagnosis.offers).toEqual([])
})

describe('a holder hangs, or is stopped, only where two looks show it', () => {
  const held = (state: () => string) => () => [
    server(),
    client(),
    holder({ files: holding(801), threads: [{ pid: 801, state: state(), name: 'registryd' }] }),
  ]

  test('one look does not', async () => {
    for (const state of ['D', 'T']) {
      const once = await check(clusterOf(held(() => state)), 'stuck', { ...STUCK, interval: '0' })
      expect(first(once), state).toMatchObject({ code: 'holder-unseen', verdict: 'inconclusive' })
      expect(first(once).details.join(), state).toContain(`seen once only, in state ${state}`)
    }
  })

  test('who looked once is told to look twice', async () => {
    const args = { target: CLIENT_PATH, on: 'client', interval: '0' }
    const { diagnosis } = await check(clusterOf(held(() => 'D')), 'lock', args)
    expect(diagnosis.next).toMatchObject([{ why: expect.stringContaining('Look twice') }])
  })

  test('one that a debugger stopped for a moment works', async () => {
    let looks = 0
    const program: Machine['program'] = (argv) => {
      if (argv.at(-1)?.startsWith('/proc/801/task')) looks += 1
      return undefined
    }
    const machines = () => held(() => (looks > 1 ? 'S' : 't'))().map((each) => ({ ...each, program }))
    expect(codes(await check(clusterOf(machines), 'stuck', STUCK))).toEqual(['contention'])
  })
})

describe('nobody has a lock only where everybody who may list one was asked', () => {
  const none = { '/proc/locks': '' }
  const locked = (target: string, on: string, ...machines: Machine[]) =>
    check(clusterIs(...machines), 'lock', { target, on })
  const nas = `${ROOT}39 20 0:29 / /mnt/a rw - nfs nas7:/vol/a rw,vers=3,hard,addr=10.9.9.9\n`

  test('the server of the mount is one of those that were looked at', async () => {
    const result = await locked(CLIENT_PATH, 'client', server({ files: none }), client(), holder())
    expect(first(result)).toMatchObject({ code: 'not-locked', verdict: 'ruled-out' })
  })

  test('a server that is not in the configuration keeps its locks to itself', async () => {
    const on = client({ files: { '/proc/self/mountinfo': nas } })
    const result = await locked(CLIENT_PATH, 'client', server({ files: none }), on, holder())
    expect(first(result)).toMatchObject({ code: 'holder-unseen', verdict: 'inconclusive' })
    expect(first(result).details.join()).toContain('`nas7`')
    const device = await locked(`00:1d:${INODE}`, 'client', server({ files: none }), on)
    expect(first(device)).toMatchObject({ code: 'holder-unseen', verdict: 'inconclusive' })
  })

  test('locks of a mount with `nolock` are on this client alone', async () => {
    const files = { '/proc/self/mountinfo': nas.replace('hard', 'hard,nolock') }
    const result = await locked(CLIENT_PATH, 'client', server({ files: none }), client({ files }))
    expect(first(result).code).toBe('not-locked')
  })

  test('a client with a delegation locks without its server; its own kernel knows', async () => {
    const files = (address: string) => ({
      '/proc/locks': `4: DELEG  ACTIVE    READ  92 00:14:${INODE} 0 EOF\n`,
      '/proc/fs/nfsd/clients/3/info': `clientid: 0xabc\naddress: "${address}:764"\nname: "x"\n`,
      '/proc/fs/nfsd/clients/3/states': `- 0x1: { type: deleg, access: r, superblock: "00:14:${INODE}", filename: "a" }\n`,
      '/proc/fs/nfsd/nfsv4leasetime': '90\n',
    })
    const look = (address: string, ...more: Machine[]) =>
      locked(CLIENT_PATH, 'client', server({ files: files(address) }), client(), ...more)
    expect(first(await look('10.0.0.3', holder())).code).toBe('not-locked')
    for (const result of [await look('10.0.0.66', holder()), await look('10.0.0.3', holder({ down: true }))])
      expect(first(result)).toMatchObject({ code: 'holder-unseen', verdict: 'inconclusive' })
  })

  test('a file system that is not known to be of one machine may be shared', async () => {
    const on = (type: string) =>
      clusterIs({
        ...{ name: 'a', roles: [], stats: { '/data/x': '32 77 81a4 1 0 0' } },
        files: { '/proc/self/mountinfo': `${ROOT}40 20 0:50 / /data rw - ${type} src rw\n` },
      })
    for (const type of ['fuse.juicefs', 'fuse.mfs', 'fuse', 'wekafs', 'pvfs2', 'panfs', 'ceph', 'cifs'])
      expect(first(await check(on(type), 'lock', { target: '/data/x' })), type).toMatchObject({
        code: 'holder-unseen',
        verdict: 'inconclusive',
      })
    for (const type of ['xfs', 'btrfs', 'tmpfs', 'fuseblk'])
      expect(first(await check(on(type), 'lock', { target: '/data/x' })).code, type).toBe('not-locked')
  })

  test('other hosts of a cluster file system list their locks themselves', async () => {
    const shared = await locked(SERVER_PATH, 'server', server({ files: none }), client())
    expect(first(shared)).toMatchObject({ code: 'holder-unseen', verdict: 'inconclusive' })
    const files = { ...none, '/proc/self/mountinfo': `${ROOT}31 20 0:20 / /export rw - xfs /dev/sdb rw\n` }
    const own = await locked(SERVER_PATH, 'server', server({ files }), client())
    expect(first(own).code).toBe('not-locked')
  })
})

test('a lease that should have been renewed is neither good nor run out', async () => {
  const at = (renewed: number) =>
    keeping(line(92), [], {
      files: {
        '/proc/fs/nfsd/clients/3/info': `clientid: 0xabc\naddress: "10.0.0.3:764"\nstatus: confirmed\nseconds from last renew: ${renewed}\nname: "x"\n`,
        '/proc/fs/nfsd/clients/3/states': `- 0x1: { type: lock, superblock: "00:14:${INODE}", owner: "x" }\n`,
        '/proc/fs/nfsd/nfsv4leasetime': '90\n',
      },
    })
  const seen = async (renewed: number) => stuckOn(at(renewed), client(), holder({ down: true }))
  expect(codes(await seen(60))).toEqual(['contention'])
  const overdue = await seen(150)
  expect(first(overdue)).toMatchObject({ code: 'holder-unseen', verdict: 'inconclusive' })
  expect(JSON.stringify(overdue.diagnosis)).not.toContain('lease is good')
  expect(overdue.diagnosis.offers).toEqual([])
})

test('a client that the server calls confirmed is not lost, however long ago it renewed: the server may hang with its request', async () => {
  const files = {
    '/proc/fs/nfsd/clients/3/info':
      'clientid: 0xabc\naddress: "10.0.0.3:764"\nstatus: confirmed\nseconds from last renew: 4021\nname: "x"\n',
    '/proc/fs/nfsd/clients/3/states': `- 0x1: { type: lock, superblock: "00:14:${INODE}", owner: "x" }\n`,
    '/proc/fs/nfsd/nfsv4leasetime': '90\n',
  }
  const hangs = { pid: 94, state: 'D', wchan: 'xlog_wait_on_iclog', name: 'nfsd' }
  const result = await stuckOn(keeping(line(92), [hangs], { files }), client(), holder({ down: true }))
  expect(first(result)).toMatchObject({ code: 'holder-unseen', verdict: 'inconclusive' })
  expect(first(result).details.join('\n')).toContain('status confirmed, last renewed 1 h 7 min ago')
  expect(result.diagnosis.offers).toEqual([])
})

test('threads of the NFS server behind its own disk wait for that disk, not for another server', async () => {
  const stack = [
    'xlog_wait_on_iclog',
    'xfs_file_fsync',
    'nfsd_vfs_write',
    'nfsd_dispatch',
    'svc_process',
    'nfsd',
  ]
  const threads = [92, 93].map((pid) => ({ pid, state: 'D', wchan: stack[0]!, name: 'nfsd', stack }))
  const dmesg = '[ 15.3] nfs: server backup9 not responding, still trying\n'
  const result = await check(clusterIs(server({ threads, dmesg })), 'stuck', { on: 'server' })
  expect(first(result)).toMatchObject({ code: 'not-a-lock', verdict: 'confirmed', severity: 'critical' })
  expect(first(result).summary).toContain('XFS')
})

describe('state D is a fault only when it lasts', () => {
  const on = (more: Partial<Machine>, stack = ['io_schedule', 'do_syscall_64']) =>
    client({ threads: [{ ...waitingForLock, wchan: stack[0]!, stack }], ...more })

  test('one look proves nothing, and says how to look again', async () => {
    const cluster = clusterIs(server(), on({}), holder())
    const once = await check(cluster, 'stuck', { ...STUCK, interval: '0' })
    expect(first(once)).toMatchObject({ code: 'not-a-lock', verdict: 'inconclusive', severity: 'warning' })
    expect(once.diagnosis.next[0]?.command).toBe('check stuck nova-compute on=client')
    expect(first(await check(cluster, 'stuck', STUCK))).toMatchObject({ verdict: 'confirmed' })
  })

  test('threads in state D that could not be looked at closely are not "nothing"', async () => {
    const blind = on({
      program: (argv) => (argv.at(-1)?.startsWith('/proc/700/task') ? { tookMs: 3_600_000 } : undefined),
    })
    for (const args of [STUCK, { on: 'client' }]) {
      const result = await check(clusterIs(server(), blind, holder()), 'stuck', args)
      expect(first(result)).toMatchObject({ code: 'state-d-unclear', verdict: 'inconclusive' })
    }
  })

  test('who waits for a child after vfork, or is frozen by its cgroup, is no alarm', async () => {
    for (const wchan of ['kernel_clone', '__refrigerator'])
      expect(first(await stuckOn(server(), on({}, [wchan]), holder()))).toMatchObject({ severity: 'info' })
  })

  test('a soft mount that gave up once is no server that is silent now', async () => {
    const stack = ['rpc_wait_bit_killable', '_nfs4_proc_getattr']
    const log = (text: string) =>
      on({ dmesg: `[ 9400.1] nfs: server server not responding, ${text}\n` }, stack)
    const soft = await stuckOn(server(), log('timed out'), holder())
    expect(first(soft)).toMatchObject({ code: 'waits-for-server', verdict: 'inconclusive' })
    expect(first(soft).details.join('\n')).toContain('whether it answers again is never logged')
    const hard = await stuckOn(server(), log('still trying'), holder())
    expect(first(hard)).toMatchObject({ code: 'server-not-responding', verdict: 'confirmed' })
  })

  test('a complaint from before the process was started may be over; the latest one counts', async () => {
    const stack = ['rpc_wait_bit_killable', '_nfs4_proc_getattr']
    const silent = '[ 100.1] nfs: server server not responding, still trying\n'
    const again = silent.replace('100.1', '9400.1')
    const old = await stuckOn(server(), on({ dmesg: silent }, stack), holder())
    expect(first(old)).toMatchObject({ code: 'waits-for-server', verdict: 'inconclusive' })
    const now = await stuckOn(server(), on({ dmesg: silent + again }, stack), holder())
    expect(first(now)).toMatchObject({ code: 'server-not-responding', verdict: 'confirmed' })
  })

  test('what the kernel once called blocked need not have hung ever since', async () => {
    const dmesg = '[ 9000.1] INFO: task nova-compute:700 blocked for more than 120 seconds.\n'
    const line = first(await stuckOn(server(), on({ dmesg }), holder())).details.join('\n')
    expect(line).toContain('blocked already 19 min ago, says the kernel')
    expect(line).not.toContain('at least')
  })

  test('a process that works is busy, although its server was called silent long ago', async () => {
    let looks = 0
    const machines = () => [
      server(),
      client({
        dmesg: '[ 100.1] nfs: server server not responding, still trying\n',
        threads: [
          { ...waitingForLock, stack: ['rpc_wait_bit_killable', 'nfs_file_read'], switches: ++looks * 5000 },
        ],
      }),
      holder(),
    ]
    expect(codes(await check(clusterOf(machines), 'stuck', STUCK))).toEqual(['busy'])
  })
})

test('open files of others that may not be read are not "no owner"', () => {
  const output = { stdout: '', stderr: 'find: ‘/proc/1/fdinfo’: Permission denied\n', exitCode: 1 }
  const read = (stdout: string) => readLockOwners({ ...output, stdout, truncated: false, startedAt: 0 })
  expect(() => read('')).toThrow('root')
  expect(read(`/proc/7/fdinfo/3:lock:\t1: OFDLCK ADVISORY  WRITE -1 fe:00:5 0 EOF\n`)).toHaveLength(1)
})
