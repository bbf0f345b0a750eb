import { z } from 'zod'
import {
  anyText,
  Button,
  ImageElement,
  mrkdwn,
  Overflow,
  PlainTextInput,
  plainText,
  StaticSelect,
} from './block-elements.ts'
import { inWords } from './block-problems.ts'

const blockId = { block_id: z.string().min(1).max(255).optional() }

const Section = z
  .strictObject({
    type: z.literal('section'),
    ...blockId,
    text: anyText(3000).optional(),
    fields: z.array(anyText(2000)).min(1).max(10).optional(),
    accessory: z.discriminatedUnion('type', [Button, Overflow, StaticSelect, ImageElement]).optional(),
    expand: z.boolean().optional(),
  })
  .refine((section) => section.text !== undefined || section.fields !== undefined, {
    message: 'needs text or fields',
  })

const Header = z.strictObject({ type: z.literal('header'), ...blockId, text: plainText(150) })
const Divider = z.strictObject({ type: z.literal('divider'), ...blockId })
const Markdown = z.strictObject({
  type: z.literal('markdown'),
  ...blockId,
  text: z.string().min(1).max(12_000),
})
const Image = z.looseObject({ type: z.literal('image'), ...blockId, alt_text: z.string().min(1).max(2000) })

const Context = z.strictObject({
  type: z.literal('context'),
  ...blockId,
  elements: z
    .array(z.discriminatedUnion('type', [plainText(), mrkdwn(), ImageElement]))
    .min(1)
    .max(10),
})

const Actions = z.strictObject({
  type: z.literal('actions'),
  ...blockId,
  elements: z
    .array(z.discriminatedUnion('type', [Button, Overflow, StaticSelect]))
    .min(1)
    .max(25),
})

const Input = z.strictObject({
  type: z.literal('input'),
  ...blockId,
  label: plainText(2000),
  element: z.discriminatedUnion('type', [PlainTextInput, StaticSelect]),
  hint: plainText(2000).optional(),
  optional: z.boolean().optional(),
  dispatch_action: z.boolean().optional(),
})

const RichText = z.strictObject({
  type: z.literal('rich_text'),
  ...blockId,
  elements: z.array(
    z.looseObject({
      type: z.enum(['rich_text_section', 'rich_text_list', 'rich_text_preformatted', 'rich_text_quote']),
      elements: z.array(z.looseObject({ type: z.string() })),
    }),
  ),
})

const Table = z.strictObject({
  type: z.literal('table'),
  ...blockId,
  rows: z
    .array(
      z
        .array(z.looseObject({ type: z.enum(['raw_text', 'raw_number', 'rich_text']) }))
        .min(1)
        .max(20),
    )
    .min(1)
    .max(100),
  column_settings: z.array(z.looseObject({})).max(20).optional(),
})

const shared = [Section, Header, Divider, Image, Context, Actions, Input, RichText] as const
const InMessage = z.discriminatedUnion('type', [...shared, Markdown, Table])
const InModal = z.discriminatedUnion('type', [...shared])

const maxBlocks = { message: 50, modal: 100 } as const
export const maxCharacters = 13_200

type Parsed = z.infer<typeof InMessage>

/**
 * What Slack would refuse in these blocks, in its words, e.g.
 * `no more than 25 items allowed [json-pointer:/blocks/1/elements]`; empty when it would accept them.
 * Types that this project does not use (date pickers, videos …) are refused, too.
 * Limits: https://docs.slack.dev/reference/block-kit/blocks
 */
export function checkBlocks(
  blocks: unknown,
  surface: 'message' | 'modal' = 'message',
  at = '/blocks',
): string[] {
  const parsed = z
    .array(surface === 'message' ? InMessage : InModal)
    .max(maxBlocks[surface])
    .safeParse(blocks)
  if (!parsed.success) return inWords(parsed.error, blocks, at)
  return [...repeatedIds(parsed.data, at), ...perMessage(parsed.data, at)]
}

/** A block_id counts within the message, an action_id within its block. */
function repeatedIds(blocks: Parsed[], at: string): string[] {
  const problems: string[] = []
  const blockIds = new Set<string>()
  for (const [index, block] of blocks.entries()) {
    if (block.block_id && blockIds.has(block.block_id)) {
      problems.push(`\`block_id\` "${block.block_id}" already exists [json-pointer:${at}/${index}/block_id]`)
    }
    if (block.block_id) blockIds.add(block.block_id)
    const actionIds =
      block.type === 'actions' ? block.elements.flatMap((element) => element.action_id ?? []) : []
    for (const id of new Set(actionIds.filter((each, place) => actionIds.indexOf(each) !== place))) {
      problems.push(
        `\`action_id\` "${id}" already exists in this block [json-pointer:${at}/${index}/elements]`,
      )
    }
  }
  return problems
}

function perMessage(blocks: Parsed[], at: string): string[] {
  const markdown = blocks.reduce((sum, block) => sum + (block.type === 'markdown' ? block.text.length : 0), 0)
  const tables = blocks.filter((block) => block.type === 'table').length
  return [
    ...(markdown > 12_000
      ? [`markdown blocks must be less than 12001 characters in sum [json-pointer:${at}]`]
      : []),
    ...(tables > 1 ? [`only_one_table_allowed [json-pointer:${at}]`] : []),
  ]
}

/**
 * Characters that count towards `msg_blocks_too_long`: every string, and 125 for each block after the first.
 * Slack does not say how it counts; measured in bolt-js #2509 (a divider costs 125) and #2867; this is rather more than that.
 */
export function countCharacters(text: string, blocks: unknown[]): number {
  return text.length + stringsIn(blocks) + 125 * Math.max(0, blocks.length - 1)
}

function stringsIn(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (value === null || typeof value !== 'object') return 0
  return Object.values(value).reduce((sum: number, each) => sum + stringsIn(each), 0)
}
