import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execaSync } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newPlaybook } from './new-playbook.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const copy = mkdtempSync(join(tmpdir(), 'unwedge-new-'))

beforeAll(() => {
  for (const part of ['playbooks', 'package.json', 'tsconfig.json'])
    cpSync(join(root, part), join(copy, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  newPlaybook('example-thing', copy)
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

test('a new playbook compiles as it is', () => {
  const config = { extends: './tsconfig.json', include: ['playbooks', 'test'] }
  writeFileSync(join(copy, 'tsconfig.new.json'), JSON.stringify(config))
  const { stdout, exitCode } = execaSync('npx', ['tsc', '-p', 'tsconfig.new.json'], {
    cwd: copy,
    reject: false,
  })
  expect(stdout).toBe('')
  expect(exitCode).toBe(0)
})

test('its test passes as it is', () => {
  const { exitCode, stdout } = execaSync('npx', ['vitest', 'run', '--root', copy], {
    cwd: copy,
    reject: false,
  })
  expect(stdout).toContain('2 passed')
  expect(exitCode).toBe(0)
})

test('refuses a name that is taken or odd', () => {
  expect(() => newPlaybook('watchers', copy)).toThrow('there already')
  expect(() => newPlaybook('../evil', copy)).toThrow('small letters')
})
