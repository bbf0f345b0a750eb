import type { KnownBlock } from '@slack/types'

/** What Slack shows: blocks, and a fallback text that says the same. */
export type Message = { text: string; blocks: KnownBlock[] }

const SECTION_LIMIT = 3000
const MESSAGE_LIMIT = 11_000

/** Text from outside for mrkdwn: no mention, link or channel ping can come of it. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Shortens escaped text without cutting an entity in two. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text
  return `${text.slice(0, limit - 1).replace(/&[a-z]{0,3}$/, '')}…`
}

export function section(mrkdwn: string): KnownBlock {
  return { type: 'section', text: { type: 'mrkdwn', text: cut(mrkdwn, SECTION_LIMIT) } }
}

export function context(mrkdwn: string): KnownBlock {
  return { type: 'context', elements: [{ type: 'mrkdwn', text: cut(mrkdwn, SECTION_LIMIT) }] }
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
    text: { type: 'plain_text' as const, text: cut(options.label, 75) },
    action_id: options.action,
    value: options.value,
    ...(options.style && { style: options.style }),
    ...(confirm && {
      confirm: {
        title: { type: 'plain_text' as const, text: cut(confirm.title, 100) },
        text: { type: 'mrkdwn' as const, text: cut(confirm.text, 300) },
        confirm: { type: 'plain_text' as const, text: cut(confirm.confirm, 30) },
        deny: { type: 'plain_text' as const, text: cut(confirm.deny, 30) },
      },
    }),
  }
}

/** A message of these blocks whose fallback text is their text; too long a tail is left out and said so. */
export function message(blocks: KnownBlock[]): Message {
  const kept: KnownBlock[] = []
  let length = 0
  for (const block of blocks.slice(0, 49)) {
    length += JSON.stringify(block).length
    if (length > MESSAGE_LIMIT && block.type !== 'actions') continue
    kept.push(block)
  }
  if (kept.length < blocks.length)
    kept.push(context('_More than fits here; everything is under *Show evidence*._'))
  return { text: cut(kept.map(blockText).filter(Boolean).join('\n'), 3500), blocks: kept }
}

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
