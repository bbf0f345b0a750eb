import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRunner } from '../../../jobs/hosts/run.ts'
import { timerArgv } from '../../../playbooks/ctdb/commands.ts'
import { type Ctdbd, withCtdbd } from './ctdbd.ts'
import { type HangingMount, withHangingMount } from './hanging-mount.ts'
import { lookAt } from './lab-check.ts'
import { oldReclock } from './old-reclock.ts'

const SHUTDOWN_AT = 12
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const countIn = ({ counter }: Ctdbd) => readFileSync(counter, 'utf8').length

/** A node whose lock is on a FUSE mount, with an 01.reclock of the old kind; the mount is let go before CTDB is ended. */
function withOldNode(use: (node: Ctdbd, fuse: HangingMount) => Promise<void>) {
  return withHangingMount((fuse) => {
    const lock = join(fuse.path, 'reclock')
    const reclock = (base: string) => oldReclock({ base, lock, shutdownAt: SHUTDOWN_AT })
    return withCtdbd({ lock, reclock, monitorIntervalS: 2, scriptTimeoutS: 8 }, async (node) => {
      try {
        await use(node, fuse)
      } finally {
        fuse.go()
      }
    })
  })
}

test('4.17: the lock’s file system hangs, the status is OK, nothing is logged, and the check finds it all the same', () =>
  withHangingMount((fuse) =>
    withCtdbd({ lock: join(fuse.path, 'reclock') }, async (node) => {
      const { check } = lookAt(node)
      try {
        const before = await check()
        expect(before.findings).toMatchObject([{ code: 'healthy', severity: 'ok' }])
        fuse.stop()
        await wait(7000)
        const found = await check()
        expect(found.findings[0]).toMatchObject({
          code: 'lock-hangs',
          verdict: 'confirmed',
          severity: 'critical',
        })
        expect(found.findings[0]!.summary).toMatch(
          /hangs on `n0`, and CTDB does not notice: its status is OK\.$/,
        )
        expect(found.findings[0]!.details[0]).toMatch(/request_wait_answer/)
        expect(await node.nodestatus()).toMatch(/ OK /)
        expect(found.offers).toEqual([])
      } finally {
        fuse.go()
      }
      await wait(6000)
      expect((await check()).findings).toMatchObject([{ code: 'healthy' }])
    }),
  ))

test('old 01.reclock: counts, predicts its own shutdown, leaves one more stat a run, and fires when storage returns', () =>
  withOldNode(async (node, fuse) => {
    const { check } = lookAt(node)
    fuse.stop()
    await node.until('five failures', () => countIn(node) >= 5)
    const first = await check()
    expect(first.findings[0]).toMatchObject({ code: 'lock-hangs', severity: 'critical' })
    expect(first.findings[0]!.summary).toMatch(/\d+ of 12 failures, shutdown predicted at \d\d:\d\d UTC\.$/)
    expect(first.offers.map(({ remedy }) => remedy)).toEqual(['hold-monitoring'])
    await node.until('two more', () => countIn(node) >= first.node.counter!.count + 2)
    const second = await check('1')
    const grown = second.node.counter!.count - first.node.counter!.count
    expect(Math.abs(second.node.stuck.stat - first.node.stuck.stat - grown)).toBeLessThanOrEqual(1)

    await node.until(
      'it wants to shut down',
      () => node.log().includes('Shutting down.') || countIn(node) >= SHUTDOWN_AT,
      60_000,
    )
    // the issue asks for 15 s; with a run every 2 s it has to be closer
    const late = Date.now() - first.node.shutdownAt!
    expect(
      Math.abs(late),
      `${late} ms late; ${JSON.stringify({ first: first.node, second: second.node })}`,
    ).toBeLessThan(3000)
    await wait(1500)
    const loaded = await check('1')
    expect(loaded.findings[0]).toMatchObject({ code: 'loaded-gun', severity: 'critical' })
    expect(loaded.offers.map(({ remedy }) => remedy)).toEqual(['disarm'])
    expect(loaded.doNot[0]?.what).toBe('bring the storage back before this is disarmed')
    expect(node.alive()).toBe(true)
    await node.until('a 01.reclock waits in df', async () =>
      (await check('0')).findings[0]!.summary.includes('waits in `df`'),
    )
    fuse.go()
    await node.until('the node shut itself down', () => !node.alive(), 15_000)
  }))

test('disarmed in time, the node stays when storage returns, and counts from 0 again', () =>
  withOldNode(async (node, fuse) => {
    const { check, approve } = lookAt(node)
    fuse.stop()
    await node.until('it wants to shut down', () => countIn(node) >= SHUTDOWN_AT, 60_000)
    await wait(500)
    const loaded = await check('1')
    const done = await approve(loaded.offers.find(({ remedy }) => remedy === 'disarm')!)
    expect(done, JSON.stringify(done.lines)).toMatchObject({ state: 'done' })
    expect(done.lines.at(-1)!.text).toBe('no `ctdb shutdown` is pending')
    const held = await check('1')
    expect(held.findings.map(({ code }) => code)).toEqual(['lock-hangs', 'monitoring-held'])
    expect(held.offers).toEqual([])
    // too early: the lock still hangs
    expect(await approve(done.offers[0]!)).toMatchObject({ state: 'refused', undone: 'Nothing was touched.' })
    fuse.go()
    await wait(8000)
    expect(node.alive()).toBe(true)
    const again = await approve(done.offers[0]!)
    expect(again, JSON.stringify(again.lines)).toMatchObject({ state: 'done' })
    expect(countIn(node)).toBeLessThan(3)
    await wait(6000)
    expect(node.alive()).toBe(true)
    expect((await check()).findings).toMatchObject([{ code: 'healthy' }])
  }))

test('held before the limit: the count stands still, and the node’s own timer would end the hold with a count of 0', () =>
  withOldNode(async (node, fuse) => {
    const { check, approve } = lookAt(node)
    fuse.stop()
    await node.until('four failures', () => countIn(node) >= 4)
    const { offers } = await check('1')
    const done = await approve(offers[0]!)
    expect(done, JSON.stringify(done.lines)).toMatchObject({ state: 'done' })
    const count = countIn(node)
    await wait(5000)
    expect(countIn(node)).toBe(count)
    // the timer of the remedy sleeps for two hours; the same one with two seconds
    const script = { kind: 'none', path: `${node.base}/events/legacy/01.reclock.script` } as const
    const runner = createRunner()
    const ran = await runner.run({
      argv: timerArgv(script, node.counter, 2),
      limitMs: 8000,
      maxBytes: 1000,
      touches: 'timer',
    })
    expect(ran).toMatchObject({ outcome: 'exited', exitCode: 0 })
    await wait(1000)
    expect(countIn(node)).toBe(count)
    await node.until('it is on again and counts from 0', () => countIn(node) < count, 6000)
    await node.until('it counts', () => countIn(node) > 0, 6000)
    expect(node.alive()).toBe(true)
    await runner.close()
  }))
