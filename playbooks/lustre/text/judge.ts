import type { Reading } from '../../shared/probe.ts'
import { code } from '../../shared/text.ts'
import { lockNotGranted } from '../about-lock.ts'
import { notMounted } from '../about-mount.ts'
import { evicted, healed } from '../about-mounted.ts'
import { versionRefused, wrongName } from '../about-name.ts'
import { type LustreLog, readLustreLog } from '../log.ts'
import { type MountComplaint, readMountComplaint } from '../mounts.ts'
import { type Draft, type Situation, situationOf } from '../situation.ts'
import { fileSystemsIn } from '../story.ts'
import { when } from '../words.ts'

const ONLY_TEXT = { seen: false, code: 'pending', why: 'only a text was given' } as const

/**
 * What a kernel's log, what the mount program printed, or both tell by themselves. One finding for each file system that
 * the text speaks of, in order; none: it says nothing about Lustre. The state of now is not in it, so nothing is ever `ok`.
 */
export function judgeText(
  text: string,
  now: number,
  client = 'the client',
): { fsname: string; finding: Draft }[] {
  const log = readLustreLog(text, { now })
  const complaint = readMountComplaint(text)
  const named = complaint?.spec?.fsname
  const names = [...new Set([...fileSystemsIn(log), ...(named === undefined ? [] : [named])])]
  return names.flatMap((fsname) => {
    const situation = textSituation(fsname, log, text, now, client)
    const finding =
      judge(situation) ?? (complaint && fsname === named ? failedMount(complaint, fsname) : undefined)
    return finding ? [{ fsname, finding }] : []
  })
}

function judge(situation: Situation): Draft | undefined {
  const { story, fsname, now } = situation
  const last = story?.last
  if (last?.outcome === 'failed' || last?.outcome === 'waiting')
    return (
      versionRefused(situation, last) ??
      wrongName(situation, last) ??
      lockNotGranted(situation, last) ??
      notMounted(situation, last)
    )
  const open = story?.losses.findLast(({ restored, byLock }) => !restored && !byLock)
  if (open)
    return {
      code: 'connection-lost',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `${code(fsname)} lost its connection to ${code(open.target)} at ${code(open.nid)} ${when(open.at, now)}; the text does not say that it came back.`,
      details: [],
      evidence: [],
    }
  return evicted(situation) ?? healed(situation)
}

/** Why mount.lustre says what it says. Source: mount_lustre.c, the list behind `mount … failed`. */
export const REASONS: Record<string, string> = {
  'Input/output error': '"Is the MGS running?" is printed for every input/output error, whatever the reason.',
  'No such file or directory':
    'The MGS answered that it has no such file system, or the mount asks the wrong MGS: look at the name first.',
  'No such device': 'The modules of Lustre are not loaded on the client.',
  'Connection timed out': 'No answer from the servers of the list: network, LNet, or wrong addresses.',
  'Operation already in progress': 'The target is being served already, here or on its partner.',
  'Address already in use': 'The target is mounted elsewhere, or its index is taken.',
  'Transport endpoint is not connected': 'The client has no connection to the MGS.',
  'Cannot send after transport endpoint shutdown':
    'The connection to the MGS was shut down, as after an eviction.',
  'Invalid argument': 'An option or a part of the name is wrong; the kernel says which.',
  'No route to host': 'The network does not reach the servers of the list.',
}

/** The mount program's words alone; its hints are the same for many reasons. */
function failedMount({ error }: MountComplaint, fsname: string): Draft {
  const reason = REASONS[error]
  return {
    code: 'mount-failed',
    verdict: 'inconclusive',
    severity: 'warning',
    summary: `Mounting ${code(fsname)} failed with ${code(error)}; the reason stands in the kernel's log of the client.`,
    details: reason === undefined ? [] : [reason],
    evidence: ['text'],
  }
}

function textSituation(fsname: string, log: LustreLog, text: string, now: number, name: string): Situation {
  const nodes = readMountComplaint(text)?.spec?.nodes ?? []
  const at = log.to ?? now
  const observation = {
    probe: 'text',
    host: '',
    argv: ['text'],
    startedAt: at,
    durationMs: 0,
    outcome: 'exited',
    exitCode: 0,
    stdout: text,
    stderr: '',
    truncated: false,
  } as const
  const read: Reading<{ log: LustreLog; source: string; skewS: undefined }> = {
    seen: true,
    value: { log, source: 'text', skewS: undefined },
    at,
    observation: { ...observation, argv: [...observation.argv] },
  }
  const client = {
    host: { name, addresses: [], roles: [] },
    log: read,
    devices: ONLY_TEXT,
    lnet: ONLY_TEXT,
    net: undefined,
    imports: ONLY_TEXT,
    mounts: ONLY_TEXT,
    fstab: ONLY_TEXT,
    version: ONLY_TEXT,
  }
  const evidence = {
    client,
    mgsHosts: [],
    nodes: nodes.map((nids) => ({ named: true, nids: nids.map((nid) => ({ nid, ping: ONLY_TEXT })) })),
    namedBy: nodes.length > 0 ? 'the text' : undefined,
  }
  return { ...situationOf({ fsname, on: undefined, mgs: undefined }, evidence, now), endsAt: at }
}
