import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { expireArgv, renameArgv } from '../../../playbooks/lock/scripts.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'unwedge-scripts-')))
afterAll(() => rmSync(folder, { recursive: true }))
const fresh = () => mkdtempSync(join(folder, 'x-'))

function run([program, ...args]: readonly [string, ...string[]]) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', cwd: '/' })
  return { status, stdout, stderr }
}

function rename(
  from: string,
  to: string,
  is: { dev: bigint; ino: bigint } = statSync(from, { bigint: true }),
) {
  return run(renameArgv({ from, to, device: String(is.dev), ino: String(is.ino) }))
}

describe('the rename', () => {
  test('moves exactly the file that was approved, its inode and content unchanged', () => {
    const at = join(fresh(), 'lock')
    writeFileSync(at, 'kept')
    const { ino } = statSync(at)
    expect(rename(at, `${at}.unwedge-1`)).toEqual({ status: 0, stdout: 'renamed\n', stderr: '' })
    expect(statSync(`${at}.unwedge-1`).ino).toBe(ino)
    expect(readFileSync(`${at}.unwedge-1`, 'utf8')).toBe('kept')
    expect(existsSync(at)).toBe(false)
  })

  test('refuses another inode, another device, a folder, a symlink, a fifo and a device, and touches nothing', () => {
    const inside = fresh()
    const [file, dir, link, fifo] = ['file', 'dir', 'link', 'fifo'].map((name) => join(inside, name)) as [
      string,
      string,
      string,
      string,
    ]
    writeFileSync(file, '')
    mkdirSync(dir)
    symlinkSync(file, link)
    spawnSync('mkfifo', [fifo])
    const before = readdirSync(inside)
    const is = statSync(file, { bigint: true })
    for (const other of [
      { ...is, ino: is.ino + 1n },
      { ...is, dev: is.dev + 1n },
    ])
      expect(rename(file, `${file}.unwedge-1`, other).status).toBe(3)
    for (const path of [dir, link, fifo]) expect(rename(path, `${path}.unwedge-1`).status, path).toBe(3)
    expect(rename('/dev/null', '/dev/null.unwedge-1').status).toBe(3)
    expect(readdirSync(inside)).toEqual(before)
  })

  test('follows no symlink anywhere in the path', () => {
    const inside = fresh()
    mkdirSync(join(inside, 'real/deep'), { recursive: true })
    writeFileSync(join(inside, 'real/deep/lock'), '')
    symlinkSync(join(inside, 'real'), join(inside, 'link'))
    const through = join(inside, 'link/deep/lock')
    expect(rename(through, `${through}.unwedge-1`)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('symlink'),
    })
    expect(readdirSync(join(inside, 'real/deep'))).toEqual(['lock'])
  })

  test('never overwrites, and renames only beside the file', () => {
    const at = join(fresh(), 'lock')
    writeFileSync(at, 'mine')
    writeFileSync(`${at}.unwedge-1`, 'theirs')
    expect(rename(at, `${at}.unwedge-1`)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('File exists'),
    })
    expect(readFileSync(`${at}.unwedge-1`, 'utf8')).toBe('theirs')
    expect(rename(at, join(fresh(), 'lock.unwedge-1')).status).toBe(3)
    expect(rename(at, at).status).toBe(3)
    expect(readFileSync(at, 'utf8')).toBe('mine')
  })

  test('a second run finds nothing to do, and says so', () => {
    const at = join(fresh(), 'lock')
    writeFileSync(at, '')
    const is = statSync(at, { bigint: true })
    expect(rename(at, `${at}.unwedge-1`, is).status).toBe(0)
    expect(rename(at, `${at}.unwedge-2`, is)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('No such file'),
    })
  })

  test('whatever a name holds, nothing in it is run', () => {
    const inside = fresh()
    const canary = join(inside, 'canary')
    const hostile = [
      '$(touch C)',
      '`touch C`',
      '; touch C',
      '| touch C',
      '@{[system q(touch C)]}',
      '$ENV{PATH}',
      '-e',
      '--',
      '%s%n',
      "'",
      '"',
      '\\',
      '\n',
      '*',
      'ä ß 文',
      ' ',
    ]
    const name = fc
      .array(fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: 'grapheme-composite', maxLength: 8 })), {
        minLength: 1,
        maxLength: 4,
      })
      .map((parts) => parts.join('').replaceAll('C', canary.replaceAll('/', '')).replace(/[\0/]/g, ''))
      .filter(
        (text) =>
          text !== '' &&
          text !== '.' &&
          text !== '..' &&
          Buffer.byteLength(text) < 200 &&
          text.isWellFormed(),
      )
    fc.assert(
      fc.property(name, (text) => {
        const at = join(inside, text)
        writeFileSync(at, '')
        expect(rename(at, `${at}.unwedge-1`)).toMatchObject({ status: 0 })
        expect(readdirSync(inside)).toEqual([`${text}.unwedge-1`])
        rmSync(`${at}.unwedge-1`)
      }),
      { numRuns: 100 },
    )
    expect(existsSync(canary)).toBe(false)
  })
})

describe('expiring a client', () => {
  function client(info: string) {
    const base = fresh()
    mkdirSync(join(base, '7'))
    writeFileSync(join(base, '7/info'), info)
    writeFileSync(join(base, '7/ctl'), '')
    const expire = (clientId: string, address: string) =>
      run(expireArgv({ number: '7', clientId, address }, base))
    return { expire, ctl: () => readFileSync(join(base, '7/ctl'), 'utf8') }
  }

  test('writes one word to the client that was approved', () => {
    const { expire, ctl } = client('clientid: 0xabc\naddress: "10.0.0.3:764"\nname: "x"\n')
    expect(expire('0xabc', '10.0.0.3')).toEqual({ status: 0, stdout: 'expired\n', stderr: '' })
    expect(ctl()).toBe('expire\n')
    const six = client('clientid: 0xabc\naddress: "[fd00::3]:764"\n')
    expect(six.expire('0xabc', 'fd00::3').status).toBe(0)
  })

  test('writes nothing when the number stands for another client by now, or for none', () => {
    const { expire, ctl } = client('clientid: 0xabc\naddress: "10.0.0.3:764"\n')
    expect(expire('0xabcd', '10.0.0.3')).toMatchObject({ status: 3 })
    expect(expire('0xabc', '10.0.0.4')).toMatchObject({ status: 3 })
    expect(ctl()).toBe('')
    expect(run(expireArgv({ number: '8', clientId: '0xabc', address: '10.0.0.3' }, fresh()))).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('gone'),
    })
  })
})
