const HIDDEN = '***'

/** What secrets look like that pass through here, and what is left of them. */
const SECRETS: readonly [RegExp, string][] = [
  // Slack bot, user, app and refresh tokens: xoxb-…, xoxe.xoxp-…, xapp-…
  [/\b(xox[a-z](?:\.xox[a-z])?-|xapp-)[\w-]+/gi, `$1${HIDDEN}`],
  // Slack's incoming webhooks: whoever has the address may post
  [/(https:\/\/hooks\.slack\.com\/)[\w/-]+/gi, `$1${HIDDEN}`],
  // Ceph keys: 28 bytes in base64, the first of them the type 1
  [/(?<![A-Za-z0-9+/])AQ[A-Za-z0-9+/]{36}==/g, `AQ${HIDDEN}`],
  // scheme://user:password@host; greedy, because people paste passwords that hold an @ or a /
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:@/]*):[^\s"'<>]+@/gi, `$1:${HIDDEN}@`],
  // ?password=…, &sentinelPassword=…, token=…
  [/(\b\w*(?:password|passwd|secret|token)=)[^\s&"']+/gi, `$1${HIDDEN}`],
  // on command lines, which `ps` shows: --password X, -w X of ldap tools is not known to be one
  [/(--?(?:password|passwd|secret|token|api-?key)(?:=|\s+))[^\s"']+/gi, `$1${HIDDEN}`],
  [/(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, `$1${HIDDEN}$2`],
]

/** The same text with what looks like a secret replaced by `***`. Masking twice changes nothing more. */
export function mask(text: string): string {
  return SECRETS.reduce((masked, [pattern, left]) => masked.replace(pattern, left), text)
}

/** The same value with every text in it masked; keys stay as they are. */
export function maskDeep<T>(value: T): T {
  if (typeof value === 'string') return mask(value) as T
  if (Array.isArray(value)) return value.map(maskDeep) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, maskDeep(inner)])) as T
}
