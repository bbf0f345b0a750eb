import { z } from 'zod'
import { plainText } from './block-elements.ts'
import { inWords } from './block-problems.ts'
import { checkBlocks } from './blocks.ts'

const Modal = z.strictObject({
  type: z.literal('modal'),
  title: plainText(24),
  blocks: z.array(z.unknown()),
  close: plainText(24).optional(),
  submit: plainText(24).optional(),
  private_metadata: z.string().max(3000).optional(),
  callback_id: z.string().max(255).optional(),
  external_id: z.string().max(255).optional(),
  clear_on_close: z.boolean().optional(),
  notify_on_close: z.boolean().optional(),
})

/**
 * What Slack would refuse in this modal; empty when it would open it.
 * https://docs.slack.dev/reference/views/modal-views
 */
export function checkView(view: unknown): string[] {
  const parsed = Modal.safeParse(view)
  if (!parsed.success) return inWords(parsed.error, view, '/view')
  const problems = checkBlocks(parsed.data.blocks, 'modal', '/view/blocks')
  const hasInput = parsed.data.blocks.some((block) => (block as { type?: string }).type === 'input')
  if (hasInput && !parsed.data.submit)
    problems.push('missing required field: submit [json-pointer:/view/submit]')
  return problems
}
