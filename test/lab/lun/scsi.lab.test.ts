import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCheck } from '../../../jobs/check.ts'
import type { Cluster } from '../../../jobs/hosts/cluster.ts'
import type { Held } from '../../../jobs/must-not-stay.ts'
import type { Journal } from '../../../jobs/steps.ts'
import { initiatorProbes, SCSI_LIMIT_MS } from '../../../playbooks/lun/probes.ts'
import type { Diagnosis, Offer } from '../../../playbooks/shared/finding.ts'
import { read } from '../../../playbooks/shared/probe.ts'
import { approve, lun, offerOf, takeBack } from '../../playbooks/lun/demo.ts'
import type { Guest } from '../guest/guest.ts'
import { type Initiator, LINK, NAA, openInitiator, startInitiator } from './initiator.ts'
import { startTgtd, type Tgtd } from './tgtd.ts'

let target: Tgtd
let ours: Initiator
let guest: Guest
let cluster: Cluster
/** of probe-reserve, once the LUN was slow */
let offer: Offer

beforeAll(async () => {
  target = await startTgtd()
  ours = await startInitiator('host-a', target.ports)
  guest = ours.guest
  cluster = await openInitiator(guest)
})
afterAll(async () => {
  target?.go()
  await cluster?.close()
  await guest?.end()
  await target?.end()
})

const args = { target: LINK, on: 'host-a', interval: '0' }
const look = (more: Record<string, string> = args) => runCheck({ playbook: lun, args: more, cluster })
const codes = ({ findings }: Diagnosis) => findings.map(({ code }) => code)

/** The exit code of a program in the session of the other initiator. */
const other = async (program: string, ...words: string[]) =>
  (await guest.run([program, ours.other, ...words])).exitCode
const reserve = () => other('sg_raw', '16', '00', '00', '00', '00', '00')
const release = () => other('sg_raw', '17', '00', '00', '00', '00', '00')
const REFUSED = 24

test('a LUN without fault: every answer of the real programs is read, nothing is wrong, and nothing is called healthy', async () => {
  const { result, seen } = await look({ ...args, target: `/dev/${ours.disk}` })
  const { ready, inquiry, status, keys } = initiatorProbes('host-a')
  expect(read(seen, ready(LINK))).toMatchObject({ value: { answer: 'good' } })
  expect(read(seen, inquiry(LINK))).toMatchObject({ value: { answer: 'good' } })
  // tgtd knows no READ FULL STATUS
  expect(read(seen, status(LINK))).toMatchObject({ code: 'absent' })
  expect(read(seen, keys(LINK))).toMatchObject({ value: { registrations: [] } })
  expect(result.diagnosis.findings).toMatchObject([{ code: 'nothing-wrong-seen', verdict: 'inconclusive' }])
  expect(result.diagnosis.findings[0]!.details.join()).toContain(`\`${NAA}\` → ?`)
  expect(result.diagnosis).toMatchObject({ unseen: [], offers: [] })
})

test('a disk whose target knows no persistent reservations', async () => {
  const file = (await guest.sh('ls /dev/disk/by-id/scsi-33333*')).trim()
  const { result, seen } = await look({ ...args, target: file })
  const { ready, status, keys } = initiatorProbes('host-a')
  expect(read(seen, ready(file))).toMatchObject({ value: { answer: 'good' } })
  for (const probe of [status(file), keys(file)])
    expect(read(seen, probe)).toMatchObject({ code: 'absent', why: expect.stringContaining('knows no') })
  expect(codes(result.diagnosis)).toEqual(['nothing-wrong-seen'])
})

test('answers that come late are told from a reservation, and then RESERVE may be tried', async () => {
  target.stop()
  const looking = look()
  await delay(3_500)
  target.go()
  const { diagnosis } = (await looking).result
  expect(diagnosis.findings[0]).toMatchObject({ code: 'slow', verdict: 'confirmed', severity: 'warning' })
  offer = offerOf(diagnosis.offers, 'probe-reserve')
  expect(offer.params).toEqual({ host: 'host-a', device: LINK })
})

test('RESERVE and RELEASE by approval: both answered, with their times, and nothing stays reserved', async () => {
  const { state, said, now, held } = await approve(cluster, offer, lun, args)
  expect(said).toEqual([
    'looked again: unchanged',
    expect.stringMatching(/^RESERVE\(6\): good, in \d[\d.]* m?s$/),
    expect.stringMatching(/^RELEASE\(6\): good, in \d[\d.]* m?s$/),
    'the LUN answers',
  ])
  expect({ state, now }).toMatchObject({
    state: 'done',
    now: expect.stringContaining('nothing stays reserved'),
  })
  expect(held).toMatchObject([{ left: { host: 'host-a', device: LINK } }])
  expect(await other('sg_turs')).toBe(0)
})

test('a worker that dies with the LUN reserved: others are refused, until it is taken back from the record', async () => {
  const held: Held[] = []
  const journal: Journal = async (action, { step }) => {
    if (action === 'about-to' && step === 'release') throw new Error('the worker is gone')
  }
  await expect(approve(cluster, offer, lun, args, { journal, held })).rejects.toThrow('the worker is gone')
  expect(await reserve()).toBe(REFUSED)

  const lines = await takeBack(cluster, 'probe-reserve', held[0]!.left)
  expect(lines).toEqual([expect.stringMatching(/^RELEASE\(6\): good, in /)])
  expect(await reserve()).toBe(0)
})

test('reserved by another initiator: said as such, no RESERVE is offered, and what was approved before is not done', async () => {
  const { diagnosis } = (await look()).result
  expect(diagnosis.findings[0]).toMatchObject({
    code: 'reservation-held',
    verdict: 'confirmed',
    severity: 'warning',
  })
  expect(diagnosis.findings[0]!.summary).toContain('TEST UNIT READY from `host-a` is refused')
  expect(diagnosis.offers).toEqual([])
  const late = await approve(cluster, offer, lun, args)
  expect(late).toMatchObject({
    state: 'refused',
    now: expect.stringContaining('holds a reservation right now'),
  })
  expect((await guest.run(['sg_turs', LINK])).exitCode).toBe(REFUSED)
  expect(await release()).toBe(0)
})

test('registered keys: RESERVE is not tried; a persistent reservation is told with its key', async () => {
  expect(await other('sg_persist', '--out', '--register', '--param-sark=0xabc')).toBe(0)
  const registered = await approve(cluster, offer, lun, args)
  expect(registered).toMatchObject({
    state: 'refused',
    now: expect.stringContaining('registered keys: 0xabc'),
  })
  expect(await other('sg_persist', '--out', '--reserve', '--param-rk=0xabc', '--prout-type=3')).toBe(0)
  const { diagnosis } = (await look()).result
  const found = diagnosis.findings.find(({ code }) => code === 'persistent-reservation')!
  expect(found).toMatchObject({ verdict: 'confirmed', severity: 'info' })
  expect(found.summary).toBe('The LUN is persistently reserved by key `0xabc`.')
  expect(found.details[0]).toBe('Type: Exclusive Access. Registered: `0xabc`.')
  expect(diagnosis.offers).toEqual([])
  expect(await other('sg_persist', '--out', '--clear', '--param-rk=0xabc')).toBe(0)
})

test('not ready, and offline on this machine, are no reservations; nothing is offered', async () => {
  target.online(false)
  const asleep = (await look()).result.diagnosis
  expect(asleep.findings[0]).toMatchObject({ code: 'not-ready', verdict: 'confirmed', severity: 'warning' })
  expect(asleep.offers).toEqual([])
  target.online(true)
  const state = `/sys/block/${ours.disk}/device/state`
  await guest.sh(`echo offline > ${state}`)
  const { diagnosis } = (await look()).result
  await guest.sh(`echo running > ${state}`)
  expect(diagnosis.findings[0]).toMatchObject({
    code: 'device-offline',
    verdict: 'confirmed',
    severity: 'critical',
  })
  expect(diagnosis.offers).toEqual([])
})

test('a target that hangs: the check ends with its own limit and says so, and the next one is not stuck either', async () => {
  target.stop()
  const from = performance.now()
  const { diagnosis } = (await look()).result
  expect(performance.now() - from).toBeLessThan(SCSI_LIMIT_MS * 2)
  expect(diagnosis.findings[0]).toMatchObject({ code: 'slow', verdict: 'confirmed' })
  expect(diagnosis.findings[0]!.summary).toMatch(
    /^The LUN does not answer: TEST UNIT READY from `host-a` took longer than 10 s\.$/,
  )
  expect(diagnosis.offers).toEqual([])
  const between = performance.now()
  const next = (await look()).result.diagnosis
  expect(performance.now() - between).toBeLessThan(SCSI_LIMIT_MS)
  expect(next.findings[0]).toMatchObject({ code: 'slow', verdict: 'confirmed' })
  expect(next.findings[0]!.summary).toMatch(/was not even tried: still stuck since .*`sg_\w+ …`, state D/)
  // what hung is not started again and again
  expect((await guest.sh('ps -eo stat,args')).match(/^D.* sg_/gm)).toHaveLength(1)
  target.go()
})

test('a LUN that the target has no more: INQUIRY is answered, and it is told that it is gone', async () => {
  target.deleteLun()
  // what hung in the test before comes back first
  let diagnosis = (await look()).result.diagnosis
  for (const until = Date.now() + 20_000; codes(diagnosis)[0] === 'slow' && Date.now() < until; )
    diagnosis = (await look()).result.diagnosis
  expect(diagnosis.findings[0]).toMatchObject({ code: 'permanent-device-loss', verdict: 'confirmed' })
  expect(diagnosis.offers).toEqual([])
})
