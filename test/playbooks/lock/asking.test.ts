import { describe, expect, test } from 'vitest'
import { check, clusterOf, type Machine } from './machines.ts'
import { CLIENT_PATH, client, holder, holding, INODE, SERVER_PATH, server, waitingForLock } from './nfs.ts'

/** As Linux 6.1 waits for a lock over NFSv3: it can be ended, and this host's own /proc/locks has no line (captured). */
const asking = {
  ...waitingForLock,
  state: 'S',
  wchan: 'nlmclnt_block',
  stack: ['nlmclnt_block', 'nlmclnt_proc', 'do_setlk', 'fcntl_setlk'],
}
const look = (...machines: Machine[]) =>
  check(
    clusterOf(() => machines),
    'stuck',
    { target: 'nova-compute', on: 'client' },
  )

describe('a process that waits for a lock over NFS in state S', () => {
  test('is led to a holder that works: nothing is offered', async () => {
    const { diagnosis } = await look(
      server(),
      client({ threads: [asking] }),
      holder({ files: holding(801), threads: [{ pid: 801, state: 'S', name: 'nova-compute' }] }),
    )
    expect(diagnosis.findings[0]).toMatchObject({ code: 'contention', verdict: 'ruled-out' })
    expect(diagnosis.findings[0]!.details).toContain(
      '`nova-compute` (pid 700): waits for a lock in `nlmclnt_block`, in state S.',
    )
    expect(diagnosis.offers).toEqual([])
  })

  test('is led to a left-over lock, whose file may be moved aside', async () => {
    const { diagnosis } = await look(server(), client({ threads: [asking] }), holder())
    expect(diagnosis.findings[0]).toMatchObject({ code: 'left-over-lock', severity: 'critical' })
    expect(diagnosis.offers).toMatchObject([
      { remedy: 'quarantine-lock-file', params: { path: SERVER_PATH }, approvals: 1 },
    ])
  })

  test('is not called healthy when no lock can be seen', async () => {
    const { diagnosis } = await look(
      server({ files: { '/proc/locks': '' } }),
      client({ threads: [asking] }),
      holder(),
    )
    expect(diagnosis.findings[0]).toMatchObject({ code: 'waits-for-lock', verdict: 'inconclusive' })
    expect(diagnosis.findings[0]!.details.join('\n')).toContain(CLIENT_PATH)
  })
})

describe('a process of more threads than are looked at closely', () => {
  /** 45 threads of nova-compute, all in state S; the wait channel of the first 44, and of the last */
  function many(others: string, last: string): Machine {
    const threads = Array.from({ length: 45 }, (_, i) => ({ tid: 700 + i, wchan: i === 44 ? last : others }))
    const rows = threads.map(({ tid, wchan }) => `700 ${tid} Sl 02:41:07 ${wchan} nova-compute\n`)
    const files = threads.flatMap(({ tid, wchan }): [string, string][] => {
      const at = `/proc/700/task/${tid}`
      return [
        [`${at}/stat`, `${tid} (nova-compute) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 70000 0 0\n`],
        [`${at}/status`, 'voluntary_ctxt_switches:\t5\n'],
        [`${at}/wchan`, wchan],
        [`${at}/stack`, `[<0>] ${wchan}+0x1/0x2\n`],
      ]
    })
    return client({
      files: Object.fromEntries(files),
      program: (argv) =>
        argv[0] === 'ps' ? { stdout: `2 2 S 02:41:07 - kthreadd\n${rows.join('')}` } : undefined,
    })
  }
  const alive = () => holder({ files: holding(801), threads: [{ pid: 801, state: 'S', name: 'x' }] })

  test('is looked at where one of them may wait for a lock', async () => {
    const { diagnosis } = await look(server(), many('unix_stream_read_generic', 'nlmclnt_block'), alive())
    expect(diagnosis.findings[0]).toMatchObject({ code: 'contention' })
    expect(diagnosis.unseen.map(({ why }) => why).join()).toContain('5 more threads')
  })

  test('is not called healthy when those that were left out may wait, and is when they idle', async () => {
    const { diagnosis } = await look(server(), many('wait_woken', 'wait_woken'), alive())
    expect(diagnosis.findings[0]).toMatchObject({ code: 'waits-unseen', verdict: 'inconclusive' })
    expect(diagnosis.unseen).toMatchObject([{ why: '5 more threads were too many to look at closely' }])
    const idle = await look(server(), many('futex_wait_queue', 'do_epoll_wait'), alive())
    expect(idle.diagnosis.findings[0]).toMatchObject({ code: 'nothing-stuck' })
  })
})

test('a delegation or a lease is no lock, where the client that has it was asked', async () => {
  const delegate = {
    '/proc/fs/nfsd/clients/3/info': 'clientid: 0xabc\naddress: "10.0.0.3:764"\nname: "x"\n',
    '/proc/fs/nfsd/clients/3/states': `- 0x1: { type: deleg, superblock: "00:14:${INODE}" }\n`,
    '/proc/fs/nfsd/nfsv4leasetime': '90\n',
  }
  for (const kind of ['DELEG  ACTIVE    READ', 'LEASE  ACTIVE    WRITE']) {
    const { diagnosis } = await check(
      clusterOf(() => [
        server({ files: { ...delegate, '/proc/locks': `1: ${kind} 90 00:14:${INODE} 0 EOF\n` } }),
        client({ threads: [] }),
        holder(),
      ]),
      'lock',
      { target: CLIENT_PATH, on: 'client' },
    )
    expect(diagnosis.findings, kind).toMatchObject([{ code: 'not-locked', verdict: 'ruled-out' }])
  }
})
