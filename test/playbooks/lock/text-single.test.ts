import { expect, test } from 'vitest'
import { lockReader } from '../../../playbooks/lock/from-text.ts'
import { passagesOf } from '../../../playbooks/shared/pasted/passages.ts'

const read = (text: string) => lockReader.read(passagesOf(text), Date.parse('2026-11-20'))
const LSOF = `COMMAND     PID USER   FD   TYPE DEVICE SIZE/OFF          NODE NAME
nova-comp 21409 nova    4u   REG   0,20        0 2199054015793 /var/lib/nova/WHICH (10.10.3.4:/export/nova)
`

test('a lock file on NFS that somebody has open is no fault, and leads to who holds it', () => {
  const { findings, next, doNot } = read(LSOF.replace('WHICH', 'registry-lock'))
  expect(findings.map(({ code }) => code)).toEqual(['nothing-to-judge'])
  expect(next.map(({ command }) => command)).toEqual(['check lock /var/lib/nova/registry-lock'])
  expect(doNot.map(({ what }) => what)).toEqual(['remove `/var/lib/nova/registry-lock`'])
})

test('any other file that is open leads nowhere', () => {
  expect(read(LSOF.replace('WHICH', 'disk.img'))).toMatchObject({ next: [], doNot: [] })
})

// by hand, after Linux 6.1
const STACK = `# cat /proc/21409/stack
[<0>] rpc_wait_bit_killable+0x1e/0xa0 [sunrpc]
[<0>] nfs4_proc_lock+0x11/0x22 [nfsv4]
[<0>] do_setlk+0x33/0x44 [nfs]
`

test('a stack alone says where the process was, and nothing of how long', () => {
  const { findings, next } = read(STACK)
  expect(findings).toMatchObject([{ severity: 'info', verdict: 'inconclusive' }])
  expect(findings[0]!.code).toMatch(/^waits-for-/)
  expect(next.map(({ command }) => command)).toEqual(['check stuck 21409'])
  expect(read(STACK.replace(/^\[<0>\] .*\n/gm, '[<0>] ep_poll+0x1/0x2\n')).next).toEqual([])
})
