import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { runCheck } from '../../../jobs/check.ts'
import { openCluster } from '../../../jobs/hosts/cluster.ts'
import { thisHost } from '../../../jobs/hosts/tools.ts'
import { end, startLocking } from '../../playbooks/lock/holders.ts'
import { carryOut, check, playbooks } from '../../playbooks/lock/machines.ts'
import { withFrozenMount } from '../hosts/frozen-mount.ts'
import { withStackedFuse } from '../hosts/stacked-fuse.ts'

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'unwedge-lock-lab-')))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function thisMachine(lockRoots?: string[]) {
  const host = { ...(await thisHost()), transport: 'local' as const, ...(lockRoots && { lockRoots }) }
  const cluster = openCluster({ name: 'local', hosts: [host], local: { stateDir: join(folder, 'state') } })
  onTestFinished(() => cluster.close())
  return cluster
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 200) throw new Error(`still not so after 10 s: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

test('a process in true state D on a frozen file system is found by its name, and called that', () =>
  withFrozenMount(async (mount) => {
    mount.freeze()
    const touch = spawn(mount.touch, [join(mount.path, 'x')])
    onTestFinished(() => end(touch))
    await until(() => mount.stuck().length === 1)
    const name = mount.touch.split('/').at(-1)!
    const { diagnosis } = await check(await thisMachine(), 'stuck', { target: name, interval: '1' })
    expect(diagnosis.findings).toMatchObject([
      { code: 'not-a-lock', verdict: 'confirmed', severity: 'critical' },
    ])
    expect(diagnosis.findings[0]!.summary).toContain('frozen')
    expect(diagnosis.offers).toEqual([])
    const all = await check(await thisMachine(), 'stuck', { on: hostname(), interval: '1' })
    expect(JSON.stringify(all.diagnosis.facts.hung)).toContain(`"pid":"${touch.pid}"`)
    mount.thaw()
    await until(() => mount.stuck().length === 0)
    const after = await check(await thisMachine(), 'stuck', { target: name, interval: '0' })
    expect(after.diagnosis.findings).toMatchObject([{ code: 'no-such-process' }])
  }))

test('a lock whose holder hangs in state D is released by an approved rename: who comes next runs again', () =>
  withFrozenMount(async (mount) => {
    const path = join(folder, 'registry lock')
    writeFileSync(path, '')
    mount.freeze()
    // the holder takes the lock and then hangs for good; SIGKILL does not end it
    const holder = await startLocking(path, 'flock', 'locked', `open(my $never, '>', '${mount.path}/never')`)
    const inD = () => readFileSync(`/proc/${holder.pid}/stat`, 'utf8').includes(') D ')
    await until(inD)
    // a service that tries again by name, like one that is restarted
    const done = join(folder, 'done')
    const service = spawn('sh', ['-c', 'until flock -w 1 "$1" touch "$2"; do :; done', 'sh', path, done])
    onTestFinished(() => end(service))
    const args = { target: path, interval: '2' }
    const cluster = await thisMachine([folder])
    await new Promise((resolve) => setTimeout(resolve, 300))
    const { diagnosis } = await check(cluster, 'lock', args)
    expect(diagnosis.findings[0]).toMatchObject({
      code: 'holder-hangs',
      verdict: 'confirmed',
      severity: 'critical',
    })
    expect(diagnosis.offers).toMatchObject([
      { remedy: 'quarantine-lock-file', approvals: 2, typed: 'registry lock' },
    ])
    expect(existsSync(done)).toBe(false)

    const result = await carryOut(cluster, 'lock', args, diagnosis.offers[0]!)
    expect(result).toMatchObject({ state: 'done', offers: [{ remedy: 'restore-lock-file' }] })
    await until(() => existsSync(done))
    expect(inD()).toBe(true)
    expect(readdirSync(folder).filter((name) => name.startsWith('registry lock.unwedge-'))).toHaveLength(1)
    // the service has made a new file: there is no way back over it
    expect((await carryOut(cluster, 'lock', args, result.offers[0]!)).state).toBe('failed')

    holder.kill('SIGKILL')
    mount.thaw()
    await end(holder)
  }))

test('100 checks of a file behind a hung FUSE server leave one stuck process; each answers in time, others run as ever', () =>
  withStackedFuse(async (fuse) => {
    const target = join(fuse.path, 'file')
    const free = join(folder, 'free')
    writeFileSync(free, '')
    fuse.stop()
    const cluster = await thisMachine()
    const timed = async (path: string) => {
      const from = performance.now()
      const { result, recording } = await runCheck({
        playbook: playbooks.lock,
        args: { target: path, interval: '0' },
        cluster,
      })
      const stat = recording.observations.find(({ probe }) => probe.startsWith('file:'))!
      return { ms: performance.now() - from, code: result.diagnosis.findings[0]!.code, stat }
    }
    const at = async (index: number) => {
      await new Promise((resolve) => setTimeout(resolve, index < 20 ? 0 : (index - 20) * 60))
      return timed(target)
    }
    const hundred = Promise.all([...Array(100).keys()].map(at))
    const others: number[] = []
    for (let index = 0; index < 10; index++) {
      await new Promise((resolve) => setTimeout(resolve, 300))
      const { ms, code } = await timed(free)
      expect(code).toBe('not-locked')
      others.push(ms)
    }
    const all = await hundred
    const outcomes = Object.groupBy(all, ({ stat }) => stat.outcome)
    expect(Object.keys(outcomes).toSorted()).toEqual(['quarantined', 'timed-out', 'unkillable'])
    expect(outcomes.unkillable).toHaveLength(1)
    expect(new Set(all.map(({ code }) => code))).toEqual(new Set(['path-hangs']))
    expect(Math.max(...all.map(({ stat }) => stat.durationMs))).toBeLessThan(3500)
    expect(Math.max(...all.map(({ ms }) => ms))).toBeLessThan(4500)
    expect(others.toSorted((a, b) => a - b)[5]).toBeLessThan(1000)
    expect(stuckOn(target)).toHaveLength(1)
    fuse.go()
    await until(() => stuckOn(target).length === 0)
    // a FUSE file system may be shared, with locks that only other hosts list
    expect((await timed(target)).code).toBe('holder-unseen')
  }))

/** Processes that have this path among their arguments and hang. */
function stuckOn(path: string): string[] {
  const read = (pid: string, file: string) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'utf8')
    } catch {
      return ''
    }
  }
  return readdirSync('/proc').filter(
    (pid) =>
      /^\d+$/.test(pid) && read(pid, 'stat').includes('(stat) D ') && read(pid, 'cmdline').includes(path),
  )
}
