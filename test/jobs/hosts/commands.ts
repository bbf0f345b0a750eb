import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Command } from '../../../jobs/hosts/transport.ts'

/** A command with generous bounds; every test says what differs. */
export function command(argv: Command['argv'], differs: Partial<Command> = {}): Command {
  return { argv, limitMs: 10_000, maxBytes: 2 ** 20, touches: 'nothing', ...differs }
}

/** A folder that is gone after the test. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-hosts-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** argv that runs this ES module text in node, with arguments that node itself does not read. */
export function script(text: string, ...args: string[]): Command['argv'] {
  const file = join(scratch(), 'script.mjs')
  writeFileSync(file, text)
  return [process.execPath, file, ...args]
}

/** `await` it, and how long that took in ms. */
export async function timed<T>(work: Promise<T>): Promise<[T, number]> {
  const from = performance.now()
  return [await work, performance.now() - from]
}

/** Waits until a condition holds; fails after five seconds. */
export async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 100) throw new Error(`still not so after 5 s: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
