import { elementsOf } from './state.ts'
import type { Block } from './types.ts'

type Element = Record<string, unknown> & { type: string; action_id: string; confirm?: unknown }
export type Found = { block: Block; element: Element }

/**
 * The element of a message that a user would click: by action_id or by the text on it; `blockId` settles it when
 * several match. Throws with what there is to click when none or several match.
 */
export function findElement(blocks: Block[], name: string, blockId?: string): Found {
  const all = blocks.flatMap((block) =>
    elementsOf(block).flatMap((element) =>
      'action_id' in element ? [{ block, element: element as Element }] : [],
    ),
  )
  const found = all.filter(
    ({ block, element }) =>
      (element.action_id === name || labelOf(element) === name) && (!blockId || block.block_id === blockId),
  )
  if (found.length === 1) return found[0]!
  const offered = all.map(
    ({ block, element }) => `${labelOf(element)} (${block.block_id}/${element.action_id})`,
  )
  throw new Error(
    `${found.length} elements match “${name}”; there is: ${offered.join(', ') || 'nothing to click'}`,
  )
}

const labelOf = (element: Element): string => (element.text as { text?: string } | undefined)?.text ?? ''

/** The entry of `actions` in a payload: the button's value, or the option that was chosen. */
export function actionOf({ block, element }: Found, option?: string): Record<string, unknown> {
  const { type, action_id: actionId } = element
  const base = { type, block_id: block.block_id, action_id: actionId, action_ts: `${Date.now() / 1000}` }
  if (type === 'button') {
    const { text, value, style } = element
    return { ...base, text, ...(value !== undefined && { value }), ...(style !== undefined && { style }) }
  }
  const options = optionsOf(element)
  const chosen = options.find((each) => each.value === option || each.text.text === option)
  if (!chosen)
    throw new Error(`no option “${option}”; there is: ${options.map((each) => each.text.text).join(', ')}`)
  return { ...base, selected_option: chosen }
}

type Option = { text: { text: string }; value: string }

export function optionsOf(element: Record<string, unknown>): Option[] {
  const groups = (element.option_groups as { options: Option[] }[] | undefined) ?? []
  return [...((element.options as Option[] | undefined) ?? []), ...groups.flatMap((group) => group.options)]
}
