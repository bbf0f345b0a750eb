import { isShared } from '../../shared/scsi/sg.ts'
import { code } from '../../shared/text.ts'
import { followUp } from './next.ts'
import type { Scene } from './scene.ts'

/** A reservation that takes longer is what people come with: in the incident it was 40 s. */
const SLOW_S = 5

export function judgeSent(scene: Scene): void {
  for (const [at, { what, device, status, tookS, lines, host }] of scene.sent.entries()) {
    const words = { reserve: 'RESERVE', release: 'RELEASE', ready: 'TEST UNIT READY', other: 'The command' }[
      what
    ]
    const on = device === undefined ? '' : ` on ${code(device)}`
    const slow = tookS !== undefined && tookS >= SLOW_S
    if (status === 'conflict') {
      scene.tell.find({
        code: 'reservation-conflict',
        verdict: 'confirmed',
        severity: 'warning',
        summary: `${words}${on} was refused: another initiator holds a reservation.`,
        details: ['It is answered at once: the target works, and somebody else holds it.'],
        lines,
      })
      followUp(scene, device, host)
    } else if (status === 'no-answer' || slow) {
      scene.tell.find({
        code: what === 'reserve' ? 'reserve-stalls' : 'no-answer',
        verdict: 'confirmed',
        severity: 'warning',
        summary: `${words}${on} ${tookS === undefined ? 'was not answered' : `took ${tookS} s`}; milliseconds are normal.`,
        details:
          what === 'reserve'
            ? [
                'Slow is not reserved: a conflict is answered at once. A left-over watcher on the RBD image behind it can do this.',
              ]
            : [],
        lines,
      })
      followUp(scene, device, host)
    } else if (status === 'not-ready')
      scene.tell.find({
        code: 'not-ready',
        verdict: 'confirmed',
        severity: 'warning',
        summary: `${words}${on}: the LUN is not ready.`,
        lines,
      })
    else if (status === 'failed')
      scene.tell.find({
        code: 'commands-fail',
        verdict: 'confirmed',
        severity: 'warning',
        summary: `${words}${on} failed; why, is not in this output.`,
        lines,
      })
    else if (status === 'attention')
      scene.tell.find({
        code: 'unit-attention',
        verdict: 'confirmed',
        severity: 'info',
        summary: `${words}${on} was answered with UNIT ATTENTION: something happened since it was asked last, such as a reset; asked once more it says how it is.`,
        lines,
      })
    else if (status === 'good') {
      const released =
        what !== 'reserve' ||
        scene.sent.slice(at).some((each) => each.what === 'release' && each.device === device)
      scene.tell.find({
        code: what === 'other' ? 'command-answered' : `${what}-answered`,
        verdict: 'ruled-out',
        severity: 'ok',
        summary: `${words}${on} was answered${tookS === undefined ? '' : ` in ${tookS} s`}.${released ? '' : ' The LUN stays reserved until this host sends RELEASE or logs out.'}`,
        lines,
      })
    }
  }
}

export function judgePersistent(scene: Scene): void {
  for (const { registrations, held, device, lines, whole } of scene.persistent) {
    const on = device === undefined ? 'The LUN' : code(device)
    const owner = registrations.find(({ key, holder }) => holder || key === held?.key)?.initiator
    if (held) {
      scene.tell.find({
        code: 'persistent-reservation',
        verdict: 'confirmed',
        severity: 'info',
        summary: `${on} is persistently reserved by ${isShared(held) ? 'all that are registered' : `key ${code(held.key)}${owner === undefined ? '' : ` of ${code(owner)}`}`} (${held.type}).`,
        details: [
          'That is how clusters keep others from writing; it is a fault only when its owner is dead.',
        ],
        lines,
      })
      scene.tell.doNot(
        'clear the persistent reservation (`sg_persist --out --clear`)',
        'it removes the keys of living nodes, too',
      )
    } else if (registrations.length > 0)
      scene.tell.find({
        code: 'keys-registered',
        verdict: 'confirmed',
        severity: 'info',
        summary: `${on} has ${registrations.length} registered key${registrations.length === 1 ? '' : 's'}; whether one of them holds a reservation is not in this output.`,
        lines,
      })
    else
      scene.tell.find({
        code: 'no-persistent-reservation',
        verdict: 'ruled-out',
        severity: 'ok',
        summary: `${on} has no ${whole ? 'registered key and no ' : ''}persistent reservation. One made by RESERVE(6) does not show here.`,
        lines,
      })
  }
  for (const { device, initiator, kind, lines } of scene.held)
    scene.tell.find({
      code: kind === 'SPC-2' ? 'reservation-held' : 'persistent-reservation',
      verdict: 'confirmed',
      severity: 'info',
      summary: `${code(initiator)} holds ${code(device)} reserved (${kind}).`,
      details: ['ESXi reserves for moments: seen once, that is normal.'],
      lines,
    })
}

export function judgeConflicts(scene: Scene): void {
  if (scene.conflicts.length === 0) return
  const refused = [...new Set(scene.conflicts.flatMap((each) => each.refused ?? []))]
  const devices = [...new Set(scene.conflicts.flatMap((each) => each.device ?? []))]
  scene.tell.find({
    code: 'reservation-conflict',
    verdict: 'confirmed',
    severity: 'warning',
    summary: `${devices.map(code).join(', ')}: ${refused.length > 0 ? `${refused.map(code).join(', ')} was refused` : 'this host was refused'}, because another initiator holds a reservation.`,
    details: ['The lines name who was refused, not who holds it.'],
    lines: scene.conflicts.flatMap(({ lines }) => lines),
  })
  const named = scene.conflicts.find(
    ({ by, device }) =>
      by === 'scst' && device !== undefined && /^[A-Za-z0-9_][A-Za-z0-9_.:+-]{0,63}$/.test(device),
  )
  followUp(scene, named?.device, undefined)
}

export function judgePathsOfLinux(scene: Scene): void {
  for (const { name, good, bad, lines } of scene.multipath) {
    if (good + bad === 0) continue
    if (bad === 0)
      scene.tell.find({
        code: 'paths-up',
        verdict: 'ruled-out',
        severity: 'ok',
        summary: `${code(name)}: all ${good} paths work.`,
        lines,
      })
    else
      scene.tell.find({
        code: good === 0 ? 'all-paths-down' : 'path-lost',
        verdict: 'confirmed',
        severity: good === 0 ? 'critical' : 'warning',
        summary: `${code(name)}: ${bad} of ${good + bad} paths failed.`,
        lines,
      })
  }
  const bad = scene.sessions.filter((session) => !session.good)
  for (const { target, state, lines } of bad)
    scene.tell.find({
      code: 'session-lost',
      verdict: 'confirmed',
      severity: 'warning',
      summary: `The iSCSI session to ${code(target)} is ${code(state)}.`,
      lines,
    })
  if (scene.sessions.length > 0 && bad.length === 0)
    scene.tell.find({
      code: 'sessions-up',
      verdict: 'ruled-out',
      severity: 'ok',
      summary: `All ${scene.sessions.length} iSCSI sessions in this list are there.`,
      lines: scene.sessions.flatMap(({ lines }) => lines).slice(0, 4),
    })
}
