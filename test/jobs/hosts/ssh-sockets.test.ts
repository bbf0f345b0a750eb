import { chmodSync, existsSync, mkdirSync, readdirSync, rmdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { openSocketFolder } from '../../../jobs/hosts/ssh-sockets.ts'
import { scratch } from './commands.ts'

test('never gives out a path twice, and only we may look into its folder', () => {
  const state = scratch()
  const [one, other] = [openSocketFolder(state), openSocketFolder(state)]
  const paths = [one.next(), one.next(), other.next()]
  expect(new Set(paths).size).toBe(3)
  expect(statSync(dirname(paths[0]!)).mode & 0o777).toBe(0o700)
  expect(paths[0]).toContain(join(state, 'ssh'))
})

test.each(['deep/'.repeat(30), 'with blank', '100%h', '$' + '{HOME}'])(
  'moves to where a socket can be when it cannot be here: %j',
  (name) => {
    const folder = openSocketFolder(join(scratch(), name))
    const path = folder.next()
    expect(path.startsWith(join(tmpdir(), 'unwedge-'))).toBe(true)
    expect(Buffer.byteLength(path) + 17).toBeLessThan(104)
    folder.remove()
    rmdirSync(dirname(dirname(path)))
  },
)

test('refuses a folder that others can write to', () => {
  const state = scratch()
  mkdirSync(join(state, 'ssh'))
  chmodSync(join(state, 'ssh'), 0o777)
  expect(() => openSocketFolder(state)).toThrow(
    expect.objectContaining({ name: 'SshUnusable', message: expect.stringContaining(join(state, 'ssh')) }),
  )
})

test('removes its own folder, and what dead workers left, and nothing else', () => {
  const state = scratch()
  const left = join(state, 'ssh', '4194303-abcdef')
  const foreign = join(state, 'ssh', 'notes')
  mkdirSync(left, { recursive: true, mode: 0o700 })
  chmodSync(join(state, 'ssh'), 0o700)
  mkdirSync(foreign)
  const [folder, other] = [openSocketFolder(state), openSocketFolder(state)]
  expect(existsSync(left)).toBe(false)
  folder.remove()
  expect(readdirSync(join(state, 'ssh'))).toHaveLength(2)
  other.remove()
  expect(readdirSync(join(state, 'ssh'))).toEqual(['notes'])
})
