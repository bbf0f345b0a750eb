import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RemedyRequest } from '../../jobs/contracts.ts'
import { createKeyPair, sign, verify, verifyMandate } from '../../jobs/signing.ts'
import { NOON, sampleMandate, TEN_PAST } from './sample.ts'

const { publicKey, privateKey } = createKeyPair()
const mandate = sampleMandate()
const request: RemedyRequest = { mandate, signature: sign(mandate, privateKey), origin: { channel: 'C1' } }

describe('a signed mandate', () => {
  it('is accepted after its way through the queue', () => {
    const received = JSON.parse(JSON.stringify(request))
    expect(verify(received, publicKey, NOON)).toEqual({ ok: true, mandate })
  })

  it('is accepted whatever the order of its keys', () => {
    const turned = Object.fromEntries(Object.entries(mandate).reverse())
    expect(verify({ ...request, mandate: turned }, publicKey, NOON).ok).toBe(true)
  })

  it('is refused when any text or number in it is changed, wherever it stands', () => {
    const leaves = leavesOf(mandate)
    expect(leaves.length).toBeGreaterThan(12)
    fc.assert(
      fc.property(fc.constantFrom(...leaves), fc.string({ minLength: 1 }), (path, change) => {
        const changed = structuredClone(request)
        alter(changed.mandate, path, change)
        expect(verify(changed, publicKey, NOON)).toMatchObject({ ok: false })
      }),
      { numRuns: 300 },
    )
  })

  it.each(Object.keys(mandate))('is refused without its %s', (field) => {
    const { [field]: _gone, ...rest } = mandate as Record<string, unknown>
    expect(verify({ ...request, mandate: rest }, publicKey, NOON)).toMatchObject({ ok: false })
  })

  it('is refused with one more argument or parameter, or one more approver', () => {
    for (const added of [
      { args: { ...mandate.args, namespace: 'x' } },
      { params: { ...mandate.params, force: 'true' } },
      { approvedBy: [...mandate.approvedBy, { user: 'tomas', at: NOON }] },
    ]) {
      const changed = { ...request, mandate: { ...mandate, ...added } }
      expect(verify(changed, publicKey, NOON)).toMatchObject({ code: 'bad-signature' })
    }
  })

  it('hands over only what the signature covers', () => {
    const padded = { ...request, mandate: { ...mandate, argv: ['rm', '-rf', '/'] } }
    expect(verify(padded, publicKey, NOON)).toEqual({ ok: true, mandate })
  })

  it('is refused when another key signed it', () => {
    const forged = { ...request, signature: sign(mandate, createKeyPair().privateKey) }
    expect(verify(forged, publicKey, NOON)).toMatchObject({ code: 'bad-signature' })
  })

  it.each(['', 'AAAA', '***', 'A'.repeat(4000)])('is refused with the signature "%.6s"', (signature) => {
    expect(verify({ ...request, signature }, publicKey, NOON)).toMatchObject({ code: 'bad-signature' })
  })

  it.each([undefined, null, 'x', {}, { mandate }, []])('is refused when it is %j', (junk) => {
    expect(verify(junk, publicKey, NOON)).toMatchObject({ code: 'malformed' })
  })

  it('is good for taking back at any time, if it is good at all', () => {
    expect(verifyMandate(request, publicKey)).toEqual({ ok: true, mandate })
    const other = { ...request, mandate: { ...mandate, deadline: mandate.deadline + 1 } }
    expect(verifyMandate(other, publicKey)).toMatchObject({ ok: false, code: 'bad-signature' })
  })

  it('ends at its deadline, to the millisecond', () => {
    expect(verify(request, publicKey, TEN_PAST - 1).ok).toBe(true)
    expect(verify(request, publicKey, TEN_PAST)).toMatchObject({ code: 'past-deadline' })
    expect(verify(request, publicKey, Number.NaN)).toMatchObject({ code: 'past-deadline' })
  })

  it('is refused when the requester is among its approvers, also if the bot signed that', () => {
    const own = { ...mandate, approvedBy: [{ user: 'lin', at: NOON }] }
    const signed = { ...request, mandate: own, signature: sign(own, privateKey) }
    expect(verify(signed, publicKey, NOON)).toMatchObject({ code: 'own-approval' })
  })

  it('is refused with fewer different approvers than it asks for, also if the bot signed that', () => {
    const twice = [...mandate.approvedBy, { user: 'mei', at: NOON + 1 }]
    const two = { ...mandate, approvals: 2 as const, approvedBy: twice }
    const signed = { ...request, mandate: two, signature: sign(two, privateKey) }
    expect(verify(signed, publicKey, NOON)).toMatchObject({ code: 'too-few-approvals' })
  })
})

describe('keys', () => {
  it('refuses a worker that holds the private half', () => {
    expect(() => verify(request, privateKey, NOON)).toThrow(
      /public signing key is not usable: it is a private one/,
    )
  })

  it('refuses keys of another kind and what is no key, without repeating them', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    expect(() => sign(mandate, rsa.export({ type: 'pkcs8', format: 'pem' }).toString())).toThrow(/it is rsa/)
    expect(() => sign(mandate, 'hunter2')).toThrow(/^(?!.*hunter2).*it cannot be read/)
  })
})

type Path = (string | number)[]

function leavesOf(value: unknown, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [path]
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]))
}

/** Puts `change` behind a text; adds its length to a number. */
function alter(value: object, path: Path, change: string): void {
  const inner = path
    .slice(0, -1)
    .reduce((at, key) => at[key] as Record<string, unknown>, value as Record<string, unknown>)
  const last = path.at(-1) as string
  const old = inner[last]
  inner[last] = typeof old === 'number' ? old + change.length : `${old}${change}`
}
