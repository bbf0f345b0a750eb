import { spawn } from 'node:child_process'

/** Runs a program to its end; ms it took. Throws when it ends with a code that is not expected. */
export function timed(
  argv: readonly string[],
  more: { env?: NodeJS.ProcessEnv; codes?: readonly number[]; cwd?: string } = {},
): Promise<number> {
  const [program = '', ...args] = argv
  const from = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...more })
    // read, and not /dev/null: with that grep stops at the first match
    child.stdout?.resume()
    let said = ''
    child.stderr?.on('data', (text: Buffer) => {
      said = (said + text).slice(-2000)
    })
    child.once('error', reject)
    child.once('close', (code) => {
      if ((more.codes ?? [0]).includes(code ?? -1)) resolve(performance.now() - from)
      else reject(new Error(`${argv.join(' ').slice(0, 100)} ended with ${code}: ${said}`))
    })
  })
}

/** How long some work takes, ms. */
export async function tookMs(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}
