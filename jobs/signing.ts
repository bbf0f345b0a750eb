import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto'
import { canonical } from './canonical.ts'
import { Mandate, RemedyRequest } from './contracts.ts'

/** Both halves as PEM text: the bot keeps the private one (PKCS#8), workers get the public one (SPKI). */
export type KeyPair = { publicKey: string; privateKey: string }

/** A key that can't be used. The text of a private key never appears in the message. */
export class BadSigningKey extends Error {
  readonly code = 'bad-signing-key'
  constructor(half: 'private' | 'public', why: string, options?: ErrorOptions) {
    super(`The ${half} signing key is not usable: ${why}. It has to be an Ed25519 key in PEM.`, options)
    this.name = 'BadSigningKey'
  }
}

export type Verified =
  | { ok: true; mandate: Mandate }
  | {
      ok: false
      code: 'malformed' | 'bad-signature' | 'own-approval' | 'too-few-approvals' | 'past-deadline'
      why: string
    }

export function createKeyPair(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/** The bot's Ed25519 signature (base64) over the mandate. Throws BadSigningKey. */
export function sign(mandate: Mandate, privateKey: string): string {
  return signBytes(null, signedText(Mandate.parse(mandate)), keyOf('private', privateKey)).toString('base64')
}

/**
 * Whether a request from the queue may be acted on at `now` (ms since the epoch): shape, signature, enough
 * approvals and none by the requester, deadline, in this order. Only the returned mandate is covered by the signature: use that one.
 * Throws BadSigningKey, because a worker with an unusable key must not start.
 */
export function verify(request: unknown, publicKey: string, now: number): Verified {
  const verified = verifyMandate(request, publicKey)
  if (!verified.ok || now < verified.mandate.deadline) return verified
  const why = `it had to start before ${iso(verified.mandate.deadline)}`
  return { ok: false, code: 'past-deadline', why }
}

/** The same without the deadline: what an approved remedy set up may be taken back at any time. Throws BadSigningKey. */
export function verifyMandate(request: unknown, publicKey: string): Verified {
  const key = keyOf('public', publicKey)
  const parsed = RemedyRequest.safeParse(request)
  if (!parsed.success) return { ok: false, code: 'malformed', why: 'this is not a remedy request' }
  const { mandate, signature } = parsed.data
  if (!verifyBytes(null, signedText(mandate), key, Buffer.from(signature, 'base64'))) {
    return {
      ok: false,
      code: 'bad-signature',
      why: 'the signature is not by the bot that this worker trusts',
    }
  }
  if (mandate.approvedBy.some(({ user }) => user === mandate.requestedBy)) {
    return { ok: false, code: 'own-approval', why: 'the requester is among the approvers' }
  }
  if (new Set(mandate.approvedBy.map(({ user }) => user)).size < mandate.approvals) {
    return {
      ok: false,
      code: 'too-few-approvals',
      why: `${mandate.approvals} different people had to approve it`,
    }
  }
  return { ok: true, mandate }
}

/** Says what the text is, so that a signature over something else can never pass as a mandate. */
function signedText(mandate: Mandate): Buffer {
  return Buffer.from(`unwedge-mandate-1\n${canonical(mandate)}`)
}

function keyOf(half: 'private' | 'public', pem: string): KeyObject {
  // createPublicKey would accept it, and a worker would hold what only the bot may hold
  if (half === 'public' && pem.includes('PRIVATE KEY')) throw new BadSigningKey(half, 'it is a private one')
  let key: KeyObject
  try {
    key = half === 'private' ? createPrivateKey(pem) : createPublicKey(pem)
  } catch {
    throw new BadSigningKey(half, 'it cannot be read')
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new BadSigningKey(half, `it is ${key.asymmetricKeyType}`)
  return key
}

function iso(ms: number): string {
  return Number.isFinite(new Date(ms).getTime()) ? new Date(ms).toISOString() : String(ms)
}
