import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { bootId, killGroup, livingIn, lookAt } from '../../../jobs/hosts/process-table.ts'
import { until } from './commands.ts'

/** A shell that leads a session of its own, ended after the test, and the pid it prints. */
async function session(text: string): Promise<{ leader: number; printed: number; child: ChildProcess }> {
  const child = spawn('sh', ['-c', text], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => void killGroup(child.pid!))
  const [line] = await child.stdout!.take(1).toArray()
  return { leader: child.pid!, printed: Number(String(line)), child }
}

test('names a living process by a start time that stays', () => {
  const me = lookAt(process.pid)
  expect(me).toMatchObject({ pid: process.pid, startTime: expect.stringMatching(/^\d+$/) })
  expect(lookAt(process.pid)?.startTime).toBe(me?.startTime)
})

test('takes a zombie for gone, although /proc still lists it', async () => {
  // the shell becomes a sleep, which never waits for its own child
  const { printed } = await session('sleep 0.1 & echo $!; exec sleep 60')
  await until(() => readFileSync(`/proc/${printed}/stat`, 'utf8').includes(') Z '))
  expect(lookAt(printed)).toBeUndefined()
})

test('finds the living members of a session, also in other process groups', async () => {
  const { leader, printed } = await session('set -m; sleep 60 & echo $!; wait')
  expect(
    livingIn(leader)
      .map(({ pid }) => pid)
      .toSorted(),
  ).toEqual([leader, printed].toSorted())
  for (const { pid } of livingIn(leader)) process.kill(pid, 'SIGKILL')
  await until(() => livingIn(leader).length === 0)
})

test('reads a process whose name looks like the rest of the line', async () => {
  const { leader } = await session("printf ') Z 1 1 1' > /proc/self/comm; echo 1; sleep 60; true")
  expect(readFileSync(`/proc/${leader}/comm`, 'utf8')).toContain(') Z 1')
  expect(lookAt(leader)).toMatchObject({ pid: leader, startTime: expect.stringMatching(/^\d{2,}$/) })
})

test('says that a process and a group are not there', () => {
  expect(lookAt(2 ** 22 - 1)).toBeUndefined()
  expect(killGroup(2 ** 22 - 1)).toBe(false)
})

test('knows this boot', () => {
  expect(bootId()).toMatch(/^[0-9a-f-]{36}$/)
})
