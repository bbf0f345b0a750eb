import { type Json, type JsonObject, readJson } from '../json.ts'
import { finished, type Printed } from './errors.ts'
import { field, isObject, list, object, string } from './fields.ts'

/** One complaint of the cluster: its code (Luminous and later), what it says, and the lines below it. */
export type HealthCheck = { code: string | undefined; message: string; detail: string[] }
export type Health = { status: string; checks: HealthCheck[] }

/**
 * `ceph health detail -f json`. Luminous and later: `checks` by code. Before: `summary`, `overall_status`, and one
 * `detail` for all. No checks: the cluster complains about nothing.
 */
export function readHealth(printed: Printed): Health {
  const health = object(readJson(finished(printed)), 'health')
  const checks = field(health, 'checks')
  if (checks !== undefined) {
    return {
      status: string(field(health, 'status'), 'status'),
      checks: object(checks, 'checks').entries.map(([code, value]) => readCheck(code, object(value, code))),
    }
  }
  const detail = list(field(health, 'detail'), 'detail').map((line) => string(line, 'detail'))
  const summaries = list(field(health, 'summary'), 'summary').map((each) =>
    string(field(object(each, 'summary'), 'summary'), 'summary'),
  )
  return {
    status: string(field(health, 'overall_status'), 'overall_status'),
    checks: summaries.map((message, at) => ({ code: undefined, message, detail: at === 0 ? detail : [] })),
  }
}

function readCheck(code: string, check: JsonObject): HealthCheck {
  const detail = field(check, 'detail')
  return {
    code,
    message: messageOf(field(check, 'summary'), code),
    detail: detail === undefined ? [] : list(detail, `${code} detail`).map((each) => messageOf(each, code)),
  }
}

function messageOf(value: Json | undefined, code: string): string {
  return isObject(value) ? string(field(value, 'message'), `${code} message`) : string(value, code)
}

/**
 * OSDs that health says have slow requests: `osd.4 has slow ops`, `daemons [osd.1,osd.4] have slow ops`,
 * `osds 4,7 have blocked requests > 32.768 sec`, `osd.4 has stuck requests > 4194.3 sec` (Luminous), `100 ops are blocked > 32.768 sec on osd.4` (before).
 */
export function slowOsds(health: Health): string[] {
  const text = health.checks.flatMap(({ message, detail }) => [message, ...detail])
  const slow = text.filter((line) => /slow ops|(?:slow|blocked|stuck) requests|ops are blocked/i.test(line))
  const ids = slow.flatMap((line) => [
    ...[...line.matchAll(/\bosd\.(\d+)/g)].map((match) => match[1]!),
    ...[...line.matchAll(/\bosds? (\d+(?:,\d+)*)/gi)].flatMap((match) => match[1]!.split(',')),
  ])
  return [...new Set(ids)].sort((a, b) => Number(a) - Number(b))
}
