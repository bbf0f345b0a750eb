import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAudit } from '../../jobs/audit.ts'
import { type AuditEntry, auditLine, chained, NO_ENTRY, verifyAudit } from '../../jobs/audit-chain.ts'
import { keyOf } from '../../jobs/redis/keys.ts'
import { startRedis, type TestRedis } from './redis-server.ts'
import { NOON } from './sample.ts'

const note = (action: string) => ({ at: NOON, actor: 'mei', action, subject: 'apr-000001', detail: { n: 1 } })

function trail(length: number): AuditEntry[] {
  const entries: AuditEntry[] = []
  for (let i = 0; i < length; i++) entries.push(chained(note(`step ${i}`), entries.at(-1)))
  return entries
}

describe('a trail', () => {
  const whole = trail(6)
  const lines = whole.map((entry) => `${auditLine(entry)}\n`).join('')

  it('is whole as exported, needing nothing but its text', () => {
    expect(verifyAudit(lines)).toEqual({ ok: true, count: 6, head: whole[5]!.hash })
    expect(verifyAudit('')).toEqual({ ok: true, count: 0, head: NO_ENTRY })
  })

  it('hashes what anyone can hash again: canonical JSON without the hash itself', () => {
    const { hash, ...body } = whole[1]!
    const text = `{"action":"step 1","actor":"mei","at":${NOON},"detail":{"n":1},"prev":"${body.prev}","seq":2,"subject":"apr-000001"}`
    expect(createHash('sha256').update(text).digest('hex')).toBe(hash)
  })

  it('shows any single changed character', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: lines.length - 1 }),
        fc.constantFrom('0', 'x', '"', '\n', ' 9'),
        (at, other) => {
          const changed = lines.slice(0, at) + other + lines.slice(at + 1)
          // white space between entries says nothing
          fc.pre(changed.trim() !== lines.trim() && lines[at] !== '\n')
          expect(verifyAudit(changed).ok).toBe(false)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('shows an entry that was removed, put in, doubled or swapped, and where', () => {
    const [a, b, c, d, e, f] = whole as [
      AuditEntry,
      AuditEntry,
      AuditEntry,
      AuditEntry,
      AuditEntry,
      AuditEntry,
    ]
    const foreign = chained(note('never happened'), b)
    expect(verifyAudit([b, c, d, e, f])).toMatchObject({ ok: false, seq: 1 })
    expect(verifyAudit([a, b, d, e, f])).toMatchObject({ ok: false, seq: 3 })
    expect(verifyAudit([a, b, foreign, d, e, f])).toMatchObject({ ok: false, seq: 4 })
    expect(verifyAudit([a, b, foreign, c, d, e, f])).toMatchObject({ ok: false, seq: 4 })
    expect(verifyAudit([a, b, b, c])).toMatchObject({ ok: false, seq: 3 })
    expect(verifyAudit([a, c, b, d])).toMatchObject({ ok: false, seq: 2 })
    expect(verifyAudit([a, b, { ...c, note: 'x' }])).toMatchObject({ ok: false, seq: 3 })
  })

  it('shows an end that was cut off, to whoever noted the head before', () => {
    const head = whole[5]!.hash
    expect(verifyAudit(whole.slice(0, 5)).ok).toBe(true)
    expect(verifyAudit(whole.slice(0, 5), head)).toMatchObject({ ok: false, seq: 6 })
    expect(verifyAudit([...whole, chained(note('later'), whole[5])], head).ok).toBe(true)
  })
})

describe('the audit', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  it('keeps one chain through 200 appends at once over several connections', async () => {
    const audits = await Promise.all(
      Array.from({ length: 4 }, async () => createAudit(await redis.connect())),
    )
    const appended = await Promise.all(
      Array.from({ length: 200 }, (_, i) => audits[i % audits.length]!.append(note(`step ${i}`))),
    )
    expect(new Set(appended.map(({ seq }) => seq)).size).toBe(200)
    const lines = (await Array.fromAsync(audits[0]!.exportLines())).join('')
    expect(verifyAudit(lines)).toMatchObject({ ok: true, count: 200 })
    const actions = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).action)
    expect(actions.toSorted()).toEqual(Array.from({ length: 200 }, (_, i) => `step ${i}`).toSorted())
  })

  it('reads from any number on, and nothing past the end', async () => {
    const audit = createAudit(await redis.connect())
    expect((await audit.read(199)).map(({ seq }) => seq)).toEqual([199, 200])
    expect((await audit.read(3, 2)).map(({ seq }) => seq)).toEqual([3, 4])
    expect(await audit.read(201)).toEqual([])
  })

  it('stores no secret, in whatever text it came', async () => {
    const client = await redis.connect()
    const secret = 'xoxb-123456789012-abcdef'
    const detail = { deep: [{ url: 'redis://u:hunter2@h', token: secret }] }
    const entry = await createAudit(client).append({ ...note(`said ${secret}`), detail })
    expect(entry).toMatchObject({ action: 'said xoxb-***', detail: { deep: [{ url: 'redis://u:***@h' }] } })
    const stored = (await client.lrange(keyOf('audit'), 0, -1)).join('\n')
    expect(stored).not.toMatch(/abcdef|hunter2/)
    expect(verifyAudit(stored).ok).toBe(true)
  })
})
