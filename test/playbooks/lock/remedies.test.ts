import { describe, expect, test } from 'vitest'
import { fastClock } from '../../../jobs/clock.ts'
import { openCluster } from '../../../jobs/hosts/cluster.ts'
import { lockFileOnNfs } from '../../../playbooks/lock/scenario.ts'
import type { Scenario } from '../../../playbooks/shared/scenario.ts'
import { carryOut, check, clusterOf, type Machine } from './machines.ts'
import { client, holder, holding, INODE, SERVER_PATH, server } from './nfs.ts'

const STUCK = { target: 'nova-compute', on: 'client' }

function incident() {
  const hosts = lockFileOnNfs.hosts.map((host) => ({ ...host, transport: 'replay' as const }))
  return openCluster({ name: 'demo', hosts, scenarios: [lockFileOnNfs as Scenario], clock: fastClock(500) })
}

describe("the report's incident", () => {
  const args = { target: 'nova-compute', on: 'ECM-043' }

  test('is found, released by a rename that is seen to have worked, and found healthy after it', async () => {
    const cluster = incident()
    const { diagnosis } = await check(cluster, 'stuck', args)
    expect(diagnosis.findings[0]).toMatchObject({
      code: 'left-over-lock',
      verdict: 'confirmed',
      severity: 'critical',
    })
    expect(diagnosis.findings[0]!.details.join('\n')).toContain('28331 00:14:2199054015793')
    expect(diagnosis.unseen).toEqual([])
    const result = await carryOut(cluster, 'stuck', args, diagnosis.offers[0]!)
    expect(result).toMatchObject({ state: 'done', offers: [{ remedy: 'restore-lock-file' }] })
    expect(result.lines.map(({ text }) => text)).toEqual([
      'looked again: unchanged',
      expect.stringMatching(/^renamed to /),
      `it is there, inode ${INODE} as before`,
      '`nova-compute` (pid 21409) out of state D',
    ])
    expect((await check(cluster, 'stuck', args)).diagnosis.findings[0]).toMatchObject({
      code: 'nothing-stuck',
    })
  })

  test('is the same from the path and from the inode; nobody else hangs', async () => {
    const cluster = incident()
    const byPath = await check(cluster, 'lock', {
      target: '/var/lib/nova/instances/locks/nova-storage-registry-lock',
      on: 'ECM-043',
    })
    expect(byPath.diagnosis.findings[0]).toMatchObject({ code: 'left-over-lock' })
    const byInode = await check(cluster, 'lock', { target: '00:14:2199054015793', on: 'Storage5' })
    expect(byInode.diagnosis.findings[0]).toMatchObject({ code: 'holder-unseen' })
    expect((await check(cluster, 'stuck', { on: 'ECM-061' })).diagnosis.findings[0]).toMatchObject({
      code: 'nothing-stuck',
    })
  })

  test('a second rename, and one after the file was made anew, are refused', async () => {
    const cluster = incident()
    const [offer] = (await check(cluster, 'stuck', args)).diagnosis.offers
    const first = await carryOut(cluster, 'stuck', args, offer!)
    expect(await carryOut(cluster, 'stuck', args, offer!)).toMatchObject({
      state: 'refused',
      undone: 'Nothing was touched.',
    })
    expect(await carryOut(cluster, 'stuck', args, first.offers[0]!)).toMatchObject({ state: 'failed' })
  })
})

describe('what a remedy proves', () => {
  /** The server after the rename; `after` says what the client shows then. */
  function renamed(after: (done: boolean) => Machine) {
    let to: string | undefined
    const far: Machine['program'] = (argv) => {
      if (argv[0] === 'perl') {
        to = argv[5]
        return { stdout: 'renamed\n' }
      }
      if (argv[0] === 'stat' && argv.at(-1) === to) return { stdout: `14 ${INODE} 81a4 1 0 0\n` }
      return undefined
    }
    return clusterOf(() => [server({ program: far }), after(to !== undefined), holder()])
  }

  test('a process that still hangs after the rename is no success: it says what to do, and offers the way back', async () => {
    const cluster = renamed(() => client())
    const { diagnosis } = await check(cluster, 'stuck', STUCK)
    const result = await carryOut(cluster, 'stuck', STUCK, diagnosis.offers[0]!)
    expect(result).toMatchObject({ state: 'failed', offers: [{ remedy: 'restore-lock-file' }] })
    expect(result.now).toContain('still waits')
    expect(result.next).toContain('Restart the service of `nova-compute` (pid 700)')
  })

  test('a process that ended and one that runs are both released', async () => {
    for (const threads of [[], [{ pid: 700, state: 'S', name: 'nova-compute' }]]) {
      const cluster = renamed((done) => (done ? client({ threads }) : client()))
      const { diagnosis } = await check(cluster, 'stuck', STUCK)
      expect(await carryOut(cluster, 'stuck', STUCK, diagnosis.offers[0]!)).toMatchObject({ state: 'done' })
    }
  })

  test('a holder that shows up between approval and action stops it', async () => {
    let approved = false
    const alive = () =>
      holder(
        approved
          ? {
              files: { '/proc/locks': `1: POSIX  ADVISORY  WRITE 801 00:1d:${INODE} 0 EOF\n` },
              threads: [{ pid: 801, state: 'S', name: 'registryd' }],
            }
          : {},
      )
    const cluster = clusterOf(() => [
      server({ program: ([name]) => (name === 'perl' ? { stdout: 'renamed\n' } : undefined) }),
      client(),
      { ...alive(), files: { ...client().files, ...alive().files } },
    ])
    const { diagnosis } = await check(cluster, 'stuck', STUCK)
    expect(diagnosis.offers).toHaveLength(1)
    approved = true
    const result = await carryOut(cluster, 'stuck', STUCK, diagnosis.offers[0]!)
    expect(result).toMatchObject({ state: 'refused', undone: 'Nothing was touched.' })
    expect(result.now).toContain('holder is works')
  })

  test('a holder that hung at the check, and works when it is looked at again, keeps its lock file', async () => {
    let [approved, looks] = [false, 0]
    const threads = () => [
      {
        pid: 801,
        state: 'D',
        wchan: 'io_schedule',
        name: 'registryd',
        switches: approved ? ++looks * 50 : 5,
      },
    ]
    const cluster = clusterOf(() => [server(), client(), holder({ files: holding(801), threads: threads() })])
    const { diagnosis } = await check(cluster, 'stuck', STUCK)
    expect(diagnosis.findings[0]).toMatchObject({ code: 'holder-hangs' })
    approved = true
    const result = await carryOut(cluster, 'stuck', STUCK, diagnosis.offers[0]!)
    expect(result).toMatchObject({ state: 'refused', undone: 'Nothing was touched.' })
    expect(result.now).toContain('holder is works')
  })

  test('a lock that was left over, and that a living client takes now and then since, is looked for twice', async () => {
    let [approved, looks] = [false, 0]
    const taking: Machine['program'] = (argv) =>
      argv.at(-1) === '/proc/locks' && argv.includes('-F') && approved && ++looks > 1
        ? { stdout: holding(801)['/proc/locks'] }
        : undefined
    const cluster = clusterOf(() => [server(), client(), holder({ program: taking })])
    const { diagnosis } = await check(cluster, 'stuck', STUCK)
    expect(diagnosis.findings[0]).toMatchObject({ code: 'left-over-lock' })
    approved = true
    const result = await carryOut(cluster, 'stuck', STUCK, diagnosis.offers[0]!)
    expect(result).toMatchObject({ state: 'refused', undone: 'Nothing was touched.' })
  })

  test('a lock that is not there any more at the second look is not moved aside, whoever had it', async () => {
    let [approved, looks] = [false, 0]
    const gone: Machine['program'] = (argv) =>
      argv.at(-1) === '/proc/locks' && argv.includes('-F') && approved && ++looks > 1
        ? { exitCode: 1 }
        : undefined
    const cluster = clusterOf(() => [server({ program: gone }), client(), holder({ down: true })])
    const { diagnosis } = await check(cluster, 'stuck', STUCK)
    expect(diagnosis.offers).toMatchObject([{ approvals: 2 }])
    approved = true
    const result = await carryOut(cluster, 'stuck', STUCK, diagnosis.offers[0]!)
    expect(result.now).toContain('not at both looks')
  })

  test('expiring an NFSv4 client is proven by its absence; a client that renewed meanwhile is left alone', async () => {
    let [expired, renewed, status] = [false, 4021, 'courtesy']
    const info = () => ({
      '/proc/fs/nfsd/clients/3/info': `clientid: 0xabc\naddress: "10.0.0.3:764"\nstatus: ${status}\nseconds from last renew: ${renewed}\nname: "x"\n`,
      '/proc/fs/nfsd/clients/3/states': `- 0x1: { type: lock, superblock: "00:14:${INODE}", owner: "x" }\n`,
    })
    const other = {
      '/proc/fs/nfsd/clients/4/info':
        'clientid: 0xdef\naddress: "10.0.0.2:764"\nseconds from last renew: 3\n',
      '/proc/fs/nfsd/nfsv4leasetime': '90\n',
    }
    const locks = { '/proc/locks': `4: POSIX  ADVISORY  WRITE 92 00:14:${INODE} 0 EOF\n` }
    const program: Machine['program'] = ([name, ...rest]) => {
      if (name !== 'perl') return undefined
      expect(rest.slice(3)).toEqual(['/proc/fs/nfsd/clients/3', '0xabc', '10.0.0.3'])
      expired = true
      return { stdout: 'expired\n' }
    }
    const machines = () => [
      server({
        files: expired ? { ...other, '/proc/locks': '' } : { ...info(), ...other, ...locks },
        threads: [{ pid: 92, state: 'S', name: 'nfsd' }],
        program,
      }),
      client(expired ? { threads: [] } : {}),
      holder({ down: true }),
    ]
    const cluster = clusterOf(machines)
    const { diagnosis } = await check(cluster, 'stuck', STUCK)
    ;[renewed, status] = [5, 'confirmed']
    expect((await carryOut(cluster, 'stuck', STUCK, diagnosis.offers[0]!)).state).toBe('refused')
    ;[renewed, status] = [4100, 'courtesy']
    const result = await carryOut(cluster, 'stuck', STUCK, diagnosis.offers[0]!)
    expect(result.state).toBe('done')
    expect(result.lines.map(({ text }) => text)).toContain('`10.0.0.3` is not listed any more')
  })
})

test('nothing that a remedy of this playbook runs removes anything', async () => {
  const cluster = clusterOf(() => [server(), client(), holder()])
  const { diagnosis } = await check(cluster, 'stuck', STUCK)
  expect(diagnosis.offers[0]!.params).toMatchObject({ path: SERVER_PATH })
  const { RENAME, EXPIRE } = await import('../../../playbooks/lock/scripts.ts')
  for (const script of [RENAME, EXPIRE])
    expect(script).not.toMatch(/\b(unlink|rmdir|rmtree|remove|truncate|O_TRUNC|system|exec|qx)\b|`/)
})
