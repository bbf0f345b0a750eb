import { isObject } from '../../shared/ceph/fields.ts'
import { hasKeys, listAt, objectAt, type Here as Spot, textAt } from '../../shared/ceph/pasted/shapes.ts'
import type { Json, JsonObject } from '../../shared/json.ts'
import { type Scene, sayOsd } from './scene.ts'

/** Requests older than this are slow: `osd_op_complaint_time`. */
const COMPLAINT_S = 30
const MOST_OPS = 60

/**
 * `dump_ops_in_flight`, `dump_blocked_ops` (now), `dump_historic_ops`, `dump_historic_slow_ops` (past: with `size` and
 * `duration`, before Jewel `num to keep`). Clients, objects and the OSDs that a request waits for.
 */
export function readOps(of: JsonObject, { scene, document }: Spot<Scene>): boolean {
  const ops = listAt(of, 'ops') ?? listAt(of, 'Ops')
  const past = hasKeys(of, 'size', 'duration') || hasKeys(of, 'num to keep')
  if (!ops || !(hasKeys(of, 'num_ops') || hasKeys(of, 'num_blocked_ops') || past)) return false
  scene.notes.recognise(past ? 'dump_historic_ops' : 'dump_ops_in_flight', document.from, document.to)
  const slow: string[] = []
  for (const [at, op] of ops.filter(isObject).entries()) {
    const description = textAt(op, 'description') ?? ''
    // how long it took; or how long it has been there
    const seconds = past ? textAt(op, 'duration') : textAt(op, 'age')
    const isSlow = Number(seconds ?? 0) >= COMPLAINT_S
    if (isSlow) slow.push(`${seconds} s: ${description}`)
    if (at < MOST_OPS || isSlow) noteOp(scene, op, description)
  }
  scene.ops.push({ past, slow, count: ops.length, line: document.text[0] ?? '' })
  return true
}

function noteOp(scene: Scene, op: JsonObject, description: string): void {
  const data = objectAt(op, 'type_data')
  const client = data && objectAt(data, 'client_info')
  const texts = textsIn(objectAt(op, 'type_data') ?? listAt(op, 'type_data') ?? null)
  const waits = texts.findLast((text) => /subops from [\d,]+/.test(text))
  const waitsFor = /subops from ([\d,]+)/
    .exec(waits ?? '')?.[1]
    ?.split(',')
    .filter(Boolean)
  for (const id of waitsFor ?? []) sayOsd(scene, id, waits!, {})
  scene.notes.fact('ops', {
    ...{
      description,
      age: textAt(op, 'age'),
      duration: textAt(op, 'duration'),
      initiatedAt: textAt(op, 'initiated_at') ?? textAt(op, 'received_at'),
    },
    flagPoint: (data && textAt(data, 'flag_point')) ?? texts[0],
    client: (client && textAt(client, 'client')) ?? /\bclient\.\d+/.exec(description)?.[0],
    address: client && textAt(client, 'client_addr'),
    object: /\brbd_(?:data|header)\.[0-9a-z.]+|\brb\.\d[\w.]+/.exec(description)?.[0],
    waitsFor,
  })
}

function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsIn)
  return isObject(value) ? value.entries.flatMap(([, each]) => textsIn(each)) : []
}
