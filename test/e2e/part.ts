import { type Served, serve } from '../../jobs/hosts/serve.ts'

/** One process of the product that can be killed and started again. */
export type Part = {
  name: string
  /** what it printed, over all its lives */
  lines: string[]
  running(): boolean
  pid(): number
  /** returns when it says that it is ready */
  start(): Promise<void>
  /** SIGKILL, at this very moment; the promise says when it is gone */
  kill(): Promise<void>
  stop(): Promise<void>
}

const READY_WITHIN_MS = 60_000

export function createPart(
  name: string,
  argv: readonly [string, ...string[]],
  env: Record<string, string | undefined>,
): Part {
  const lines: string[] = []
  let served: Served<true> | undefined
  return {
    name,
    lines,
    running: () => served !== undefined,
    pid: () => served?.pid ?? 0,
    start: async () => {
      served = await serve<true>({
        name,
        argv,
        env,
        ready: (line) => line.includes('"msg":"ready"') || undefined,
        readyWithinMs: READY_WITHIN_MS,
        log: (line) => void lines.push(line),
      })
    },
    kill: async () => {
      if (!served) return
      const { pid, exited } = served
      served = undefined
      process.kill(pid, 'SIGKILL')
      await exited
    },
    stop: async () => {
      const { stop } = served ?? {}
      served = undefined
      await stop?.(5000)
    },
  }
}
