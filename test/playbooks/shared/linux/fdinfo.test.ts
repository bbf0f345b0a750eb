import { expect, test } from 'vitest'
import {
  fdinfoArgv,
  openFilesArgv,
  readFdinfo,
  readOpenFiles,
} from '../../../../playbooks/shared/linux/fdinfo.ts'
import { output } from './output.ts'

test('an OFD lock is found with the process that has it, which /proc/locks does not name', () => {
  // grep over /proc/*/fdinfo, Linux 6.18, captured
  const text =
    '/proc/21718/fdinfo/3:mnt_id:\t27\n/proc/21718/fdinfo/3:ino:\t2189060\n/proc/21718/fdinfo/3:lock:\t1: OFDLCK ADVISORY  WRITE -1 fe:00:2189060 0 EOF\n/proc/21709/fdinfo/0:mnt_id:\t24\n'
  expect(readFdinfo(output(text))).toEqual([
    {
      pid: '21718',
      fd: '3',
      mount: '27',
      ino: '2189060',
      locks: [expect.objectContaining({ kind: 'OFDLCK', pid: '-1', ino: '2189060' })],
    },
    { pid: '21709', fd: '0', mount: '24', ino: undefined, locks: [] },
  ])
})

test('names of open files may hold anything but NUL', () => {
  const names = ['/a b', '/a\nb', "/a'$(x)`\\", '/-rf', '/ (deleted', '/x']
  const listed = `${names.map((name, fd) => `${fd}\t${name}\0`).join('')}9\tsocket:[77]\0`
  expect(readOpenFiles(output(listed)).map(({ path }) => path)).toEqual(names)
})

test('a removed file and an NFS silly rename are known as such', () => {
  const files = readOpenFiles(
    output('1\t/srv/a (deleted)\0' + '2\t/srv/.nfs000000000021a7c400000001\0' + '3\t/srv/.nfsrc\0'),
  )
  expect(files).toEqual([
    { fd: '1', path: '/srv/a', deleted: true },
    { fd: '2', path: '/srv/.nfs000000000021a7c400000001', deleted: true },
    { fd: '3', path: '/srv/.nfsrc', deleted: false },
  ])
})

test('a process that ended and one that is hidden are told apart', () => {
  expect(() =>
    readOpenFiles(output('', { exitCode: 1, stderr: "find: '/proc/9/fd': No such file or directory" })),
  ).toThrow(/has ended/)
  expect(() =>
    readOpenFiles(output('', { exitCode: 1, stderr: "find: '/proc/9/fd': Permission denied" })),
  ).toThrow(/root/)
})

test('only /proc is read, whatever the process has open', () => {
  expect(fdinfoArgv('7').at(-1)).toBe('/proc/7/fdinfo')
  expect(openFilesArgv('7')[1]).toBe('/proc/7/fd')
})
