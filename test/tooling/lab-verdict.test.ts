import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { missingPackages, withoutServices } from '../lab/install.ts'
import { problemsOf, type Report } from '../lab/verdict.ts'

const report = (...statuses: string[]): Report => ({
  numPassedTests: statuses.filter((status) => status === 'passed').length,
  testResults: [{ assertionResults: statuses.map((status, at) => ({ fullName: `test ${at}`, status })) }],
})

test('a lab run in which nothing ran, or nothing passed, is no pass', () => {
  expect(problemsOf({ numPassedTests: 0, testResults: [] }, true)).not.toEqual([])
  expect(problemsOf(report('skipped'), false)).not.toEqual([])
})

test.each(['skipped', 'pending', 'todo', 'disabled'])(
  'a lab run that left one out (%s) is no pass',
  (status) => {
    expect(problemsOf(report('passed', status), true)).toEqual([expect.stringContaining('test 1')])
    expect(problemsOf(report('passed', status), false)).toEqual([])
  },
)

test('a lab run in which everything ran has no problem of its own', () => {
  expect(problemsOf(report('passed', 'failed'), true)).toEqual([])
})

test('keeps what it installs from starting, and takes its own guard away again, whatever happens', () => {
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-policy-'))
  const policy = join(folder, 'policy-rc.d')
  const fails = () => {
    expect(readFileSync(policy, 'utf8')).toContain('exit 101')
    expect(statSync(policy).mode & 0o111).toBe(0o111)
    throw new Error('apt failed')
  }
  expect(() => withoutServices(fails, policy)).toThrow('apt failed')
  expect(existsSync(policy)).toBe(false)
  withoutServices(() => withoutServices(() => {}, policy), policy)
  expect(existsSync(policy)).toBe(false)
  rmSync(folder, { recursive: true })
})

test('names the packages whose programs are not there, each once', () => {
  expect(missingPackages('', [])).toContain('ceph-common')
  const all = missingPackages('', [])
  expect(all).toEqual([...new Set(all)].sort())
})
