import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createSshTransport, type SshOptions } from '../../../jobs/hosts/ssh.ts'
import type { SshHost } from '../../../jobs/hosts/ssh-settings.ts'
import type { Command } from '../../../jobs/hosts/transport.ts'

/** A command with generous bounds; every test says what differs. */
export function command(argv: Command['argv'], differs: Partial<Command> = {}): Command {
  return { argv, limitMs: 10_000, maxBytes: 2 ** 20, touches: 'nothing', ...differs }
}

export const sh = (text: string, differs: Partial<Command> = {}) => command(['sh', '-c', text], differs)

/** A folder that is gone after the test. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-ssh-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A transport for one test, and `ask`, which runs a command on its first host. */
export function open(hosts: Record<string, SshHost>, options: Partial<SshOptions> = {}) {
  const stateDir = options.stateDir ?? scratch()
  const transport = createSshTransport({ stateDir, hosts, ...options })
  onTestFinished(() => transport.close())
  const [first] = Object.keys(hosts)
  return { ...transport, stateDir, ask: (asked: Command) => transport.run(first!, asked) }
}

/** `await` it, and how long that took in ms. */
export async function timed<T>(work: Promise<T>): Promise<[T, number]> {
  const from = performance.now()
  return [await work, performance.now() - from]
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits until a condition holds; fails after `seconds`. */
export async function until(holds: () => boolean, seconds = 5): Promise<void> {
  for (const from = performance.now(); !holds(); await pause(50)) {
    if (performance.now() - from > seconds * 1000)
      throw new Error(`still not so after ${seconds} s: ${holds}`)
  }
}

/** pids of processes with exactly this argv; a zombie has none. */
export function processesOf(...argv: string[]): number[] {
  const hasIt = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `${argv.join('\0')}\0`
    } catch {
      return false
    }
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && hasIt(name))
    .map(Number)
}

/** The name of a process's program; '' when it is gone. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return ''
  }
}
