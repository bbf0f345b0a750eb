import { code } from '../shared/text.ts'
import { nearestName } from './nearest.ts'
import { askedMgs, type Draft, isFresh, logProbe, type Situation } from './situation.ts'
import type { Attempt } from './story.ts'
import { errno, when } from './words.ts'

/** A server that will not talk to this release: nothing was asked of it, and the name is not the matter. */
export function versionRefused(situation: Situation, attempt: Attempt | undefined): Draft | undefined {
  if (attempt?.outcome !== 'failed' || !attempt.refused) return undefined
  const { fsname, client, now } = situation
  const { target, theirs, ours } = attempt.refused
  return {
    code: 'version-refused',
    verdict: isFresh(attempt.at, now) ? 'confirmed' : 'inconclusive',
    severity: 'critical',
    summary: `${code(fsname)} cannot be mounted on ${code(client)}: ${code(target)} (${theirs}) refuses clients of its release (${ours}).`,
    details: [
      `The mount failed with ${errno(attempt.rc)}, ${when(attempt.at, now)}; what the log says about a profile after that is a consequence.`,
      'Install a release of the client that this server knows, or upgrade the server.',
    ],
    evidence: logProbe(situation),
  }
}

const MINUTE_MS = 60_000
/** Whether requests to the MGS came to nothing just before a mount failed. */
function troubledThen({ story }: Situation, said: Attempt | undefined): boolean {
  return (story?.mgsTroubles ?? []).some(({ at }) => {
    const before = at !== undefined && said?.at !== undefined ? said.at - at : undefined
    return before !== undefined && before >= 0 && before <= MINUTE_MS
  })
}

/** The MGS answered that it has no such file system. */
export function wrongName(situation: Situation, attempt: Attempt | undefined): Draft | undefined {
  const { fsname, client, now, atMgs, others } = situation
  // a subdirectory that does not exist ends a mount with -2 as well, after the configuration was read
  const refusedName = attempt?.noProfile || (attempt?.rc === -2 && attempt.mgc !== undefined)
  const said = attempt?.outcome === 'failed' && refusedName ? attempt : undefined
  const lacks = atMgs !== undefined && !atMgs.includes(fsname)
  const known = atMgs ?? others
  if (!said && !(lacks && situation.mounted?.length === 0)) return undefined
  const near = nearestName(fsname, known)
  const exists = atMgs?.includes(fsname) === true
  const tried = said
    ? [
        `The MGS refused ${code(`${fsname}-client`)} with ${errno(said.rc)}, ${when(said.at, now)}. Mount prints "Is the filesystem name correct?".`,
      ]
    : []
  const list = atMgs
    ? [`The MGS has: ${atMgs.map(code).join(', ') || 'none'}.`]
    : ['The MGS could not be asked which it has.']
  const evidence = [
    ...(said ? logProbe(situation) : []),
    ...askedMgs(situation.evidence).flatMap(({ fileSystems }) => fileSystems?.observation?.probe ?? []),
  ]
  if (exists)
    return {
      code: 'no-config-then',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `The MGS did not know ${code(fsname)} when ${code(client)} tried to mount it, and does now.`,
      details: [...tried, ...list, 'It was made or rewritten in between, or the mount asked another MGS.'],
      evidence,
    }
  return {
    code: 'wrong-name',
    // without an answer of the MGS the profile is missing as well
    verdict:
      lacks || (isFresh(said?.at, now) && !troubledThen(situation, said)) ? 'confirmed' : 'inconclusive',
    severity: 'critical',
    summary: `There is no file system ${code(fsname)} on this MGS${near === undefined ? '' : `; the nearest is ${code(near)}`}.`,
    details: [...tried, ...list],
    evidence,
  }
}
