import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readStat, statArgv } from '../../../../playbooks/shared/linux/stat.ts'
import { output } from './output.ts'

test('reads a file and a device above 2^32 and an inode above 2^53', () => {
  expect(readStat(output('fe00 18446744073709551615 81a4 1 11 1795196321\n'))).toMatchObject({
    kind: 'regular',
    device: '254:0',
    ino: '18446744073709551615',
    modifiedAt: 1795196321000,
  })
  expect(readStat(output('14 7 41ed 2 4096 0\n'))).toMatchObject({ kind: 'directory', device: '0:20' })
  expect(readStat(output('5 7 2190 1 0 0\n'))).toMatchObject({ kind: 'character device' })
  expect(readStat(output('14 7 1180 1 0 0\n'))).toMatchObject({ kind: 'fifo' })
  expect(readStat(output('14 7 a1ff 1 0 0\n'))).toMatchObject({ kind: 'symlink' })
})

test('reads what stat of this machine prints', () => {
  for (const path of ['/proc/self/status', '/dev/null', '/', '/etc/passwd']) {
    const [program, ...args] = statArgv(path)
    const real = statSync(path, { bigint: true })
    const read = readStat(output(execFileSync(program, args, { encoding: 'utf8' })))
    expect(read).toMatchObject(path.startsWith('/proc/') ? { kind: 'regular' } : { ino: String(real.ino) })
  }
})

test('a stale handle, a missing file and a refusal are three different things', () => {
  const failed = (stderr: string) => readStat(output('', { exitCode: 1, stderr }))
  expect(failed("stat: cannot statx '/mnt/a': Stale file handle\n")).toEqual({ kind: 'stale' })
  expect(failed("stat: cannot stat `/mnt/a': Stale NFS file handle\n")).toEqual({ kind: 'stale' })
  expect(() => failed("stat: cannot statx '/mnt/a: b': No such file or directory\n")).toThrow(
    expect.objectContaining({ code: 'absent' }),
  )
  expect(() => failed("stat: cannot statx '/mnt/a': Permission denied\n")).toThrow(
    expect.objectContaining({ code: 'denied' }),
  )
  expect(() => failed("stat: cannot statx '/mnt/a': Transport endpoint is not connected\n")).toThrow(
    /^Transport endpoint/,
  )
})
