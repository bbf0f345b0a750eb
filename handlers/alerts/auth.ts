import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** How a source proves that it is who it says. Secrets come from the environment, never from the configuration file. */
export type Proof = { bearer: string } | { hmac: string; header: string }

/** Whether a delivery was sent by someone who knows the secret; takes the same time for every wrong one. */
export function isGenuine(
  proof: Proof,
  headers: Record<string, string | string[] | undefined>,
  body: Buffer,
): boolean {
  if ('bearer' in proof) {
    const given = /^Bearer (.+)$/i.exec(String(headers.authorization ?? ''))?.[1]
    return given !== undefined && same(given, proof.bearer)
  }
  const expected = createHmac('sha256', proof.hmac).update(body).digest('hex')
  // PagerDuty sends one signature per secret while secrets are rotated: `v1=…,v1=…`
  const given = String(headers[proof.header.toLowerCase()] ?? '').split(',')
  return given.some((part) => same(part.trim().replace(/^(v1|sha256)=/, ''), expected))
}

function same(a: string, b: string): boolean {
  // of equal length whatever was given
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(a), hash(b))
}
