import type { Diagnosis } from '../playbooks/shared/finding.ts'

const HIDDEN = '***'

/** Names under which a secret stands: `password`, `node.session.auth.password_in`, `secret_key`; not `rbd_secret_uuid`, which is none. */
const NAMED = '(?<![\\w.-])[\\w.-]{0,60}(?:password|passwd|passphrase|secret)(?:_(?!uuid)\\w{1,20})?'

/** What secrets look like that pass through here, and what is left of them. Repetitions are bounded: lines may be huge. */
const SECRETS: readonly [RegExp, string | ((...found: string[]) => string)][] = [
  // Slack bot, user, app and refresh tokens: xoxb-…, xoxe.xoxp-…, xapp-…
  [/\b(xox[a-z](?:\.xox[a-z])?-|xapp-)[\w-]+/gi, `$1${HIDDEN}`],
  // Slack's incoming webhooks: whoever has the address may post
  [/(https:\/\/hooks\.slack\.com\/)[\w/-]+/gi, `$1${HIDDEN}`],
  // Ceph keys: 28 bytes in base64, the first of them the type 1
  [/(?<![A-Za-z0-9+/])AQ[A-Za-z0-9+/]{36}==/g, `AQ${HIDDEN}`],
  // the same cut or wrapped, behind its name in a keyring, a mount option, JSON or a command line
  [/((?:\bkey"?[ \t]*[=:]|--key[ \t])[ \t]*"?)AQ[A-Za-z0-9+/=]{4,}/gi, `$1AQ${HIDDEN}`],
  // scheme://user:password@host; greedy, because people paste passwords that hold an @ or a /
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/[^\s:@/]{0,100}):[^\s"'<>]{1,300}@/gi, `$1:${HIDDEN}@`],
  // ?password=…, &sentinelPassword=…, token=…
  [/(\b\w{0,60}(?:password|passwd|secret|token)=)[^\s&"']+/gi, `$1${HIDDEN}`],
  // iscsid.conf, targetcli, /sys, JSON and YAML: `node.session.auth.password = x`, `"secret_key": "x"`
  [new RegExp(`(${NAMED}"?[ \\t]*[:=][ \\t]*"?)[^\\s"',;&]+`, 'gi'), `$1${HIDDEN}`],
  [/("(?:\w{0,60}_)?token"[ \t]*:[ \t]*")[^"\n]+/gi, `$1${HIDDEN}`],
  // CHAP users of SCST: IncomingUser "joe secret"
  [/(\b(?:Incoming|Outgoing)User\d*[ \t]+"?[^\s"]{1,100}[ \t]+)[^\s"]+/gi, `$1${HIDDEN}`],
  // on command lines, which `ps` shows: --password X, -w X of ldap tools is not known to be one
  [/(--?(?:password|passwd|secret|token|api-?key)(?:=|\s+))[^\s"']+/gi, `$1${HIDDEN}`],
  // HTTP: Authorization: Bearer …, X-Auth-Token: …
  [
    /(\b(?:proxy-)?authorization"?[ \t]*[:=][ \t]*"?(?:(?:basic|bearer|digest|negotiate|token|aws)[ \t]+)?)[^\s"']+/gi,
    `$1${HIDDEN}`,
  ],
  [/(\bx-(?:auth|api)-(?:token|key)"?[ \t]*[:=][ \t]*"?)[^\s"']+/gi, `$1${HIDDEN}`],
  [/(\bbearer[ \t]+)[\w.~+/=-]{16,}/gi, `$1${HIDDEN}`],
  // JSON web tokens
  [/\beyJ[\w-]{10,}\.[\w-]{5,}(?:\.[\w-]*)?/g, `eyJ${HIDDEN}`],
  [
    /(-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----)((?:(?!-----)[\s\S]){0,16384})(-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----)/g,
    (_, begin, body, end) => `${begin}${HIDDEN}${emptied(body!)}${end}`,
  ],
  // its end is cut off: what follows in the form of a key
  [
    /(-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----)((?:[ \t]*\r?\n[ \t>]*(?:[A-Za-z0-9+/=]{16,200}|[A-Z][\w-]{2,20}: [^\n]*|)(?=[ \t]*(?:\r?\n|$)))+)/g,
    (_, begin, body) => `${begin}${HIDDEN}${emptied(body!)}`,
  ],
]

/** Whatever has none of these holds none of them: nearly every text, and it is told in a fraction of the time. */
const MAY_HOLD =
  /xox|xapp-|hooks\.slack|aq|:\/\/|passw|passphrase|secret|token|(?:incoming|outgoing)user|api-?key|authorization|x-a(?:uth|pi)-|bearer|eyj|-----BEGIN/i

/** As many lines as before, so that line numbers stay right. */
function emptied(body: string): string {
  return body.replace(/[^\n]+/g, '')
}

/** The same text, line for line, with what looks like a secret replaced by `***`. Masking twice changes nothing more. */
export function mask(text: string): string {
  if (!MAY_HOLD.test(text)) return text
  return SECRETS.reduce(
    (masked, [pattern, left]) =>
      typeof left === 'string' ? masked.replace(pattern, left) : masked.replace(pattern, left),
    text,
  )
}

/** The same value with every text in it masked; keys stay as they are. */
export function maskDeep<T>(value: T): T {
  if (typeof value === 'string') return mask(value) as T
  if (Array.isArray(value)) return value.map(maskDeep) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, maskDeep(inner)])) as T
}

const LABEL_LIMIT = 60

/** The same diagnosis with every text in it masked, but for what offers are compared and run by: that stays to the letter. */
export function maskDiagnosis(diagnosis: Diagnosis): Diagnosis {
  const offers = diagnosis.offers.map((offer) => {
    const { remedy: _remedy, params: _params, basis: _basis, typed: _typed, ...words } = offer
    // what stands for a secret may be longer than it
    return { ...offer, ...maskDeep(words), label: mask(offer.label).slice(0, LABEL_LIMIT) }
  })
  return { ...maskDeep({ ...diagnosis, offers: [] }), offers }
}
