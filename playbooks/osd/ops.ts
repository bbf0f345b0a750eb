import { finished, type Printed } from '../shared/ceph/errors.ts'
import { field, isObject, list, object } from '../shared/ceph/fields.ts'
import { readJson } from '../shared/json.ts'

/** Requests that an OSD holds for too long: in itself, or because other OSDs do not answer it. */
export type BlockedOps = { total: number; waitingForOthers: number; others: string[] }

/**
 * `ceph daemon osd.N dump_blocked_ops` (Infernalis and later). Where a request is stands in `type_data`: `flag_point`, and
 * events such as `waiting for subops from 3,7`; before Luminous a list of the same texts.
 */
export function readBlockedOps(printed: Printed): BlockedOps {
  const ops = list(field(object(readJson(finished(printed)), 'blocked ops'), 'ops'), 'ops')
  const waits = ops.map((op) => {
    const texts = textsOf(isObject(op) ? field(op, 'type_data') : undefined)
    return texts.findLast((text) => /waiting for sub ?ops/.test(text))
  })
  const waiting = ops.filter((op) => {
    const texts = textsOf(isObject(op) ? field(op, 'type_data') : undefined)
    return /waiting for sub ?ops/.test(texts[0] ?? '')
  }).length
  const others = waits.flatMap((text) => /subops from ([\d,]+)/.exec(text ?? '')?.[1]?.split(',') ?? [])
  return { total: ops.length, waitingForOthers: waiting, others: [...new Set(others)].filter(Boolean) }
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
