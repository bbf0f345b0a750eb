import { asInLocks, deviceFromDecimal, deviceFromStat } from '../../shared/linux/device.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import { programsOf } from '../../shared/pasted/program.ts'
import type { Line, Passage } from '../../shared/triage.ts'
import type { SeenInText } from './seen.ts'

/** `stat FILE` as coreutils prints it: `  File: ‘/a’`, `  Size: …`, `Device: fc00h/64512d  Inode: 4196063  Links: 1`. */
export function readStatBlocks({ lines, host }: Passage, seen: SeenInText, tell: Teller): void {
  const used: Line[] = []
  let path: string | undefined
  let size: string | undefined
  let type: string | undefined
  for (const line of lines) {
    const file = /^\s*File:\s+[‘'"`]?(.+?)[’'"`]?(?:\s+->\s+.*)?$/.exec(line.text)
    if (file) [path, size, type] = [file[1], undefined, undefined]
    const sizes = /^\s*Size:\s+(\d+)\s+Blocks:\s+\d+\s+IO Block:\s+\d+\s+(.*)$/.exec(line.text)
    if (sizes) [, size, type] = sizes
    const numbers =
      /Device:\s+(?:([0-9a-f]+)h\/\d+d|(\d+,\d+)|0x([0-9a-f]+))\s+Inode:\s+(\d+)(?:\s+Links:\s+(\d+))?/.exec(
        line.text,
      )
    if (!numbers) {
      if (file || sizes) used.push(line)
      continue
    }
    used.push(line)
    const [, hex, pair, hex2, inode, links] = numbers
    const device = pair === undefined ? deviceFromStat(hex ?? hex2 ?? '') : deviceFromDecimal(pair)
    tell.fact('files', { path, inode, device: pair ?? hex ?? hex2, size, type: type?.trim(), links, host })
    if (inode !== undefined && path !== undefined)
      seen.files.push({ path, inode, ...(device && { device: asInLocks(device) }), host, line })
  }
  if (used.some(({ text }) => /Inode:/.test(text))) tell.saw('stat', used)
}

/** `2199054015793 -rw-r--r-- 1 nova nova 0 Apr 13 09:03 lock` of `ls -li`, `2199054015793 /path` of `ls -i` and `stat -c '%i %n'`. */
export function readInodes({ lines, host, command }: Passage, tell: Teller): void {
  const asked =
    command &&
    programsOf(command).some(
      ({ name, args }) =>
        (name === 'ls' && args.some((word) => /^-\w*i/.test(word))) || name === 'find' || name === 'stat',
    )
  const used: Line[] = []
  for (const line of lines) {
    const long =
      /^\s*(\d{1,20})\s+(?:\d+\s+)?([-dlpscb][rwxsStT-]{9}[.+@]?)\s+\d+\s+\S+\s+\S+\s+(\d+)\s+\S+\s+\S+\s+\S+\s+(.+?)(?: -> .*)?$/.exec(
        line.text,
      )
    const short = asked ? /^\s*(\d{1,20})\s+(\/?\S.*)$/.exec(line.text) : null
    if (long) tell.fact('files', { inode: long[1], path: long[4], size: long[3], host })
    else if (short) tell.fact('files', { inode: short[1], path: short[2], host })
    else continue
    used.push(line)
  }
  tell.saw('ls -i', used)
}

const QUOTED = `[‘'"\`]?(/[^’'"\`]*?)[’'"\`]?`
const STALE = [
  new RegExp(`(?:^|[ :])${QUOTED}: Stale (?:NFS )?file handle`),
  /^()?.*\bStale (?:NFS )?file handle\b/i,
]

/** `ls: cannot access '/mnt/x': Stale file handle`, of any program; and `NFS: … error -116`, ESTALE. */
export function readStale({ lines, host }: Passage, seen: SeenInText): void {
  for (const line of lines) {
    const found = STALE.map((pattern) => pattern.exec(line.text)).find(Boolean)
    if (found) seen.stale.push({ path: found[1] || undefined, line, host })
  }
}
