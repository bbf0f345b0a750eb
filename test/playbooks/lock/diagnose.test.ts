import { describe, expect, test } from 'vitest'
import type { CheckResult } from '../../../jobs/contracts.ts'
import { check, clusterOf, type Machine } from './machines.ts'
import { CLIENT_PATH, client, holder, holding, INODE, server, waitingForLock } from './nfs.ts'

const STUCK = { target: 'nova-compute', on: 'client' }
const stuckOn = (...machines: Machine[]) =>
  check(
    clusterOf(() => machines),
    'stuck',
    STUCK,
  )
const codes = ({ diagnosis }: CheckResult) => diagnosis.findings.map(({ code }) => code)
const first = ({ diagnosis }: CheckResult) => diagnosis.findings[0]!

describe('a process in state D behind a lock on NFS', () => {
  test('a lock that no client has is left over, and moving the file aside is offered', async () => {
    const result = await stuckOn(server(), client(), holder())
    expect(first(result)).toMatchObject({
      code: 'left-over-lock',
      verdict: 'confirmed',
      severity: 'critical',
    })
    expect(result.diagnosis.offers).toMatchObject([
      { remedy: 'quarantine-lock-file', approvals: 1, params: { host: 'server', ino: INODE } },
    ])
    expect(result.diagnosis.unseen).toEqual([])
  })

  test('a holder that lives and works on another client is contention: no button', async () => {
    const result = await stuckOn(
      server(),
      client(),
      holder({ files: { ...holding(801) }, threads: [{ pid: 801, state: 'S', name: 'registryd' }] }),
    )
    expect(first(result)).toMatchObject({ code: 'contention', verdict: 'ruled-out' })
    expect(first(result).summary).toContain('`registryd` (pid 801 on `holder`)')
    expect(result.diagnosis.offers).toEqual([])
  })

  test('a client that cannot be asked may hold it: not proven, two people and the name typed in', async () => {
    const result = await stuckOn(server(), client(), holder({ down: true }))
    expect(first(result)).toMatchObject({ code: 'holder-unseen', verdict: 'inconclusive' })
    expect(first(result).details.join('\n')).toMatch(/Not seen: client `holder`/)
    expect(result.diagnosis.offers).toMatchObject([{ approvals: 2, typed: 'registry lock' }])
    expect(result.diagnosis.unseen.map(({ what }) => what)).toEqual(['`holder`'])
  })

  test('a client that is not in the configuration may hold it, too', async () => {
    const result = await stuckOn(server({ monitored: ['10.0.0.2', '10.0.0.77'] }), client())
    expect(codes(result)).toEqual(['holder-unseen'])
    expect(first(result).details.join()).toContain('10.0.0.77')
  })

  test('a holder that hangs itself is named, and what for', async () => {
    const threads = [{ pid: 801, state: 'D', wchan: 'percpu_rwsem_wait', name: 'registryd' }]
    const result = await stuckOn(server(), client(), holder({ files: holding(801), threads }))
    expect(first(result)).toMatchObject({ code: 'holder-hangs', verdict: 'confirmed' })
    expect(result.diagnosis.offers).toMatchObject([{ approvals: 2 }])
    expect(result.diagnosis.next).toEqual([
      { why: 'Why the holder hangs', command: 'check stuck 801 on=holder' },
    ])
  })

  test('a server without statd is said, because it never hears of a restarted client', async () => {
    const result = await stuckOn(
      server({ threads: [{ pid: 90, state: 'S', name: 'lockd' }] }),
      client(),
      holder(),
    )
    expect(codes(result)).toEqual(['left-over-lock', 'statd-not-running'])
  })

  test('without a folder that is allowed nothing is offered, and it says how to allow one', async () => {
    const bare = server()
    delete bare.lockRoots
    const result = await stuckOn(bare, client(), holder())
    expect(codes(result)).toEqual(['left-over-lock'])
    expect(result.diagnosis.offers).toEqual([])
    expect(first(result).details.join()).toContain('lock_roots: [/export/a/locks]')
  })

  test('with one look nothing is proven and nothing is offered, and it says how to look twice', async () => {
    const cluster = clusterOf(() => [server(), client(), holder()])
    const result = await check(cluster, 'stuck', { ...STUCK, interval: '0' })
    expect(first(result)).toMatchObject({ code: 'holder-unseen', verdict: 'inconclusive' })
    expect(first(result).details).toContain('Not seen: client `holder` (asked once only).')
    expect(result.diagnosis.offers).toEqual([])
    expect(result.diagnosis.next[0]?.command).toBe('check stuck nova-compute on=client')
  })

  test('the same inode number on another file system of the server is not this file', async () => {
    const locks = `5: POSIX  ADVISORY  WRITE 22 00:0f:${INODE} 0 EOF\n6: POSIX  ADVISORY  WRITE 23 00:14:${BigInt(INODE) + 1n} 0 EOF\n`
    const result = await stuckOn(server({ files: { '/proc/locks': locks } }), client(), holder())
    expect(codes(result)).toEqual(['waits-for-lock'])
    expect(JSON.stringify(result.diagnosis.facts)).not.toContain('"22"')
  })

  test('an inode above 2^53 is told from its neighbour', async () => {
    const [mine, other] = ['9007199254740993', '9007199254740992']
    const at = (ino: string) =>
      server({
        files: { '/proc/locks': `4: POSIX  ADVISORY  WRITE 801 00:14:${ino} 0 EOF\n` },
        stats: { '/export/a/locks/registry lock': `14 ${mine} 81a4 1 0 0` },
      })
    const user = client({ files: { '/proc/700/fdinfo/22': `mnt_id:\t39\nino:\t${mine}\n` } })
    expect(codes(await stuckOn(at(mine), user, holder()))).toEqual(['left-over-lock'])
    expect(codes(await stuckOn(at(other), user, holder()))).toEqual(['waits-for-lock'])
  })

  test('on a kernel that does not tell the inode, a child asks for it', async () => {
    const old = client({
      files: { '/proc/700/fdinfo/22': '' },
      stats: { '/proc/700/fd/22': `1d ${INODE} 81a4 1 0 0` },
    })
    expect(codes(await stuckOn(server(), old, holder()))).toEqual(['left-over-lock'])
    const hangs = client({ files: { '/proc/700/fdinfo/22': '' }, stats: { '/proc/700/fd/22': 'hangs' } })
    expect(codes(await stuckOn(server(), hangs, holder()))).toContain('path-hangs')
  })

  test('an NFSv4 client whose lease ran out is a courtesy client, and expiring it is offered', async () => {
    const nfsd = (status: string, renewed: number) => ({
      '/proc/locks': `4: POSIX  ADVISORY  WRITE 92 00:14:${INODE} 0 EOF\n`,
      '/proc/fs/nfsd/clients/3/info': `clientid: 0xabc\naddress: "10.0.0.3:764"\nstatus: ${status}\nseconds from last renew: ${renewed}\nname: "Linux NFSv4.1 holder"\n`,
      '/proc/fs/nfsd/clients/3/states': `- 0x1: { type: lock, superblock: "00:14:${INODE}", filename: "registry lock", owner: "x" }\n`,
      '/proc/fs/nfsd/nfsv4leasetime': '90\n',
    })
    const threads = [{ pid: 92, state: 'S', name: 'nfsd' }]
    const lost = await stuckOn(
      server({ files: nfsd('courtesy', 4021), threads }),
      client(),
      holder({ down: true }),
    )
    expect(first(lost)).toMatchObject({ code: 'courtesy-client', verdict: 'confirmed', severity: 'critical' })
    expect(lost.diagnosis.offers).toMatchObject([
      {
        remedy: 'expire-nfsd-client',
        params: { host: 'server', number: '3', clientId: '0xabc', address: '10.0.0.3' },
      },
    ])
    const alive = await stuckOn(
      server({ files: nfsd('confirmed', 12), threads }),
      client(),
      holder({ down: true }),
    )
    expect(first(alive)).toMatchObject({ code: 'contention', verdict: 'ruled-out' })
    expect(alive.diagnosis.offers).toEqual([])
  })
})

describe('a process in state D for another reason', () => {
  const waits = (wchan: string, ...stack: string[]) =>
    client({ threads: [{ ...waitingForLock, wchan, stack: [wchan, ...stack] }] })

  test('an NFS server that is silent is named, with for how long', async () => {
    const machine = {
      ...waits('rpc_wait_bit_killable', '_nfs4_proc_getattr'),
      dmesg: '[ 9400.1] nfs: server server not responding, still trying\n',
    }
    const result = await stuckOn(server(), machine, holder())
    expect(first(result)).toMatchObject({ code: 'server-not-responding', verdict: 'confirmed' })
    expect(first(result).summary).toContain('for 10 min')
    expect(result.diagnosis.offers).toEqual([])
  })

  test('a server that answers again is not blamed', async () => {
    const machine = {
      ...waits('rpc_wait_bit_killable', '_nfs4_proc_getattr'),
      dmesg: '[ 9400.1] nfs: server server not responding, still trying\n[ 9500.1] nfs: server server OK\n',
    }
    expect(codes(await stuckOn(server(), machine, holder()))).toEqual(['waits-for-server'])
  })

  test('a frozen file system, a FUSE server and a disk are called what they are', async () => {
    for (const [wchan, words] of [
      ['percpu_rwsem_wait', 'frozen'],
      ['request_wait_answer', 'FUSE server'],
      ['folio_wait_bit_common', 'disk'],
    ] as const) {
      const result = await stuckOn(server(), waits(wchan, 'do_syscall_64'), holder())
      expect(codes(result), wchan).toEqual(['not-a-lock'])
      expect(first(result).summary).toContain(words)
    }
  })

  test('a kernel function that is not known is shown without a guess', async () => {
    const result = await stuckOn(server(), waits('brand_new_wait'), holder())
    expect(first(result).summary).toMatch(/not for a lock: in `brand_new_wait`\.$/)
  })

  test('a process that moves between two looks is busy, not stuck', async () => {
    let looks = 0
    const machines = () => [
      server(),
      client({ threads: [{ ...waitingForLock, switches: ++looks }] }),
      holder(),
    ]
    expect(codes(await check(clusterOf(machines), 'stuck', STUCK))).toEqual(['busy'])
  })

  test('a stale handle is a finding of its own', async () => {
    const result = await check(
      clusterOf(() => [server(), client({ stats: { [CLIENT_PATH]: 'stale' } }), holder()]),
      'lock',
      { target: CLIENT_PATH, on: 'client' },
    )
    expect(codes(result)).toContain('stale-handle')
  })
})

describe('nothing to see, and nothing seen, are different things', () => {
  test('nothing in state D', async () => {
    const result = await check(
      clusterOf(() => [server(), client({ threads: [] }), holder()]),
      'stuck',
      { on: 'client' },
    )
    expect(first(result)).toMatchObject({ code: 'nothing-stuck', verdict: 'ruled-out', severity: 'ok' })
  })

  test('no process of that name is no health', async () => {
    expect(first(await stuckOn(server(), client({ threads: [] }), holder()))).toMatchObject({
      code: 'no-such-process',
      verdict: 'inconclusive',
    })
  })

  test('a host that does not answer', async () => {
    const result = await stuckOn(server(), client({ down: true }), holder())
    expect(result.diagnosis).toMatchObject({
      looked: false,
      findings: [{ code: 'could-not-look', verdict: 'inconclusive' }],
    })
    expect(result.diagnosis.unseen).not.toEqual([])
  })

  test('servers that do not answer are not "nobody holds it"', async () => {
    const result = await check(
      clusterOf(() => [server({ down: true }), client(), holder()]),
      'lock',
      { target: CLIENT_PATH, on: 'client' },
    )
    expect(first(result)).toMatchObject({ code: 'holder-unseen', verdict: 'inconclusive' })
  })

  test('an unknown host and a missing one are asked back', async () => {
    const cluster = clusterOf(() => [server(), client(), holder()])
    expect(first(await check(cluster, 'stuck', { on: 'nowhere' })).code).toBe('no-such-host')
    expect(first(await check(cluster, 'stuck', { target: '700' })).code).toBe('which-host')
    const missing = await check(cluster, 'lock', { target: '/export/none' })
    expect(missing.diagnosis.findings[0]).toMatchObject({ code: 'no-such-file', verdict: 'inconclusive' })
  })
})
