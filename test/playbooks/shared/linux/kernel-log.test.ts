import { expect, test } from 'vitest'
import { readKernelLog, readUptime } from '../../../../playbooks/shared/linux/kernel-log.ts'
import { output } from './output.ts'

// dmesg of a QEMU guest whose NFS server was stopped (Linux 6.1) and of khungtaskd (Linux 6.18), captured
const SILENT =
  '[   15.378221] nfs: server 10.0.2.2 not responding, still trying\n[   16.378406] nfs: server 10.0.2.2 not responding, still trying\n'
const HUNG =
  '[ 5228.860373] INFO: task touch:19757 blocked for more than 2 seconds.\n[ 5228.860823]       Not tainted 6.18.44 #1\n'

test('a server is silent since its first complaint, until it says OK', () => {
  const server = '10.0.2.2'
  expect(readKernelLog(output(SILENT)).servers).toEqual([{ server, says: 'silent', bootS: 15, lastS: 16 }])
  const back = `${SILENT}[   60.000000] nfs: server 10.0.2.2 OK\n`
  expect(readKernelLog(output(back)).servers).toEqual([{ server, says: 'answers', bootS: 60, lastS: 60 }])
  const again = `${back}[   70.1] lockd: server 10.0.2.2 not responding, still trying\n`
  expect(readKernelLog(output(again)).servers).toEqual([{ server, says: 'silent', bootS: 70, lastS: 70 }])
})

test('a soft mount that gave up is never followed by OK, and hides no hard mount that still tries', () => {
  // rpc_check_timeout() ends such a request before it is marked for an OK (net/sunrpc/clnt.c)
  const gaveUp = '[   70.1] nfs: server 10.0.2.2 not responding, timed out\n'
  const says = (text: string) => readKernelLog(output(text)).servers.map((each) => each.says)
  expect(says(gaveUp)).toEqual(['gave-up'])
  expect(says(SILENT + gaveUp)).toEqual(['silent'])
  expect(says(gaveUp + SILENT)).toEqual(['silent'])
  expect(says(`${SILENT}[   60.0] nfs: server 10.0.2.2 OK\n${gaveUp}`)).toEqual(['gave-up'])
})

test('a log of which the newest part is missing says nothing about now', () => {
  expect(() => readKernelLog(output(SILENT, { truncated: true }))).toThrow('newest part')
})

test('hung tasks are read with their number and for how long', () => {
  expect(readKernelLog(output(HUNG)).hung).toEqual([{ name: 'touch', pid: '19757', seconds: 2, bootS: 5228 }])
})

test('a log that may not be read is not an empty one', () => {
  const stderr = 'dmesg: read kernel buffer failed: Operation not permitted\n'
  expect(() => readKernelLog(output('', { exitCode: 1, stderr }))).toThrow(
    expect.objectContaining({ code: 'denied' }),
  )
  expect(readKernelLog(output(''))).toEqual({ servers: [], hung: [] })
})

test('reads the uptime in whole seconds', () => {
  expect(readUptime(output('2693469.10 5210034.88\n'))).toBe(2693469)
  expect(() => readUptime(output(''))).toThrow(/uptime/)
})
