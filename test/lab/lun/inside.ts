import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Sshd, startSshd } from '../ssh/sshd.ts'

/** A host behind a real sshd whose commands see folders of ours in place of the machine's own. */
export type Inside = { sshd: Sshd; folder: string; end(): Promise<void> }

/**
 * Starts one. `fill` makes what is to be seen in a folder, and says what covers what there: `{ sys: '/sys' }` (a file
 * for a file). Every command gets a mount namespace of its own, so this machine sees nothing of it. `path`: its PATH.
 */
export async function startInside(
  fill: (folder: string) => { covers: Record<string, string>; path?: string },
): Promise<Inside> {
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-inside-'))
  const { covers, path } = fill(folder)
  const lines = [
    '#!/bin/sh -e',
    ...Object.entries(covers).map(([ours, theirs]) => `mount --bind '${join(folder, ours)}' ${theirs}`),
    ...(path === undefined ? [] : [`export PATH='${path}'`]),
    'exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"',
  ]
  const enter = join(folder, 'enter')
  writeFileSync(enter, `${lines.join('\n')}\n`, { mode: 0o755 })
  const sshd = await startSshd({ config: [`ForceCommand exec unshare --mount ${enter}`] })
  return {
    sshd,
    folder,
    async end() {
      await sshd.end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Writes a file and the folders that it needs. */
export function put(file: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text, { mode })
}
