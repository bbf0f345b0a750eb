import { fstatSync } from 'node:fs'
import { triageExitCode } from '../jobs/triage/answer.ts'
import { triage } from '../jobs/triage.ts'
import { fromFile, fromPipe } from './pieces.ts'
import { triageText } from './triage-text.ts'
import { UsageError } from './usage-error.ts'

/** `unwedge triage [FILE]`: what a pasted text says. Reads stdin without a file, or for `-`. Returns the exit code. */
export async function triageInTerminal(file: string | undefined, flags: { json?: boolean }): Promise<number> {
  const fromStdin = file === undefined || file === '-'
  if (fromStdin && process.stdin.isTTY) console.error('Paste the text, then press Ctrl-D.')
  try {
    const answer = await triage(fromStdin ? stdin() : fromFile(file))
    console.log(flags.json ? JSON.stringify(answer, null, 2) : triageText(answer, process.stdout.isTTY))
    return triageExitCode(answer)
  } catch (cause) {
    const { syscall, message } = cause as NodeJS.ErrnoException
    if (syscall === undefined) throw cause
    throw new UsageError(`${fromStdin ? 'stdin' : file} can't be read: ${message}`, { cause })
  }
}

function stdin(): AsyncIterable<Uint8Array> {
  const kind = fstatSync(0)
  if (kind.isFile()) return fromFile('/dev/stdin')
  return kind.isFIFO() || kind.isSocket() ? fromPipe(0) : process.stdin
}
