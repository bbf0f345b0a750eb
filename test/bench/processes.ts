import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Served, serve } from '../../jobs/hosts/serve.ts'

/** The program, as `unwedge` starts it. */
export const program = fileURLToPath(new URL('../../bot/unwedge.mjs', import.meta.url))

type Env = Record<string, string | undefined>

/** Starts a TypeScript file of ours as a process; ready when it prints a line with `ready` in it. */
export async function startNode(
  argv: readonly string[],
  env: Env,
  more: { log?: (line: string) => void; cpu?: number } = {},
): Promise<Served<true>> {
  const pinned = more.cpu === undefined ? [] : ['taskset', '-c', String(more.cpu)]
  const served = await serve<true>({
    name: argv[0] ?? 'node',
    argv: [...pinned, process.execPath, ...argv] as [string, ...string[]],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, UNWEDGE_ENDS_WITH_STDIN: '1', ...env },
    ready: (line) => /"msg":"ready"|^ready$/.test(line) || undefined,
    readyWithinMs: 60_000,
    ...(more.log && { log: more.log }),
  })
  // nothing of it is kept, so nobody waits for an orderly end
  return { ...served, stop: (graceMs = 300) => served.stop(graceMs) }
}

const file = (url: URL) => fileURLToPath(url)

/** The programs in parts/. */
export const parts = {
  bareBolt: file(new URL('./parts/bare-bolt.ts', import.meta.url)),
  barePost: file(new URL('./parts/bare-post.ts', import.meta.url)),
  bareWorker: file(new URL('./parts/bare-worker.ts', import.meta.url)),
  hubot: file(new URL('./parts/hubot.mjs', import.meta.url)),
  importLibraries: file(new URL('./parts/import-libraries.ts', import.meta.url)),
  worker: file(new URL('./parts/worker.ts', import.meta.url)),
}

/** Resident memory of a process in MiB. */
export function rssMiB(pid: number): number {
  return fromStatus(pid, 'VmRSS')
}

/** The most it ever had, MiB. */
export function peakMiB(pid: number): number {
  return fromStatus(pid, 'VmHWM')
}

function fromStatus(pid: number, field: string): number {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  if (!found?.[1]) throw new Error(`/proc/${pid}/status has no ${field}`)
  return Number(found[1]) / 1024
}
