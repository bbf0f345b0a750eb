import type { KnownBlock } from '@slack/types'
import { mask } from '../../jobs/mask.ts'

/** What Slack shows: blocks, and a fallback text that says the same. */
export type Message = { text: string; blocks: KnownBlock[] }

const SECTION_LIMIT = 3000
// Slack takes 50 blocks and about 13,000 characters, the fallback text and something for each block among them
const BLOCKS = 49
const BLOCK_COST = 125
const BLOCKS_LIMIT = 8_700
const [TEXT_LIMIT, TEXT_BELOW] = [3_000, 1_800]

/** Text from outside for mrkdwn: no mention, link or channel ping can come of it, and no secret stands in it. */
export function escaped(text: string): string {
  // half a character, where a text was cut before, is none
  return mask(text).toWellFormed().replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Shortens escaped text without cutting an entity, a mention, a time or a character of two halves in two. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text
  const whole = text
    .slice(0, limit - 1)
    .replace(/&[a-z]{0,3}$/, '')
    .replace(/<(?:[!@#h][^<>]{0,300})?$/, '')
    .replace(/[\ud800-\udbff]$/, '')
  return `${whole}…`
}

/** As many of the first lines as fit; at least one. */
export function fitting(lines: readonly string[], limit: number): string[] {
  let left = limit
  const over = lines.findIndex((line, at) => {
    left -= line.length + 1
    return left < 0 && at > 0
  })
  return lines.slice(0, over === -1 ? lines.length : over)
}

/** Whole lines, and how many more there are. */
export function listed(
  lines: readonly string[],
  limit: number,
  { total = lines.length, between = '\n' }: { total?: number; between?: string } = {},
): string {
  const shown = fitting(lines, limit).map((line) => cut(line, limit))
  const more = total - shown.length
  return [...shown, ...(more > 0 ? [`… and ${more} more`] : [])].join(between)
}

export function section(mrkdwn: string): KnownBlock {
  return { type: 'section', text: { type: 'mrkdwn', text: cut(mrkdwn, SECTION_LIMIT) } }
}

export function context(mrkdwn: string): KnownBlock {
  return { type: 'context', elements: [{ type: 'mrkdwn', text: cut(mrkdwn, SECTION_LIMIT) }] }
}

const CONFIRM_LIMIT = 300
const ABOVE_LIMIT = 1500

/** Exact commands for a confirm dialog; where it is too small for them, they stand above the button, and it says so. */
export function commandsShown(commands: readonly string[]): { inConfirm: string; above: KnownBlock[] } {
  const lines = commands.map((command) => `\`${escaped(command)}\``)
  const all = lines.join('\n')
  if (all.length <= CONFIRM_LIMIT) return { inConfirm: all, above: [] }
  return {
    inConfirm: `${lines.length === 1 ? 'The exact command stands' : `The ${lines.length} exact commands stand`} above this button.`,
    above: [section(`*Exactly:*\n${listed(lines, ABOVE_LIMIT)}`)],
  }
}

/** A time of day as each reader's own clock shows it. */
export function timeOfDay(ms: number, format: '{time}' | '{time_secs}' = '{time}'): string {
  const utc = new Date(ms).toISOString().slice(11, format === '{time}' ? 16 : 19)
  return `<!date^${Math.floor(ms / 1000)}^${format}|${utc} UTC>`
}

export function user(id: string): string {
  return `<@${id}>`
}

export type ButtonOptions = {
  label: string
  action: string
  value: string
  style?: 'primary' | 'danger'
  confirm?: { title: string; text: string; confirm: string; deny: string }
}

export function button(options: ButtonOptions) {
  const { confirm } = options
  return {
    type: 'button' as const,
    text: { type: 'plain_text' as const, text: cut(mask(options.label), 75) },
    action_id: options.action,
    value: options.value,
    ...(options.style && { style: options.style }),
    ...(confirm && {
      confirm: {
        title: { type: 'plain_text' as const, text: cut(mask(confirm.title), 100) },
        text: { type: 'mrkdwn' as const, text: cut(confirm.text, CONFIRM_LIMIT) },
        confirm: { type: 'plain_text' as const, text: cut(confirm.confirm, 30) },
        deny: { type: 'plain_text' as const, text: cut(confirm.deny, 30) },
      },
    }),
  }
}

/**
 * A message whose fallback text says the same as its blocks. Where it gets too long, `blocks` end early, which is said;
 * each of `parts` below them stands whole or not at all, so that no button is left without its words. The last one matters most,
 * then the first.
 */
export function message(
  blocks: readonly KnownBlock[],
  parts: readonly (readonly KnownBlock[])[] = [],
  more = 'More than fits here.',
): Message {
  const [first, ...rest] = blocks
  let [room, places] = [BLOCKS_LIMIT, BLOCKS]
  const fits = (some: readonly KnownBlock[]) => {
    const size = charactersIn(some) + some.length * BLOCK_COST
    if (size > room || some.length > places) return false
    room -= size
    places -= some.length
    return true
  }
  const head = first && fits([first]) ? [first] : []
  const kept = new Set([...parts.slice(-1), ...parts.slice(0, -1)].filter(fits))
  const over = rest.findIndex((block) => !fits([block]))
  head.push(...(over === -1 ? rest : rest.slice(0, over)))
  if (over !== -1 || kept.size < parts.length) head.push(context(`_${more}_`))
  const tail = parts.filter((part) => kept.has(part))
  const below = shared(tail.map(textOf), TEXT_BELOW)
  const text = cut(textOf(head), TEXT_LIMIT - below.length)
  return { text: [text, below].filter(Boolean).join('\n'), blocks: [...head, ...tail.flat()] }
}

/** Something of every text: what short ones leave is for the long ones. */
function shared(texts: readonly string[], limit: number): string {
  let left = limit
  const pieces: string[] = []
  const shortestFirst = [...texts.entries()].sort(([, a], [, b]) => a.length - b.length)
  for (const [done, [place, text]] of shortestFirst.entries()) {
    const piece = cut(text, Math.floor(left / (texts.length - done)) - 1)
    left -= piece.length + 1
    pieces[place] = piece
  }
  return pieces.filter(Boolean).join('\n')
}

/** All text of it, labels and values of buttons as well. */
function charactersIn(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (value === null || typeof value !== 'object') return 0
  return Object.values(value).reduce((sum: number, each) => sum + charactersIn(each), 0)
}

const textOf = (blocks: readonly KnownBlock[]) => blocks.map(blockText).filter(Boolean).join('\n')

function blockText(block: KnownBlock): string {
  if (block.type === 'section') return block.text?.text ?? ''
  if (block.type === 'context')
    return block.elements
      .map((e) => ('text' in e ? (typeof e.text === 'string' ? e.text : '') : ''))
      .join(' ')
  if (block.type === 'actions') {
    const labels = block.elements.map((e) => ('text' in e && e.text ? `[${escaped(e.text.text)}]` : ''))
    return labels.filter(Boolean).join(' ')
  }
  return ''
}
