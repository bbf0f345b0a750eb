import { code } from '../../shared/text.ts'
import { nameOf } from '../words.ts'
import { checkOsd } from './next.ts'
import type { Scene } from './scene.ts'

export function judgeStates(scene: Scene): void {
  const { notes, states, counted } = scene
  const down = [...states].filter(([, { state }]) => state === 'down')
  const up = [...states].filter(([, { state }]) => state === 'up')
  const replaced = [...states].filter(([, { state }]) => state === 'destroyed' || state === 'DNE')
  if (replaced.length > 0)
    notes.finding({
      ...{ code: 'osd-destroyed', verdict: 'confirmed', severity: 'info' },
      summary: `${replaced.map(([id]) => nameOf(id)).join(', ')} ${replaced.length === 1 ? 'is' : 'are'} marked destroyed or ${replaced.length === 1 ? 'does' : 'do'} not exist: to be replaced, and no copy of anything.`,
      evidence: replaced.map(([, { line }]) => line),
    })
  const lines = down.map(([, { line }]) => line)
  if (down.length > 0) {
    const names = down
      .slice(0, 8)
      .map(([id, { host }]) => `${nameOf(id)}${host === undefined ? '' : ` on ${code(host)}`}`)
    notes.finding({
      ...{ code: 'osd-down', verdict: 'confirmed', severity: 'warning', evidence: lines },
      summary: `${down.length === 1 ? 'One OSD is' : `${down.length} OSDs are`} down: ${names.join(', ')}${down.length > 8 ? ' …' : ''}.`,
    })
    for (const [id] of down.slice(0, 4)) checkOsd(notes, id, 'Why it is down')
  } else if (counted && counted.up !== counted.osds)
    notes.finding({
      ...{ code: 'osd-down', verdict: 'confirmed', severity: 'warning', evidence: [counted.line] },
      summary: `${Number(counted.osds) - Number(counted.up)} of ${counted.osds} OSDs are not up; the text does not say which.`,
    })
  if (down.length === 0 && counted && counted.up !== counted.osds)
    notes.next('check osds', 'Which OSDs are down')
  if (down.length === 0 && (up.length > 0 || (counted && counted.up === counted.osds)))
    notes.finding({
      ...{ code: 'osds-up', verdict: 'ruled-out', severity: 'ok' },
      evidence: up.length > 0 ? up.map(([, { line }]) => line) : [counted!.line],
      summary:
        up.length > 0
          ? `Every ${replaced.length > 0 ? 'other ' : ''}OSD that the text shows is up (${up.length}).`
          : `All ${counted!.osds} OSDs are up.`,
      details: [
        'Up means that its peers hear its heartbeats; whether it takes new connections is another question.',
      ],
    })
}

/** Ceph's defaults: `mon_osd_nearfull_ratio`, `mon_osd_full_ratio`. */
const NEARFULL = 85

const FULL = 95

export function judgeUse({ notes, states }: Scene): void {
  const used = [...states].filter(([, { use }]) => use !== undefined && use >= NEARFULL)
  for (const [id, { use = 0, line }] of used) {
    notes.finding({
      ...{
        code: use >= FULL ? 'osd-full' : 'osd-nearfull',
        verdict: 'confirmed',
        about: id,
        evidence: [line],
      },
      severity: use >= FULL ? 'critical' : 'warning',
      summary: `${nameOf(id)} is ${use.toFixed(0)} % full${use >= FULL ? ': at this point Ceph stops all writes to its pools' : ''}.`,
    })
  }
}

export function judgeStops({ notes, okToStop }: Scene): void {
  for (const { ok, osds, why, line } of okToStop)
    notes.finding({
      ...{
        code: ok ? 'ok-to-stop' : 'not-ok-to-stop',
        verdict: 'confirmed',
        severity: ok ? 'ok' : 'info',
        about: osds.join(','),
        evidence: [line],
      },
      summary: ok
        ? `Stopping ${osds.map(nameOf).join(', ')} would stop no PG.`
        : `Stopping ${osds.length > 0 ? osds.map(nameOf).join(', ') : 'this OSD'} would stop PGs: ${why}.`,
    })
  const no = okToStop.find(({ ok }) => !ok)
  if (no)
    notes.doNot(
      `stop or restart ${no.osds.length > 0 ? no.osds.map((id) => `osd.${id}`).join(', ') : 'this OSD'} now`,
      'Ceph says that PGs would become unavailable',
    )
}
