import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** One process that even SIGKILL did not end, and what it hangs on. */
export const Stuck = z.object({
  format: z.literal('unwedge-stuck-1'),
  host: z.string(),
  touches: z.string(),
  pid: z.number().int().positive(),
  startTime: z.string(),
  /** pids and start times of an earlier boot mean nothing */
  boot: z.string(),
  program: z.string(),
  /** start of the command, milliseconds since the epoch */
  since: z.number().int().min(0).max(8.64e15),
})
export type Stuck = z.infer<typeof Stuck>

export type StuckRecords = {
  /** ours and those of other workers with the same state folder */
  all(): Stuck[]
  keep(stuck: Stuck): void
  forget(stuck: Stuck): void
}

/**
 * One small JSON file per stuck process in `stateDir`/stuck: workers that share the folder never overwrite each
 * other, and a file is there whole or not at all. What cannot be written stays in memory, what cannot be read is
 * set aside as `NAME.damaged`; both are reported, neither stops the worker.
 */
export function openStuckRecords(stateDir: string, report: (problem: string) => void): StuckRecords {
  const folder = join(stateDir, 'stuck')
  const known = new Map<string, Stuck>()
  const reported = new Set<string>()

  const reportOnce = (about: string, problem: string, cause: unknown) => {
    if (!reported.has(about)) report(`${problem}: ${cause instanceof Error ? cause.message : cause}`)
    reported.add(about)
  }

  const load = (name: string) => {
    const path = join(folder, name)
    try {
      known.set(name, Stuck.parse(JSON.parse(readFileSync(path, 'utf8'))))
    } catch (cause) {
      if (isMissing(cause)) return // another worker has just lifted it
      reportOnce(path, `${path} is damaged; what it kept in quarantine is free again`, cause)
      attempt(() => renameSync(path, `${path}.damaged`))
    }
  }

  return {
    all() {
      try {
        for (const name of readdirSync(folder)) if (name.endsWith('.json') && !known.has(name)) load(name)
      } catch (cause) {
        if (!isMissing(cause))
          reportOnce(folder, `Cannot read ${folder}, so earlier quarantines are not known`, cause)
      }
      return [...known.values()]
    },
    keep(stuck) {
      const path = join(folder, nameOf(stuck))
      const draft = `${path}.${process.pid}.draft`
      known.set(nameOf(stuck), stuck)
      try {
        mkdirSync(folder, { recursive: true, mode: 0o750 })
        const file = openSync(draft, 'w', 0o640)
        try {
          writeSync(file, `${JSON.stringify(stuck)}\n`)
          fsyncSync(file)
        } finally {
          closeSync(file)
        }
        renameSync(draft, path)
      } catch (cause) {
        attempt(() => rmSync(draft, { force: true }))
        reportOnce(folder, `Cannot write ${path}, so this quarantine ends with this worker`, cause)
      }
    },
    forget(stuck) {
      known.delete(nameOf(stuck))
      attempt(() => rmSync(join(folder, nameOf(stuck)), { force: true }))
    },
  }
}

/** One process may hang on behalf of one resource only, so pid and start time name the record. */
const nameOf = ({ pid, startTime }: Stuck) => `${pid}-${startTime || 'unknown'}.json`

const isMissing = (cause: unknown) => (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'

/** For tidying up: a failure leaves a file that the next look deals with again. */
function attempt(tidy: () => void): void {
  try {
    tidy()
  } catch {}
}
