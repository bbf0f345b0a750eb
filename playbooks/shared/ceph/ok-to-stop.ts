import { readJson } from '../json.ts'
import { NotSeen } from '../probe.ts'
import { code, withoutLog } from '../text.ts'
import { finished, type Printed } from './errors.ts'
import { digits, field, list, object, string } from './fields.ts'

/** What stopping an OSD would do. `why`: what the manager says against it. */
export type OkToStop =
  | {
      ok: true /** PGs that go on with fewer copies; undefined where the release gives no number */
      degraded: number | undefined
    }
  | {
      ok: false
      why: string /** PGs that would stop; empty where the release does not name them */
      pgs: string[]
    }

/**
 * `ceph osd ok-to-stop N` (Luminous and later; needs a manager). 0 is yes and 16 (EBUSY) is no; since Pacific there is
 * JSON on stdout in both cases, before that a sentence on stderr: "OSD(s) 4 are ok to stop without reducing
 * availability …" (DaemonServer.cc). Nothing else counts as a yes.
 */
export function readOkToStop(printed: Exclude<Printed, string>): OkToStop {
  const refused = printed.exitCode === 16 && /Error EBUSY: (.+)/.exec(printed.stderr)
  if (refused) return { ok: false, why: refused[1]!.trim(), pgs: pgsIn(printed.stdout) }
  const text = finished(printed).trim()
  if (!text.startsWith('{')) {
    // the sentence stands alone, on stderr
    const said = text === '' ? withoutLog(printed.stderr) : text
    const degraded = /(\d+) PGs are likely to be degraded/.exec(said)
    if (!/\bok to stop without reducing\b/.test(said)) {
      throw new NotSeen('unparsable', `not an answer of \`ok-to-stop\`: ${code(said.trim())}`)
    }
    return { ok: true, degraded: degraded ? Number(degraded[1]) : undefined }
  }
  const answer = object(readJson(text), 'ok-to-stop')
  if (field(answer, 'ok_to_stop') !== true) {
    throw new NotSeen('unparsable', 'ok_to_stop: expected true, as the exit code says')
  }
  const ok = Number(digits(field(answer, 'num_ok_pgs'), 'num_ok_pgs'))
  return { ok: true, degraded: ok }
}

function pgsIn(stdout: string): string[] {
  const text = withoutLog(stdout).trim()
  if (!text.startsWith('{')) return []
  const named = field(object(readJson(text), 'ok-to-stop'), 'bad_become_inactive')
  return named === undefined
    ? []
    : list(named, 'bad_become_inactive').map((pg) => string(pg, 'bad_become_inactive'))
}
