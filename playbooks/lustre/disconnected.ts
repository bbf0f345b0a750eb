import { code } from '../shared/text.ts'
import { type Import, isMgc, works } from './imports.ts'
import { type Draft, importProbe, logProbe, type Situation } from './situation.ts'
import { counted, when } from './words.ts'

/** Steps on the way to a connection; CONNECTING also when an idle one is given up (ptlrpc_disconnect_and_idle_import() in import.c). */
const isOnItsWay = ({ state }: Import) =>
  /^(NEW|CONNECTING|REPLAY|REPLAY_LOCKS|REPLAY_WAIT|RECOVER)$/.test(state)

/** Servers that a mounted file system has no connection to, or none yet. */
export function disconnected(situation: Situation): Draft | undefined {
  const { imports = [], fsname, client, story, now } = situation
  const broken = imports.filter((each) => !isMgc(each) && !works(each) && !each.inactive)
  if (broken.length === 0) return undefined
  const of = imports.filter((each) => !isMgc(each)).length
  const lost = (each: Import) =>
    story?.losses.some(({ device, restored }) => device === each.device && !restored) === true
  if (broken.every((each) => isOnItsWay(each) && !lost(each)))
    return {
      code: 'connecting',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `${broken.length} of ${counted(of, 'connection')} of ${code(fsname)} on ${code(client)} ${broken.length === 1 ? 'is' : 'are'} just being made; check again in a minute.`,
      details: [
        ...broken.slice(0, 8).map(({ target, state }) => `${code(target.replace(/_UUID$/, ''))}: ${state}.`),
        'A connection that was idle looks like that for a moment when it ends and when it begins; one to a server that was restarted, until it has recovered.',
      ],
      evidence: [...importProbe(situation), ...logProbe(situation)],
    }
  return {
    code: 'disconnected',
    verdict: 'confirmed',
    severity: 'critical',
    summary: `${code(fsname)} hangs in part on ${code(client)}: ${broken.length} of ${counted(of, 'connection')} to its servers ${broken.length === 1 ? 'does' : 'do'} not work.`,
    details: [
      ...broken.slice(0, 8).map((each) => {
        const loss = story?.losses.findLast(({ device, restored }) => device === each.device && !restored)
        return `${code(each.target.replace(/_UUID$/, ''))}: ${each.state}${each.current === undefined ? '' : `, server ${code(each.current)}`}${loss ? `, lost ${when(loss.at, now)}` : ''}.`
      }),
      ...(broken.length > 8 ? [`… and ${broken.length - 8} more.`] : []),
      'What is in progress there waits until the connection is back, or fails if the client is evicted meanwhile.',
    ],
    evidence: [...importProbe(situation), ...logProbe(situation)],
  }
}
