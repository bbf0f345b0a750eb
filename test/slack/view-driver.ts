import { deliver } from './deliver.ts'
import { actionOf, findElement } from './find-element.ts'
import { actionPayload, viewPayload } from './payloads.ts'
import type { Transport } from './transport.ts'
import type { Delivery, OpenView, World } from './types.ts'
import { checkView } from './view-rules.ts'
import { type Filled, fillIn } from './view-values.ts'
import { dropView, replaceView, showView } from './web-api/views.ts'

/** How a submission ended. `errors` is by block_id, from Slack's client (nothing was sent) or from the app. */
type Submitted = {
  sent: boolean
  closed: boolean
  errors?: Record<string, string>
  delivery?: Delivery
}

export type ViewDriver = {
  /** values by block_id or action_id; what is not given keeps its initial value */
  submitView(user: string, viewId: string, values: Filled): Promise<Submitted>
  /** the x of the dialog */
  closeView(user: string, viewId: string): Promise<void>
  clickInView(user: string, viewId: string, name: string, option?: string): Promise<Delivery>
}

export function createViewDriver(world: World, transport: Transport): ViewDriver {
  return {
    async submitView(user, viewId, filled) {
      const open = requireView(world, user, viewId)
      const { values, errors } = fillIn(open, filled)
      if (Object.keys(errors).length > 0) return { sent: false, closed: false, errors }
      const payload = viewPayload(world, 'view_submission', open, values)
      const delivery = await deliver(world, transport, 'interactive', payload, { user, channel: undefined })
      if (!delivery.acked) return { sent: true, closed: false, delivery }
      return { sent: true, delivery, ...react(world, open, delivery.response ?? {}) }
    },
    async closeView(user, viewId) {
      const open = requireView(world, user, viewId)
      dropView(world, open, open.view.clear_on_close === true)
      if (open.view.notify_on_close !== true) return
      await deliver(world, transport, 'interactive', viewPayload(world, 'view_closed', open), {
        user,
        channel: undefined,
      })
    },
    async clickInView(user, viewId, name, option) {
      const view = requireView(world, user, viewId)
      const action = actionOf(findElement(view.view.blocks, name), option)
      const payload = actionPayload(world, user, { view }, action)
      return deliver(world, transport, 'interactive', payload, { user, channel: undefined })
    },
  }
}

/** https://docs.slack.dev/surfaces/modals#updating_response */
function react(
  world: World,
  open: OpenView,
  response: Record<string, unknown>,
): Omit<Submitted, 'sent' | 'delivery'> {
  const action = response.response_action
  if (action === 'errors') return { closed: false, errors: response.errors as Record<string, string> }
  if (action === 'update' || action === 'push') {
    const view = response.view as OpenView['view']
    const problems = checkView(view)
    if (problems.length > 0)
      throw new Error(`the app answered with a view that Slack refuses: ${problems.join('; ')}`)
    if (action === 'update') replaceView(world, open, view)
    else showView(world, open.user, view)
    return { closed: false }
  }
  dropView(world, open, action === 'clear')
  return { closed: true }
}

function requireView(world: World, user: string, viewId: string): OpenView {
  const open = world.views.find((view) => view.user === user && view.id === viewId)
  if (!open) throw new Error(`${user} has no open view ${viewId}`)
  return open
}
