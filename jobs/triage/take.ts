import type { Reader } from '../../playbooks/shared/triage.ts'
import { decode, formOf } from './decode.ts'
import type { Text } from './read.ts'
import { nothingSeen, type Seen } from './seen.ts'
import { createSift, type Sift, WHOLE_BYTES } from './sift.ts'

/** What came in of a text: all of it when it is small, else what was sifted out. */
export type Taken = { text: Text; seen: Seen }

/** Takes a text piece by piece. */
export type Intake = {
  /** false: no more is wanted, this is no text. The bytes are copied. */
  push(bytes: Uint8Array): boolean
  /** `cut`: the time was over before the input was */
  end(cut: boolean): Taken
}

/** enough of a text to see what it is */
const HEAD_BYTES = 1000

export function createIntake(readers: readonly Pick<Reader, 'wants'>[]): Intake {
  let head: ReturnType<typeof formOf> | undefined
  let decoder: InstanceType<typeof TextDecoder> | undefined
  let sift: Sift | undefined
  let held: Uint8Array[] = []
  let bytes = 0
  let size = 0

  function begin(): void {
    head = formOf(Buffer.concat(held))
    if (head.coding !== 'utf-8') decoder = new TextDecoder(head.coding)
    const first = held
    held = []
    for (const piece of first) take(piece)
  }

  function take(piece: Uint8Array): void {
    const text = decoder ? Buffer.from(decoder.decode(piece, { stream: true })) : piece
    size += text.byteLength
    if (!sift) held.push(Buffer.from(text))
    if (sift) sift.push(text)
    else if (size > WHOLE_BYTES) {
      sift = createSift(readers)
      for (const each of held) sift.push(each)
      held = []
    }
  }

  return {
    push(piece) {
      bytes += piece.byteLength
      if (head) take(piece)
      else {
        held.push(Buffer.from(piece))
        if (bytes >= HEAD_BYTES) begin()
      }
      return head?.form.is !== 'binary'
    },
    end(cut) {
      if (!head) begin()
      const seen: Seen = { ...nothingSeen, form: head!.form, bytes, inTime: !cut }
      if (seen.form.is !== 'text') return { text: { text: '' }, seen }
      if (sift) {
        const { text, lines, sifted } = sift.end()
        return { text, seen: { ...seen, lines, sifted } }
      }
      const text = decode(Buffer.concat(held), 'utf-8')
      return { text: { text }, seen: { ...seen, lines: countLines(text) } }
    },
  }
}

function countLines(text: string): number {
  let lines = text.endsWith('\n') ? 0 : 1
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1
  return lines
}
