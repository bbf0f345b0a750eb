import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { NotSeen, type NotSeenCode, type Output } from '../../../../playbooks/shared/probe.ts'

/** The text of a fixture; fixtures/README.md says where each is from. */
export function fixture(name: string): string {
  return readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8')
}

export function output(parts: Partial<Output>): Output {
  return { stdout: '', stderr: '', exitCode: 0, truncated: false, startedAt: 0, ...parts }
}

/** Expects NotSeen with this code, and hands back its message. */
export function notSeen(run: () => unknown, code: NotSeenCode): string {
  let value: unknown
  try {
    value = run()
  } catch (error) {
    expect(error).toBeInstanceOf(NotSeen)
    expect((error as NotSeen).code).toBe(code)
    return (error as NotSeen).message
  }
  return expect.fail(
    `expected NotSeen(${code}), got ${JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each))}`,
  )
}
