import { code } from '../shared/text.ts'
import { disconnected } from './disconnected.ts'
import { isMgc, works } from './imports.ts'
import { type Draft, importProbe, isRecent, logProbe, mgsServer, type Situation } from './situation.ts'
import type { Eviction } from './story.ts'
import { counted, span, when } from './words.ts'

/** The findings for a file system that is mounted, worst first; never undefined. */
export function mounted(situation: Situation): Draft {
  return (
    notSeen(situation) ??
    disconnected(situation) ??
    evicted(situation) ??
    mgsLost(situation) ??
    (situation.mounted && situation.mounted.length > 0 ? healed(situation) : undefined) ??
    healthy(situation)
  )
}

/** Mounted, but whether its connections work is not known: that is no health. */
function notSeen(situation: Situation): Draft | undefined {
  const { imports, fsname, client, evidence } = situation
  const data = (imports ?? []).filter((each) => !isMgc(each))
  const both = data.some(({ type }) => type === 'mdc') && data.some(({ type }) => type === 'osc')
  if (imports && both) return undefined
  const reading = evidence.client.imports
  const why = reading.seen
    ? `the list lacks ${data.length === 0 ? 'its servers' : 'some of its servers'}`
    : reading.why
  return {
    code: 'mounted-not-judged',
    verdict: 'inconclusive',
    severity: 'warning',
    summary: `${code(fsname)} is mounted on ${code(client)}; whether its servers answer could not be seen.`,
    details: [`Connections: ${why}.`, ...evictionLines(situation)],
    evidence: importProbe(situation),
  }
}

export function evicted(situation: Situation): Draft | undefined {
  const recent = recentEvictions(situation)
  if (recent.length === 0) return undefined
  const { fsname, client, endsAt } = situation
  // who is looked at live has its connections seen
  const back = endsAt === undefined || recent.every(({ restoredAt }) => restoredAt !== undefined)
  const files = recent.flatMap(({ discarded }) => discarded)
  // of a log without times nobody knows how old it is; in a pasted text it is what was asked about
  const dated = endsAt !== undefined || recent.some(({ at }) => at !== undefined)
  return {
    code: 'evicted',
    verdict: dated ? 'confirmed' : 'inconclusive',
    severity: 'critical',
    summary: `${code(client)} was evicted from ${code(fsname)}${back ? ' and is connected again' : ''}; ${files.length > 0 ? `cached writes of ${counted(new Set(files.map(({ fid }) => fid)).size, 'file')} were lost` : 'what it had not written out yet was lost'}.`,
    details: evictionLines(situation),
    evidence: [...logProbe(situation), ...importProbe(situation)],
  }
}

function recentEvictions({ story, now, endsAt = now }: Situation): Eviction[] {
  return (story?.evictions ?? []).filter(({ at }) => isRecent(at, endsAt))
}

/** What an eviction lost. Source: the Lustre manual, Client Eviction; ll_dirty_page_discard_warn() in llite_lib.c. */
export function evictionLines(situation: Situation): string[] {
  return recentEvictions(situation).flatMap(({ target, at, restoredAt, discarded }) => {
    const meta = target.includes('-MDT')
    const lost = meta
      ? 'its locks and open files of that MDT are gone (programs get EIO or ESTALE on them)'
      : 'locks and data that it had in its cache for that OST, and had not written out, are gone (programs got EIO)'
    const back =
      restoredAt !== undefined && at !== undefined
        ? `; connected again after ${span((restoredAt - at) / 1000)}`
        : ''
    const files = [...new Map(discarded.map((each) => [each.fid, each])).values()]
    return [
      `Evicted by ${code(target)} ${when(at, situation.now)}${back}: ${lost}.`,
      ...files
        .slice(0, 5)
        .map(
          ({ fid, path }) => `May be corrupted: ${path === '' ? code(fid) : `${code(path)} (${code(fid)})`}.`,
        ),
      ...(files.length > 5 ? [`… and ${files.length - 5} more files.`] : []),
      ...(files.length > 0 ? [] : ['The log names no file; look at what wrote there at that time.']),
    ]
  })
}

/** Files go on without the MGS: it is needed to mount, and to hear of changes. Source: the Lustre manual, MGS. */
function mgsLost(situation: Situation): Draft | undefined {
  const { imports = [], fsname, client } = situation
  const mgc = imports.find((each) => isMgc(each))
  if (mgc && works(mgc)) return undefined
  const mgs = mgsServer(situation)
  return {
    code: mgc ? 'mgs-lost' : 'mgs-not-seen',
    verdict: mgc ? 'confirmed' : 'inconclusive',
    severity: 'warning',
    summary: `${code(fsname)} works on ${code(client)}, but ${mgc ? `its connection to the MGS does not (${mgc.state})` : 'its connection to the MGS was not seen'}.`,
    details: [
      'Files are not affected; new mounts, and news of changed servers, are.',
      mgs ? `The MGS runs on ${code(mgs.name)}.` : 'Where the MGS runs was not seen.',
    ],
    evidence: importProbe(situation),
  }
}

export function healed(situation: Situation): Draft | undefined {
  const { story, now, fsname, client, endsAt = now } = situation
  const recent = (story?.losses ?? []).filter(
    ({ at, byLock, restored }) => isRecent(at, endsAt) && !byLock && restored,
  )
  const last = recent.at(-1)
  if (!last) return undefined
  return {
    code: 'healed',
    verdict: 'ruled-out',
    severity: 'info',
    summary: situation.mounted
      ? `${code(fsname)} works on ${code(client)}; a connection was lost ${when(last.at, now)} and came back by itself.`
      : `${code(fsname)} lost a connection ${when(last.at, now)}, and it came back by itself.`,
    details: [
      ...recent.slice(-4).map(({ target, nid, at, restored }) => {
        const after =
          restored?.at !== undefined && at !== undefined ? ` after ${span((restored.at - at) / 1000)}` : ''
        return `${code(target)} at ${code(nid)}: lost ${when(at, now)}, back${after}${restored && restored.nid !== nid ? ` on ${code(restored.nid)}` : ''}, no eviction.`
      }),
      'Requests that were in progress were sent again; nothing was lost.',
    ],
    evidence: [...logProbe(situation), ...importProbe(situation)],
  }
}

function healthy(situation: Situation): Draft {
  const { imports = [], fsname, client, story, mounted: mounts } = situation
  const count = (type: string) => imports.filter((each) => each.type === type && works(each)).length
  const off = imports.filter((each) => each.inactive && !works(each)).map(({ target }) => target)
  const mgc = imports.find((each) => isMgc(each))
  const sure = story !== undefined && mounts !== undefined && mounts.length > 0
  const missing = [
    ...(mounts === undefined
      ? ['whether it is mounted']
      : mounts.length === 0
        ? ['where it is mounted']
        : []),
    ...(story ? [] : ['what happened before']),
  ]
  return {
    code: sure ? 'healthy' : 'connected',
    verdict: sure ? 'ruled-out' : 'inconclusive',
    severity: sure ? 'ok' : 'info',
    summary: sure
      ? `${code(fsname)} on ${code(client)} looks right: mounted, and all its servers are connected${off.length > 0 ? `, but for ${counted(off.length, 'target')} that somebody switched off` : ''}.`
      : `The servers of ${code(fsname)} are connected to ${code(client)} now; ${missing.join(' and ')} could not be seen.`,
    details: [
      `${counted(count('mdc'), 'MDT')} and ${counted(count('osc'), 'OST')} connected; MGS at ${code(mgc?.current ?? 'unknown')}.`,
      ...(mounts?.length === 0
        ? [
            'It is not in the list of mounts that was seen: a container may have it in its own, or it was unmounted lazily and is still in use.',
          ]
        : []),
      ...(off.length > 0
        ? [
            `Switched off (deactivated): ${off
              .slice(0, 8)
              .map((target) => code(target.replace(/_UUID$/, '')))
              .join(', ')}; files on it give errors.`,
          ]
        : []),
      ...(story?.last?.outcome === 'failed'
        ? ['An earlier failure to mount in the log is history: it is mounted now.']
        : []),
    ],
    evidence: [...importProbe(situation), ...logProbe(situation)],
  }
}
