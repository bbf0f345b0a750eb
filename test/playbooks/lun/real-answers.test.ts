import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readAnswer, readPersistent } from '../../../playbooks/shared/scsi/sg.ts'

type Captured = { lun: string; argv: string[]; exitCode: number; stdout: string; stderr: string }

const all = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures/sg3-utils-1.46.json'), 'utf8'),
) as Captured[]
const of = (lun: string, ...words: string[]) => {
  const found = all.find(
    (each) => each.lun.startsWith(lun) && words.every((word) => each.argv.includes(word)),
  )
  if (!found) throw new Error(`not captured: ${lun} ${words.join(' ')}`)
  return found
}

test.each([
  ['free', 'sg_turs', 'good'],
  ['free', 'sg_inq', 'good'],
  ['free', 'sg_raw', 'good'],
  ['reserved', 'sg_turs', 'reservation-conflict'],
  ['reserved', 'sg_raw', 'reservation-conflict'],
  ['a disk of scsi_debug', 'sg_turs', 'good'],
  ['device/state', 'sg_turs', 'offline'],
  ['device/state', 'sg_inq', 'offline'],
  ['device/state', 'sg_raw', 'offline'],
  ['set online=0', 'sg_turs', 'not-ready'],
  ['set online=0', 'sg_inq', 'good'],
  ['deleted', 'sg_inq', 'not-there'],
  ['deleted', 'sg_raw', 'not-there'],
] as const)('a LUN that is %s: %s says %s', (lun, program, answer) => {
  expect(readAnswer(of(lun, program)).answer).toBe(answer)
})

test('TEST UNIT READY of a LUN that is not there any more is not taken for good', () => {
  expect(readAnswer(of('deleted', 'sg_turs'))).toEqual({ answer: 'other', said: 'Illegal request' })
  expect(readAnswer(of('deleted', 'sg_raw')).said).toBe('Logical unit not supported')
})

test('RELEASE by who holds nothing is answered with GOOD', () => {
  expect(readAnswer(of('reserved', 'sg_raw', '17')).answer).toBe('good')
})

test('a persistent reservation: its key, and its own type rather than the type of the device', () => {
  expect(readPersistent(of('persistently', '--read-keys')).registrations).toMatchObject([{ key: '0xabc' }])
  expect(readPersistent(of('persistently', '--read-reservation')).held).toEqual({
    key: '0xabc',
    type: 'Exclusive Access',
  })
  expect(readPersistent(of('free', '--read-keys')).registrations).toEqual([])
  expect(readPersistent(of('free', '--read-reservation')).held).toBeUndefined()
})

test.each([
  ['free', '--read-full-status', /^this target does not know this question/],
  ['a disk of scsi_debug', '--read-keys', /^this target knows no persistent reservations/],
])('%s, %s: what a target does not know is absent', (lun, question, why) => {
  const ask = () => readPersistent(of(lun, question))
  expect(ask).toThrow(why)
  expect(ask).toThrow(expect.objectContaining({ code: 'absent' }))
})

test('a disk that nobody may open is not one that knows no persistent reservations', () => {
  expect(() => readPersistent(of('device/state', '--read-full-status'))).toThrow(
    expect.objectContaining({ code: 'failed' }),
  )
})
