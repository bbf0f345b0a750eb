import { code } from '../../shared/text.ts'
import { MACHINE_NEAR, NEAR } from '../draft.ts'
import { amount } from '../words.ts'
import type { Scene } from './scene.ts'

export function judgeListeners({ notes, listeners }: Scene): void {
  if (listeners.length === 0) return
  const full = listeners.filter(({ waiting, backlog }) => waiting > 0 && waiting >= (backlog || 128))
  for (const [pid, stuck] of Map.groupBy(full, (each) => each.pid))
    notes.finding({
      ...{
        code: 'connections-not-taken',
        verdict: 'inconclusive',
        severity: 'critical',
        about: pid,
        evidence: stuck.map(({ line }) => line),
      },
      summary: `Process ${code(pid)} (ceph-osd) listens on ${code(stuck[0]!.address)}, but ${stuck[0]!.waiting} connections wait there and are not taken: it may be deaf.`,
    })
  if (full.length > 0) {
    notes.next('check osds', 'Which OSD it is, and whether it takes connections')
    notes.doNot(
      'trust that the OSD is `up`',
      'heartbeats go on over old connections, while nobody can open a new one',
    )
    return
  }
  const pids = new Set(listeners.map(({ pid }) => pid))
  const some = listeners.filter(({ waiting }) => waiting > 0)
  const queued = some.map(({ address, waiting }) => `${waiting} at ${code(address)}`).slice(0, 4)
  notes.finding({
    ...{
      code: 'osds-listen',
      verdict: 'inconclusive',
      severity: some.length > 0 ? 'info' : 'ok',
      evidence: listeners.map(({ line }) => line),
    },
    summary: `${pids.size === 1 ? 'One ceph-osd process listens' : `${pids.size} ceph-osd processes listen`} on ${listeners.length} addresses, and ${some.length > 0 ? `connections wait (${queued.join(', ')})` : 'none has connections waiting'}.`,
    details: [
      ...(some.length > 0
        ? ['For a moment that is normal. If they are still there in a second look, nobody takes them.']
        : []),
      'Whether that is all of its addresses, only the OSD map says.',
    ],
  })
  if (some.length > 0) notes.next('check osds', 'Whether they take connections')
}

export function judgeFiles(scene: Scene): void {
  const { notes, files, fileNr } = scene
  if (fileNr) {
    const { open, max, line } = fileNr
    const near = open * MACHINE_NEAR.of >= max * MACHINE_NEAR.part
    notes.finding({
      ...{
        code: open >= max ? 'machine-files-exhausted' : near ? 'machine-files-near' : 'machine-files-fine',
        evidence: [line],
      },
      ...(near
        ? ({ verdict: 'confirmed', severity: open >= max ? 'critical' : 'warning' } as const)
        : ({ verdict: 'ruled-out', severity: 'ok' } as const)),
      summary: `${amount(open)} of at most ${amount(max)} files are open on this machine.`,
    })
    if (near) notes.next('check osds', 'Which OSDs are in danger')
  }
  const limit = [...files.values()].find(({ soft }) => soft !== undefined)
  const counted = [...files.values()].find(({ open }) => open !== undefined)
  // a limit and a count of one process, or both without saying whose
  const both =
    limit && counted && (limit.pid === counted.pid || limit.pid === '')
      ? { ...counted, ...limit, open: counted.open }
      : undefined
  if (!both || both.soft === undefined || both.soft === 'unlimited') {
    // of any other process it means nothing here
    if (limit && (scene.states.size > 0 || scene.listeners.length > 0 || scene.happenings.length > 0))
      notes.finding({
        ...{ code: 'fd-limit', verdict: 'inconclusive', severity: 'info', evidence: limit.lines },
        summary: `A process may open ${limit.soft} files; how many it has open, the text does not say.`,
      })
    return
  }
  const open = BigInt(both.open!)
  const soft = BigInt(both.soft)
  const near = open * NEAR.of >= soft * NEAR.part
  notes.finding({
    ...{ code: near ? 'near-fd-limit' : 'fd-limit-fine', evidence: [...both.lines, ...counted!.lines] },
    ...(near
      ? ({ verdict: 'confirmed', severity: open >= soft ? 'critical' : 'warning' } as const)
      : ({ verdict: 'ruled-out', severity: 'ok' } as const)),
    summary: `Process ${code(counted!.pid)} has ${amount(open)} of ${amount(soft)} files open.`,
    details: near
      ? ['At its limit an OSD of an old release stops listening for good; a newer one aborts.']
      : [],
  })
  if (near) notes.next('check osds', 'Which OSDs are near their limit')
}
