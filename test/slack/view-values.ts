import { optionsOf } from './find-element.ts'
import type { Block, OpenView } from './types.ts'

/** What a user filled in: text or option by block_id (or by action_id). */
export type Filled = Record<string, string>

/**
 * The values of a modal as they travel in `state.values`, and what Slack's own client would complain about before
 * it sends anything: required fields that are empty, text that is too short or too long.
 */
export function fillIn(
  open: OpenView,
  filled: Filled,
): { values: Record<string, object>; errors: Record<string, string> } {
  const values: Record<string, object> = {}
  const errors: Record<string, string> = {}
  for (const block of open.view.blocks) {
    if (block.type !== 'input') continue
    const element = block.element as Record<string, unknown>
    const id = String(block.block_id)
    const given = filled[id] ?? filled[String(element.action_id)] ?? initial(element)
    const problem = complaint(block, element, given)
    if (problem) errors[id] = problem
    values[id] = { [String(element.action_id)]: asValue(element, given) }
  }
  return { values, errors }
}

const initial = (element: Record<string, unknown>): string =>
  String(element.initial_value ?? (element.initial_option as { value?: string } | undefined)?.value ?? '')

function complaint(block: Block, element: Record<string, unknown>, given: string): string | undefined {
  if (given === '') return block.optional ? undefined : 'Please complete this required field.'
  const [min, max] = [Number(element.min_length ?? 0), Number(element.max_length ?? 3000)]
  if (element.type !== 'plain_text_input') return undefined
  if (given.length < min) return `Your entry must be at least ${min} characters long.`
  return given.length > max ? `Your entry must be at most ${max} characters long.` : undefined
}

function asValue(element: Record<string, unknown>, given: string): object {
  if (element.type === 'plain_text_input')
    return { type: 'plain_text_input', value: given === '' ? null : given }
  const chosen = optionsOf(element).find((option) => option.value === given || option.text.text === given)
  return { type: element.type, selected_option: chosen ?? null }
}
