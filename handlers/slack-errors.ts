import { ErrorCode } from '@slack/web-api'

/**
 * What a failed Slack call means for the one who made it.
 * - `later`: certainly not done; try again after `retryAfterMs`
 * - `unsure`: the answer was lost; it may have been done
 * - `never`: Slack will not take this, however often it is tried
 */
export type SlackFailure =
  | { kind: 'later'; retryAfterMs: number }
  | { kind: 'unsure' }
  | { kind: 'never'; error: string }

const OUTAGES = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
  'ratelimited',
])
// what an operator can mend while the message waits
const MENDABLE = new Set([
  'invalid_auth',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'not_authed',
  'missing_scope',
  'org_login_required',
  'ekm_access_denied',
])

type SlackCallError = {
  code?: string
  retryAfter?: number
  statusCode?: number
  data?: { error?: string }
  /** undici puts the system's error into `cause` */
  original?: { code?: string; cause?: { code?: string } }
}

// the request never left this machine
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

export function classify(error: unknown): SlackFailure {
  const { code, retryAfter, statusCode, data, original } = error as SlackCallError
  if (code === ErrorCode.RateLimitedError)
    return { kind: 'later', retryAfterMs: Math.max(1, retryAfter ?? 1) * 1000 }
  if (code === ErrorCode.PlatformError) {
    const name = data?.error ?? 'unknown'
    if (name === 'fatal_error' || name === 'internal_error') return { kind: 'unsure' }
    if (OUTAGES.has(name)) return { kind: 'later', retryAfterMs: 5_000 }
    if (MENDABLE.has(name)) return { kind: 'later', retryAfterMs: 30_000 }
    return { kind: 'never', error: name }
  }
  if (code === ErrorCode.HTTPError)
    return statusCode !== undefined && statusCode < 500
      ? { kind: 'later', retryAfterMs: 10_000 }
      : { kind: 'unsure' }
  const system = original?.code ?? original?.cause?.code
  return system !== undefined && NEVER_SENT.has(system)
    ? { kind: 'later', retryAfterMs: 2_000 }
    : { kind: 'unsure' }
}
