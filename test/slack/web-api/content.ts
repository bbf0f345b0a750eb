import { checkBlocks, countCharacters, maxCharacters } from '../blocks.ts'
import type { Block, Metadata } from '../types.ts'
import { type Answer, type Args, refuse, textArg } from './method.ts'

export type Content = { text: string; blocks?: Block[]; metadata?: Metadata }

/** chat.postMessage takes this much text; chat.update refuses more than 4,000 (docs.slack.dev, chat.update, msg_too_long). */
export const textLimit = { post: 40_000, update: 4_000 } as const

/**
 * What a message consists of, or Slack's refusal. `optional` allows none at all (an update of metadata only).
 * https://docs.slack.dev/reference/methods/chat.postMessage#errors
 */
export function readContent(
  args: Args,
  limit: number = textLimit.post,
  optional = false,
): { content: Content } | { refusal: Answer } {
  const text = textArg(args, 'text') ?? ''
  const blocks = args.blocks ?? []
  if (!Array.isArray(blocks)) return { refusal: refuse('invalid_blocks_format') }
  if (text === '' && blocks.length === 0 && !optional) return { refusal: refuse('no_text') }
  if (text.length > limit) return { refusal: refuse('msg_too_long') }
  const problems = checkBlocks(blocks)
  if (problems.length > 0) return { refusal: refuse('invalid_blocks', problems) }
  if (blocks.length > 0 && countCharacters(text, blocks) > maxCharacters) {
    return { refusal: refuse('msg_blocks_too_long') }
  }
  const content: Content = { text: text || fallback(blocks) }
  if (blocks.length > 0) content.blocks = blocks
  if (args.metadata !== undefined) {
    const refusal = checkMetadata(args.metadata)
    if (refusal) return { refusal }
    content.metadata = args.metadata as Metadata
  }
  return { content }
}

/** https://docs.slack.dev/messaging/message-metadata: `{event_type, event_payload}`, at most 16 KB. */
function checkMetadata(metadata: unknown): Answer | undefined {
  if (typeof metadata !== 'object' || metadata === null) return refuse('invalid_metadata_format')
  const { event_type: type, event_payload: payload, ...rest } = metadata as Record<string, unknown>
  if (typeof type !== 'string' || type === '')
    return refuse('invalid_metadata_schema', ['missing required field: event_type'])
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    return refuse('invalid_metadata_schema', ['missing required field: event_payload'])
  }
  if (Object.keys(rest).some((key) => key !== 'entities')) return refuse('invalid_metadata_format')
  if (JSON.stringify(metadata).length > 16_000) return refuse('metadata_too_large')
  return undefined
}

// Slack fills in a text from the blocks when the sender gave none.
function fallback(blocks: Block[]): string {
  const first = blocks.find((block) => block.text)?.text
  return typeof first === 'string'
    ? first
    : ((first as { text?: string } | undefined)?.text ?? 'This content can’t be displayed.')
}
