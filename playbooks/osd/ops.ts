import { finished, type Printed } from '../shared/ceph/errors.ts'
import { field, isObject, list, object } from '../shared/ceph/fields.ts'
import { readJson } from '../shared/json.ts'

/** Requests that an OSD holds for too long: in itself, because other OSDs do not answer it, or because a PG does not serve. */
export type BlockedOps = { total: number; waitingForOthers: number; waitingForPgs: number; others: string[] }

/** What holds back a request until its PG has peered or its object is recovered (`mark_delayed` in PG.cc and PrimaryLogPG.cc). */
const PG_WAIT = /waiting for (?:peered|active|flushed|readable|clean|(?:missing|degraded|unreadable) object)/

/**
 * `ceph daemon osd.N dump_blocked_ops` (Infernalis and later). Where a request is stands in `type_data`: `flag_point`, and
 * events such as `waiting for subops from 3,7`; before Luminous a list of the same texts. A delayed request says why in its
 * last event, newer releases in the flag point itself (`OpRequest::_get_state_string`).
 */
export function readBlockedOps(printed: Printed): BlockedOps {
  const ops = list(field(object(readJson(finished(printed)), 'blocked ops'), 'ops'), 'ops').map((op) => {
    const texts = textsOf(isObject(op) ? field(op, 'type_data') : undefined)
    const [point = ''] = texts
    const reason = point === 'delayed' ? (texts.findLast((text) => /waiting for /.test(text)) ?? '') : point
    const replicas = /waiting for sub ?ops/.test(point) ? missingOf(texts) : []
    return { waitsForOthers: replicas.length > 0, waitsForPg: PG_WAIT.test(reason), replicas }
  })
  const others = ops.flatMap(({ replicas }) => replicas.filter((id) => id !== 'unknown'))
  return {
    total: ops.length,
    waitingForOthers: ops.filter(({ waitsForOthers }) => waitsForOthers).length,
    waitingForPgs: ops.filter(({ waitsForPg }) => waitsForPg).length,
    others: [...new Set(others)],
  }
}

/**
 * The replicas that have not answered. A request stays `waiting for sub ops` when all of them have committed and only its own
 * disk has not: `sub_op_commit_rec from 3`, in some releases without the number.
 */
function missingOf(texts: readonly string[]): string[] {
  const asked = texts.findLast((text) => /subops from \d/.test(text))
  const all = /subops from ([\d,()]+)/.exec(asked ?? '')?.[1]?.match(/\d+(?:\(\d+\))?/g) ?? []
  const answers = texts.filter((text) => /^sub_?op_commit_rec\b/.test(text))
  const named = new Set(answers.flatMap((text) => / from (?:osd\.)?(\d+(?:\(\d+\))?)/.exec(text)?.[1] ?? []))
  if (all.length === 0) return ['unknown']
  if (answers.length >= all.length) return []
  return all.filter((id) => !named.has(id)).map((id) => id.replace(/\(.*/, ''))
}

/** Every text inside, in order; the first is the flag point. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsOf)
  if (typeof value === 'object' && value !== null && 'entries' in value) {
    return (value.entries as [string, unknown][]).flatMap(([, each]) => textsOf(each))
  }
  return []
}
