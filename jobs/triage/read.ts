import { passagesOf } from '../../playbooks/shared/pasted/passages.ts'
import type { Line, Passage, Reader, Told } from '../../playbooks/shared/triage.ts'
import { mask } from '../mask.ts'
import type { Seen } from './seen.ts'
import { within } from './within.ts'

/** A text to read. `numbers[n - 1]` is the line of the whole input that line n of the text was; absent: it is the whole input. */
export type Text = { text: string; numbers?: readonly number[] }

/** What the readers told, and which of them could not. */
export type ReadOut = { told: Told[]; failed: Seen['failed'] }

/**
 * Lets every reader read a text, one after the other, until `deadline` (ms since the epoch); one that never ends, or fails, costs
 * itself and nothing else. Secrets are masked before anybody reads.
 */
export function readText(
  { text, numbers }: Text,
  readers: readonly Reader[],
  now: number,
  deadline: number,
): ReadOut {
  const out: ReadOut = { told: [], failed: [] }
  const passages = within(deadline - Date.now(), () => renumbered(passagesOf(mask(text)), numbers))
  for (const [index, reader] of readers.entries()) {
    // what is left is shared, so that one slow reader leaves time for the others
    const share = (deadline - Date.now()) / Math.min(2, readers.length - index)
    try {
      const told = passages === 'late' ? passages : within(share, () => reader.read(passages.value, now))
      if (told === 'late') out.failed.push({ playbook: reader.playbook, why: 'late' })
      else out.told.push(told.value)
    } catch {
      out.failed.push({ playbook: reader.playbook, why: 'failed' })
    }
  }
  return out
}

function renumbered(passages: Passage[], numbers: readonly number[] | undefined): Passage[] {
  if (!numbers) return passages
  const moved = ({ n, text }: Line): Line => ({ n: numbers[n - 1] ?? n, text })
  return passages.map((passage) => ({ ...passage, lines: passage.lines.map(moved) }))
}
