import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { openCluster } from '../../../jobs/hosts/cluster.ts'
import { thisHost } from '../../../jobs/hosts/tools.ts'
import { end, KINDS, startLocking } from './holders.ts'
import { carryOut, check } from './machines.ts'

type Fact = { path: string; holder: string; holders: LockFact[]; waiters: LockFact[] }
type LockFact = { pid: string; owners: { pid: string; name: string; kind: string }[] }

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'unwedge-locks-')))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function thisMachine(lockRoots?: string[]) {
  const host = { ...(await thisHost()), transport: 'local' as const, ...(lockRoots && { lockRoots }) }
  const cluster = openCluster({ name: 'local', hosts: [host], local: { stateDir: join(folder, 'state') } })
  onTestFinished(() => cluster.close())
  return cluster
}

function file(name: string): string {
  const path = join(folder, name)
  writeFileSync(path, 'x')
  return path
}

async function locksOf(path: string, interval = '0') {
  const { diagnosis } = await check(await thisMachine(), 'lock', { target: path, interval })
  const [fact] = diagnosis.facts.files as Fact[]
  const pids = (locks: LockFact[]) => locks.flatMap(({ owners }) => owners.map(({ pid }) => Number(pid)))
  return { diagnosis, fact: fact!, holders: pids(fact?.holders ?? []), waiters: pids(fact?.waiters ?? []) }
}

describe('on this machine, without configuration', () => {
  for (const kind of KINDS) {
    test(`finds the real holder and the real waiter of a ${kind} lock, and nothing of its neighbours`, async () => {
      // the next inode as a rule, and locked as well
      const [mine, neighbour] = [file('mine'), file('neighbour')]
      const holder = await startLocking(mine, kind, 'locked')
      const waiter = await startLocking(mine, kind, 'asking')
      const other = await startLocking(neighbour, kind, 'locked')
      onTestFinished(() => end(waiter, holder, other))
      const { diagnosis, holders, waiters } = await locksOf(mine, '1')
      expect(holders).toEqual([holder.pid])
      expect(waiters).toEqual([waiter.pid])
      expect(diagnosis.findings).toMatchObject([{ code: 'contention', verdict: 'ruled-out' }])
      expect(diagnosis.offers).toEqual([])
      expect(JSON.stringify(diagnosis)).not.toContain(`"${other.pid}"`)
    })
  }

  test('a lock whose asker ended is found with the process that inherited it', async () => {
    const path = file('inherited')
    const holder = await startLocking(
      path,
      'flock',
      'locked',
      '$^F = 99; if (my $child = fork) { print "child $child\\n"; exit 0 }',
    )
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(holder.exitCode).toBe(0)
    const { diagnosis, holders } = await locksOf(path)
    onTestFinished(() => {
      for (const pid of holders) process.kill(pid, 'SIGKILL')
    })
    expect(holders).toHaveLength(1)
    expect(holders[0]).not.toBe(holder.pid)
    expect(diagnosis.findings[0]).toMatchObject({ code: 'held' })
  })

  test('a name with blanks, newlines, quotes and dollars is a name like any other', async () => {
    const path = file(`-n a\nb'"$(touch ${'canary'})\`\\ ; rm`)
    const holder = await startLocking(path, 'posix', 'locked')
    onTestFinished(() => end(holder))
    expect((await locksOf(path)).holders).toEqual([holder.pid])
  })

  test('a file without locks, a folder and a file that is not there are told apart', async () => {
    // in a container others' locks are not seen
    const free =
      readlinkSync('/proc/self/ns/pid') === 'pid:[4026531836]'
        ? { code: 'not-locked', severity: 'ok' }
        : { code: 'holder-unseen', verdict: 'inconclusive' }
    expect((await locksOf(file('free'))).diagnosis.findings).toMatchObject([free])
    expect((await locksOf(folder)).diagnosis.findings).toMatchObject([free])
    expect((await locksOf(join(folder, 'none'))).diagnosis.findings).toMatchObject([
      { code: 'no-such-file', verdict: 'inconclusive' },
    ])
  })

  test('through a symlink the file behind it is looked at', async () => {
    const path = file('real')
    symlinkSync(path, join(folder, 'link'))
    const holder = await startLocking(path, 'flock', 'locked')
    onTestFinished(() => end(holder))
    expect((await locksOf(join(folder, 'link'))).holders).toEqual([holder.pid])
  })

  test('a waiting process leads to the holder of what it waits for', async () => {
    const path = file('waited for')
    const holder = await startLocking(path, 'posix', 'locked')
    const waiter = await startLocking(path, 'posix', 'asking')
    onTestFinished(() => end(waiter, holder))
    const { diagnosis } = await check(await thisMachine(), 'stuck', {
      target: String(waiter.pid),
      on: hostname(),
      interval: '1',
    })
    expect(diagnosis.findings[0]).toMatchObject({ code: 'contention' })
    expect(diagnosis.findings[0]!.summary).toContain(`(pid ${holder.pid} on`)
    // its name is known on kernels that tell the inode of an open file (Linux 5.14 and later)
    if (/^ino:/m.test(readFileSync('/proc/self/fdinfo/0', 'utf8')))
      expect(diagnosis.findings[0]!.summary).toContain(path)
  })
})

describe('a holder that is stopped', () => {
  async function stopped(path: string) {
    const holder = await startLocking(path, 'flock', 'locked')
    const waiter = await startLocking(path, 'flock', 'asking')
    onTestFinished(() => end(waiter, holder))
    holder.kill('SIGSTOP')
    return { holder, waiter }
  }
  const names = (path: string) => ({ target: path, interval: '1' })

  test('is said to be stopped, and its lock file moves aside only with two approvals and its name typed in', async () => {
    const path = file('stopped')
    const { holder } = await stopped(path)
    const { diagnosis } = await check(await thisMachine([folder]), 'lock', names(path))
    expect(diagnosis.findings[0]).toMatchObject({ code: 'holder-hangs', severity: 'critical' })
    expect(diagnosis.findings[0]!.summary).toContain('is stopped')
    expect(diagnosis.offers).toMatchObject([
      { remedy: 'quarantine-lock-file', approvals: 2, typed: 'stopped' },
    ])
    expect(diagnosis.offers[0]!.basis).toContain(`holder ${holder.pid} `)
  })

  test('the approved rename moves the same inode beside itself, and the way back works', async () => {
    const path = file('a lock')
    const before = statSync(path, { bigint: true }).ino
    const { waiter } = await stopped(path)
    const cluster = await thisMachine([folder])
    const { diagnosis } = await check(cluster, 'lock', names(path))
    // a program that gives up and comes again: what waits inside the kernel waits for the old file
    const retry = setTimeout(() => void end(waiter), 1500)
    const result = await carryOut(cluster, 'lock', names(path), diagnosis.offers[0]!)
    clearTimeout(retry)
    expect(result).toMatchObject({ state: 'done', offers: [{ remedy: 'restore-lock-file' }] })
    const { to } = diagnosis.offers[0]!.params as { to: string }
    expect(statSync(to, { bigint: true }).ino).toBe(before)
    expect(() => statSync(path)).toThrow()

    expect(await carryOut(cluster, 'lock', names(path), result.offers[0]!)).toMatchObject({ state: 'done' })
    expect(statSync(path, { bigint: true }).ino).toBe(before)
    expect(() => statSync(to)).toThrow()
  })

  test('a file that was replaced after the approval is left alone', async () => {
    const path = file('replaced')
    await stopped(path)
    const cluster = await thisMachine([folder])
    const { diagnosis } = await check(cluster, 'lock', names(path))
    writeFileSync(`${path}.new`, 'other')
    renameSync(`${path}.new`, path)
    const result = await carryOut(cluster, 'lock', names(path), diagnosis.offers[0]!)
    expect(result).toMatchObject({ state: 'refused', undone: 'Nothing was touched.' })
    expect(readFileSync(path, 'utf8')).toBe('other')
  })

  test('nothing is offered outside the configured folders, through a symlink, or for a folder', async () => {
    mkdirSync(join(folder, 'allowed'))
    mkdirSync(join(folder, 'real'))
    const path = file('real/lock')
    symlinkSync(join(folder, 'real'), join(folder, 'allowed', 'link'))
    await stopped(path)
    const cluster = await thisMachine([join(folder, 'allowed')])
    for (const target of [path, join(folder, 'allowed/link/lock')]) {
      const { diagnosis } = await check(cluster, 'lock', { target, interval: '1' })
      expect(diagnosis.findings[0], target).toMatchObject({ code: 'holder-hangs' })
      expect(diagnosis.offers, target).toEqual([])
    }
    expect((await check(await thisMachine(), 'lock', names(path))).diagnosis.offers).toEqual([])
  })

  test('a folder that was taken out of the configuration since then is not touched', async () => {
    const path = file('was allowed')
    await stopped(path)
    const { diagnosis } = await check(await thisMachine([folder]), 'lock', names(path))
    const result = await carryOut(await thisMachine(), 'lock', names(path), diagnosis.offers[0]!)
    expect(result.state).toBe('refused')
    expect(statSync(path).isFile()).toBe(true)
  })
})
