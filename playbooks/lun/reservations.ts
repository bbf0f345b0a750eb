import type { Reading } from '../shared/probe.ts'
import { isShared, type SgAnswer } from '../shared/scsi/sg.ts'
import { code } from '../shared/text.ts'
import { stateOf } from './disk-state.ts'
import type { Draft } from './draft.ts'
import type { Evidence } from './evidence.ts'
import type { Disk, InitiatorView } from './initiators.ts'
import { SCSI_LIMIT_MS } from './probes.ts'
import { RECENT_MS, type Symptoms } from './symptoms.ts'
import type { TargetView } from './targets.ts'
import { duration, many } from './words.ts'

/** TEST UNIT READY takes milliseconds; longer than this beyond what the host needs for any command, and whoever uses the disk notices. */
const SLOW_MS = 2_000

/** What targets and Linux initiators say about reservations and about how fast the LUN answers. */
export function reservationDrafts(evidence: Evidence, symptoms: readonly Symptoms[]): Draft[] {
  // what fails for another reason is not refused, and some refusals are usual
  const hurts = symptoms.some(({ drafts }) =>
    drafts.some(({ code: name, severity }) => name === 'conflicts-growing' && severity === 'warning'),
  )
  const onEsxi = evidence.esxi.some(({ devices }) =>
    devices.some(({ device }) => device.seen && device.value.status === 'on'),
  )
  const disks = evidence.initiators.flatMap((view) => (view.disk ? [{ view, disk: view.disk }] : []))
  const refused = disks.filter(({ disk }) => isRefused(disk))
  const shown = evidence.exported.flatMap((device) =>
    device.reservation ? [{ device, held: device.reservation }] : [],
  )
  const persistent = disks.flatMap(({ view, disk }) => persistentOf(view, disk, hurts || refused.length > 0))
  return [
    ...shown.map(({ device, held }): Draft => {
      const blocks = hurts || refused.length > 0
      const kind = held.kind === 'spc-2' ? 'SCSI-2 reservation' : 'persistent reservation'
      return {
        code: held.kind === 'spc-2' ? 'reservation-held' : 'persistent-reservation',
        verdict: 'confirmed',
        severity: blocks ? 'warning' : 'info',
        summary: `${code(held.initiator)} holds a ${kind} on ${code(device.name)} of ${code(device.host.name)}${blocks ? ', and others are refused' : ''}.`,
        details: [
          ...(held.type === undefined ? [] : [`Type: ${held.type}.`]),
          ...(blocks ? [] : ['ESXi reserves for moments: seen once, that is normal.']),
        ],
        evidence: [`lun-lio@${device.host.name}`],
      }
    }),
    ...(shown.length === 0 && persistent.length === 0
      ? refused.slice(0, 1).map(({ view, disk }) => heldBySomeone(view, disk, evidence))
      : []),
    ...persistent,
    ...disks.flatMap(({ view, disk }) => [
      ...stateOf(view, disk, onEsxi ? 'have-it' : 'not-known'),
      ...speedOf(view, disk),
    ]),
  ]
}

export const isRefused = ({ ready, persistent }: Disk) =>
  (ready.seen && ready.value.answer === 'reservation-conflict') ||
  (!persistent.seen && /reservation conflict/.test(persistent.why))

/** Somebody has it reserved, as far as the initiators and targets can tell. */
export const isHeld = ({ initiators, exported }: Evidence) =>
  initiators.some(({ disk }) => disk && isRefused(disk)) || exported.some(({ reservation }) => reservation)

/** A command that reserves nothing is refused: somebody holds it, the old way, which no initiator can ask about. */
function heldBySomeone({ host }: InitiatorView, disk: Disk, evidence: Evidence): Draft {
  const { last, refused } = logOf(evidence.targets)
  return {
    ...{ code: 'reservation-held', verdict: 'confirmed', severity: 'warning' },
    summary: `Somebody else has reserved the LUN (SCSI-2): TEST UNIT READY from ${code(host.name)} is refused.`,
    details: [
      ...(last === undefined
        ? ['Who holds it only the target knows; SCST says it when it is traced.']
        : [last]),
      ...refused,
      'A reservation of a moment is normal: check again, and only one that is still there is a fault.',
    ],
    evidence: [`lun-turs:${disk.byId}@${host.name}`],
  }
}

function persistentOf({ host }: InitiatorView, disk: Disk, hurts: boolean): Draft[] {
  if (!disk.persistent.seen) return []
  const { registrations } = disk.persistent.value
  const held = disk.persistent.value.held ?? (disk.held?.seen ? disk.held.value.held : undefined)
  const owners = registrations.map(
    ({ key, initiator }) => `${code(key)}${initiator === undefined ? '' : ` of ${code(initiator)}`}`,
  )
  if (!held) return []
  const owner = registrations.find(({ key, holder }) => holder || key === held.key)?.initiator
  const by = isShared(held)
    ? `all that are registered (${many(registrations.length, 'key')})`
    : `key ${code(held.key)}${owner === undefined ? '' : `, which is ${code(owner)}`}`
  return [
    {
      ...{ code: 'persistent-reservation', verdict: 'confirmed', severity: hurts ? 'warning' : 'info' },
      summary: `The LUN is persistently reserved by ${by}${hurts ? ', and others are refused' : ''}.`,
      details: [
        `Type: ${held.type}. Registered: ${owners.slice(0, 8).join(', ') || 'no key was listed'}.`,
        ...(owner === undefined && !isShared(held) ? ['Whose key it is, this target does not say.'] : []),
      ],
      evidence: [`lun-pr-status:${disk.byId}@${host.name}`],
    },
  ]
}

/** How long the device took for what needs no disk: slow is not reserved. */
function speedOf({ host, links }: InitiatorView, disk: Disk): Draft[] {
  // reaching the host takes its time, too
  const usualMs = links.seen ? links.observation.durationMs : 0
  const on = (probe: string) => `lun-${probe}:${disk.byId}@${host.name}`
  const asked = [
    { what: 'TEST UNIT READY', reading: disk.ready, id: on('turs') },
    { what: 'INQUIRY', reading: disk.inquiry, id: on('inq') },
    { what: 'PERSISTENT RESERVE IN', reading: disk.status, id: on('pr-status') },
  ]
  const late = asked.flatMap(({ what, reading, id }) => {
    const said = lateness(reading, usualMs)
    return said === undefined ? [] : [{ text: `${what} from ${code(host.name)} ${said}`, id, said }]
  })
  // what hangs stops all that comes after it: that is said only where nothing else is known, and once
  const tried = late.filter(({ said }) => !said.startsWith(NOT_TRIED))
  const lines = tried.length > 0 ? tried : late.slice(0, 1)
  const [first, ...more] = lines
  if (!first) return []
  const answersAtAll = asked.some(({ reading }) => reading.observation?.outcome === 'exited')
  return [
    {
      ...{ code: 'slow', verdict: 'confirmed', severity: 'warning' },
      summary: `${answersAtAll ? 'The LUN answers late, also where nothing is reserved' : 'The LUN does not answer'}: ${first.text}.`,
      details: more.map(({ text }) => `${text}.`),
      evidence: lines.map(({ id }) => id),
    },
  ]
}

const NOT_TRIED = 'was not even tried'
/** How it is said that a command waited for its turn: on this disk, or on the host. */
const WAITED = /on (?:the same resource|device:\S+) took all of the/
const BUSY = /other commands kept .* busy/

/** How late an answer was; undefined: in time, or not known. A refusal may come late, too. */
function lateness(reading: Reading<unknown>, usualMs: number): string | undefined {
  if (!reading.seen && (reading.code === 'quarantined' || WAITED.test(reading.why)))
    return `${NOT_TRIED}: ${reading.why}`
  // the host was busy with other things: nothing is known of the disk
  if (!reading.seen && BUSY.test(reading.why)) return undefined
  if (!reading.seen && (reading.code === 'timed-out' || reading.code === 'unkillable'))
    return `took longer than ${duration(SCSI_LIMIT_MS)}`
  const { durationMs = 0 } = reading.observation ?? {}
  const unanswered = reading.seen && (reading.value as Partial<SgAnswer> | undefined)?.answer === 'no-answer'
  const ran = reading.observation?.outcome === 'exited'
  if (!ran || !(unanswered || durationMs - usualMs > SLOW_MS)) return undefined
  return `took ${duration(durationMs)}${unanswered ? ' and was not answered' : ''}`
}

/** What the targets' kernels logged lately about reservations: the last word, and who was refused. */
export function logOf(targets: readonly TargetView[]): { last: string | undefined; refused: string[] } {
  const events = targets.flatMap((target) => {
    if (!target.log?.seen) return []
    const uptimeS = target.uptimeS?.seen ? target.uptimeS.value : undefined
    return target.log.value.map((event) => ({
      event,
      host: target.host.name,
      devices: target.exported.map(({ name }) => name),
      ageMs: uptimeS !== undefined && event.bootS !== undefined ? (uptimeS - event.bootS) * 1000 : undefined,
    }))
  })
  const recent = events.filter(({ ageMs }) => ageMs !== undefined && ageMs < RECENT_MS)
  const traced = recent.findLast(({ event }) => event.kind !== 'conflict')
  const conflicts = recent.filter(
    ({ event, devices }) => event.kind === 'conflict' && devices.includes(event.device),
  )
  const names = new Set(conflicts.map(({ event }) => (event.kind === 'conflict' ? event.refused : '')))
  const last =
    traced?.event.kind === 'reserved'
      ? `SCST on ${code(traced.host)}: reserved ${duration(traced.ageMs!)} ago by session ${code(traced.event.holder)}, and no release was logged since; that line names no device, so it may be about another LUN.`
      : undefined
  return {
    last,
    refused: [...names].map(
      (name) =>
        `SCST refused ${code(name)} in the last ${duration(RECENT_MS)} (${many(conflicts.filter(({ event }) => event.kind === 'conflict' && event.refused === name).length, 'time')}).`,
    ),
  }
}
