import { expect, test } from 'vitest'
import { hasMoved } from '../../../playbooks/lock/moved.ts'
import type { Wait } from '../../../playbooks/shared/linux/threads.ts'

const wait = (wchan: string, switches: string | undefined, state = 'D'): Wait => ({
  ...{ pid: '7', tid: '7', name: 'stat', startTicks: '1' },
  ...{ state, wchan, switches, stack: [wchan] },
})
const rpc = (switches: string | undefined) => wait('rpc_wait_bit_killable', switches)

test('a thread that was not scheduled in between has not moved', () => {
  expect(hasMoved(rpc('3+1'), rpc('3+1'))).toBe(false)
})

test('a thread that wakes up to ask its NFS server once more has not moved', () => {
  expect(hasMoved(rpc('3+1'), rpc('4+1'))).toBe(false)
  expect(hasMoved(rpc('3+1'), rpc('60+1'))).toBe(true)
  // more often where the kernel calls the server silent: what connects again and again wakes up about once a second
  expect(hasMoved(rpc('3+1'), rpc('13+1'))).toBe(true)
  expect(hasMoved(rpc('3+1'), rpc('13+1'), 5)).toBe(false)
  expect(hasMoved(rpc('3+1'), rpc('60+1'), 60)).toBe(false)
})

test('a thread that works has moved, whatever an old line of the log says about its server', () => {
  expect(hasMoved(rpc('1000+1'), rpc('2500+40'), 5)).toBe(true)
  expect(hasMoved(rpc('3+1'), rpc('30+1'), 5)).toBe(true)
})

test('one that left state D, waits elsewhere, or waits for a disk and was woken, has moved', () => {
  expect(hasMoved(rpc('3+1'), undefined)).toBe(true)
  expect(hasMoved(rpc('3+1'), wait('rpc_wait_bit_killable', '3+1', 'S'), 5)).toBe(true)
  expect(hasMoved(rpc('3+1'), wait('folio_wait_bit', '3+1'))).toBe(true)
  expect(hasMoved(wait('folio_wait_bit', '3+1'), wait('folio_wait_bit', '4+1'), 5)).toBe(true)
})

test('where the kernel tells no switches once, nothing is called unmoved', () => {
  expect(hasMoved(rpc('3+1'), rpc(undefined))).toBe(true)
})
