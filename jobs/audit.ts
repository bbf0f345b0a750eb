import { setTimeout as sleep } from 'node:timers/promises'
import { AuditEntry, type AuditNote, auditLine, chained } from './audit-chain.ts'
import { maskDeep } from './mask.ts'
import type { RedisClient } from './redis/dial.ts'
import { keyOf } from './redis/keys.ts'
import { replicated } from './redis/replicated.ts'
import { reaching } from './redis/unreachable.ts'

/** Appends only to the end that the new entry names as its predecessor. */
const APPEND = `
if (redis.call('LINDEX', KEYS[1], -1) or '') ~= ARGV[1] then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[2])
return 1`

const ATTEMPTS = 1000
const PAGE = 500
const LATEST = 2000

type Scripted = { unwedgeAppend(...args: string[]): Promise<number> }

export type Audit = {
  /** Writes one entry, what looks like a secret masked, and returns it. Throws QueueUnreachable. */
  append(note: AuditNote): Promise<AuditEntry>
  /** entries from number `from` (1 is the first), at most `count`; empty past the end */
  read(from?: number, count?: number): Promise<AuditEntry[]>
  /** what is recorded about one approval or check, oldest first, among the latest 2000 entries */
  about(subject: string): Promise<AuditEntry[]>
  /** the whole trail as JSON lines, one chunk per page; what verifyAudit takes */
  exportLines(): AsyncGenerator<string>
}

/** The append-only trail of every decision and action; see audit-chain.ts for how it is checked. */
export function createAudit(client: RedisClient): Audit {
  client.defineCommand('unwedgeAppend', { numberOfKeys: 1, lua: APPEND })
  const scripted = client as unknown as Scripted
  const key = keyOf('audit')
  const lines = (from: number, count: number) =>
    reaching('reading the audit trail', () => client.lrange(key, from - 1, from + count - 2))

  const appendOnce = async (note: AuditNote) => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const lastLine = await reaching('the audit entry', () => client.lindex(key, -1))
      const entry = chained(note, lastLine === null ? undefined : parse(lastLine))
      const append = () => scripted.unwedgeAppend(key, lastLine ?? '', auditLine(entry))
      const appended = await reaching('the audit entry', () =>
        replicated(client, key, 'the audit entry', append()),
      )
      if (appended === 1) return entry
      // several processes write; give the others way
      await sleep(Math.random() * Math.min(2 ** attempt, 50))
    }
    throw new Error(`the audit trail was busy for ${ATTEMPTS} attempts; nothing was written`)
  }

  // one after the other within a process: only other processes can get in between
  let turn: Promise<unknown> = Promise.resolve()
  return {
    append: (note) => {
      const masked = maskDeep(note)
      const appended = turn.then(() => appendOnce(masked))
      turn = appended.catch(() => {})
      return appended
    },
    read: async (from = 1, count = PAGE) => (await lines(from, count)).map(parse),
    about: async (subject) => {
      const latest = await reaching('reading the audit trail', () => client.lrange(key, -LATEST, -1))
      return latest.map(parse).filter((entry) => entry.subject === subject)
    },
    exportLines: async function* () {
      for (let from = 1; ; from += PAGE) {
        const page = await lines(from, PAGE)
        if (page.length > 0) yield `${page.join('\n')}\n`
        if (page.length < PAGE) return
      }
    },
  }
}

function parse(line: string): AuditEntry {
  return AuditEntry.parse(JSON.parse(line))
}
