import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { realClock } from '../../../jobs/clock.ts'
import { lookAt, type Process } from '../../../jobs/hosts/process-table.ts'
import { createQuarantine } from '../../../jobs/hosts/quarantine.ts'
import { scratch, until } from './commands.ts'

const at = Date.UTC(2026, 10, 20, 14, 2, 11)
const clock = { ...realClock, now: () => at + 5000 }

/** A process that hangs as far as the quarantine can tell, and its end. */
function hanging() {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  const end = () => child.kill('SIGKILL')
  onTestFinished(() => void end())
  return { stuck: lookAt(child.pid!)!, end }
}

function open(stateDir = scratch()) {
  const report = vi.fn()
  return {
    ...createQuarantine({ stateDir, clock, report }),
    report,
    stateDir,
    files: () => readdirSync(join(stateDir, 'stuck')),
  }
}

test('says since when, which process and in which state, and leaves every other resource and host alone', () => {
  const { stuck } = hanging()
  const { add, reason, report } = open()
  add('node1', 'mount:/srv', 'touch', at, [stuck])
  // a sleep that has only just started may be in any state for a moment
  const text = new RegExp(
    `^still stuck since 14:02:11 UTC \\(pid ${stuck.pid}, \`touch …\`, state [A-Z](, wchan \\w+)?\\)$`,
  )
  expect(reason('node1', 'mount:/srv')).toMatch(text)
  expect(reason('node1', 'mount:/srv2')).toBeUndefined()
  expect(reason('node2', 'mount:/srv')).toBeUndefined()
  expect(report).not.toHaveBeenCalled()
})

test('gives the date when it has been stuck for more than a day', () => {
  const { stuck } = hanging()
  const { add, reason } = open()
  add('node1', 'ceph', 'ceph', at - 90_000_000, [stuck])
  expect(reason('node1', 'ceph')).toContain('since 2026-11-19 13:02:11 UTC')
})

test('is lifted when the process is gone, and forgets its record', async () => {
  const { stuck, end } = hanging()
  const { add, reason, files } = open()
  add('node1', 'ceph', 'ceph', at, [stuck])
  expect(files()).toHaveLength(1)
  end()
  await until(() => reason('node1', 'ceph') === undefined)
  expect(files()).toEqual([])
})

test('is kept as long as one of several processes is stuck', async () => {
  const [one, other] = [hanging(), hanging()]
  const { add, reason } = open()
  add('node1', 'ceph', 'ceph', at, [one.stuck])
  add('node1', 'ceph', 'rados', at + 1, [other.stuck])
  one.end()
  await until(() => reason('node1', 'ceph')?.includes('`rados …`') === true)
  other.end()
  await until(() => reason('node1', 'ceph') === undefined)
})

test('does not take another process with the same pid for the stuck one', () => {
  const { stuck } = hanging()
  const { add, reason } = open()
  add('node1', 'ceph', 'ceph', at, [{ ...stuck, startTime: '1' }])
  expect(reason('node1', 'ceph')).toBeUndefined()
})

test('is known to a worker that starts later, and to one that runs already', () => {
  const { stuck } = hanging()
  const stateDir = scratch()
  const already = open(stateDir)
  expect(already.reason('node1', 'ceph')).toBeUndefined()
  open(stateDir).add('node1', 'ceph', 'ceph', at, [stuck])
  expect(already.reason('node1', 'ceph')).toContain(`pid ${stuck.pid}`)
  expect(open(stateDir).reason('node1', 'ceph')).toContain(`pid ${stuck.pid}`)
})

test('means nothing after a reboot', () => {
  const { stuck } = hanging()
  const { add, files, stateDir } = open()
  add('node1', 'ceph', 'ceph', at, [stuck])
  const path = join(stateDir, 'stuck', files()[0]!)
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), boot: 'an earlier one' }))
  expect(open(stateDir).reason('node1', 'ceph')).toBeUndefined()
})

test('writes a record whole or not at all: no draft stays', () => {
  const { add, files } = open()
  add('node1', 'ceph', 'ceph', at, [hanging().stuck, hanging().stuck])
  expect(files().every((name) => /^\d+-\d+\.json$/.test(name))).toBe(true)
})

test.each([
  ['cut off', '{"format":"unwedge-st'],
  ['empty', ''],
  ['of another kind', '{"format":"unwedge-stuck-9"}'],
  [
    'with an impossible time',
    JSON.stringify({
      format: 'unwedge-stuck-1',
      host: 'h',
      touches: 'ceph',
      pid: process.pid,
      startTime: '1',
      boot: '',
      program: 'x',
      since: 1e300,
    }),
  ],
])('reports a record that is %s once, sets it aside, and goes on', (_, text) => {
  const stateDir = scratch()
  mkdirSync(join(stateDir, 'stuck'))
  writeFileSync(join(stateDir, 'stuck', '1-1.json'), text)
  const { add, reason, report, files } = open(stateDir)
  expect(reason('h', 'ceph')).toBeUndefined()
  expect(reason('h', 'ceph')).toBeUndefined()
  expect(report.mock.calls).toEqual([[expect.stringContaining('1-1.json is damaged')]])
  expect(files()).toEqual(['1-1.json.damaged'])
  const { stuck } = hanging()
  add('h', 'ceph', 'ceph', at, [stuck])
  expect(reason('h', 'ceph')).toContain('still stuck')
})

test('holds in memory, and says so once, when the state folder cannot be written', () => {
  const file = join(scratch(), 'a-file-where-a-folder-belongs')
  writeFileSync(file, '')
  const { add, reason, report } = open(file)
  const stuck: Process = hanging().stuck
  add('node1', 'ceph', 'ceph', at, [stuck])
  expect(reason('node1', 'ceph')).toContain('still stuck')
  expect(report).toHaveBeenCalledWith(expect.stringContaining('Cannot write'))
})
