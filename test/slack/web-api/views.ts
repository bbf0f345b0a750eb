import { newId } from '../ids.ts'
import { tell, withIds } from '../state.ts'
import type { Block, OpenView, World } from '../types.ts'
import { checkView } from '../view-rules.ts'
import { type Args, done, type Method, refuse, textArg } from './method.ts'

const open: Method = (world, args) => {
  const trigger = world.triggers.get(textArg(args, 'trigger_id') ?? '')
  if (!trigger) return refuse('invalid_trigger_id')
  if (trigger.used) return refuse('exchanged_trigger_id')
  if (trigger.expiresAt < Date.now()) return refuse('expired_trigger_id')
  const problems = checkView(args.view)
  if (problems.length > 0) return refuse('invalid_arguments', problems)
  trigger.used = true
  return done({ view: asReturned(world, showView(world, trigger.user, args.view as OpenView['view'])) })
}

const update: Method = (world, args) => {
  const [id, external] = [textArg(args, 'view_id'), textArg(args, 'external_id')]
  const open = world.views.find((each) => each.id === id || (external && each.view.external_id === external))
  if (!open) return refuse('not_found')
  const hash = textArg(args, 'hash')
  if (hash !== undefined && hash !== open.hash) return refuse('hash_conflict')
  const problems = checkView(args.view)
  if (problems.length > 0) return refuse('invalid_arguments', problems)
  replaceView(world, open, args.view as OpenView['view'])
  return done({ view: asReturned(world, open) })
}

/** Puts a modal on a user's screen, on top of those that are open there. */
export function showView(world: World, user: string, view: OpenView['view']): OpenView {
  const id = newId('V')
  const root = world.views.find((each) => each.user === user)
  const open = { id, user, view: named(view), hash: newHash(), rootId: root?.rootId ?? id }
  world.views.push(open)
  tell(world, { kind: 'views', user })
  return open
}

export function replaceView(world: World, open: OpenView, view: OpenView['view']): void {
  open.view = named(view)
  open.hash = newHash()
  tell(world, { kind: 'views', user: open.user })
}

/** Takes one modal (or with `all` the whole stack) off a user's screen. */
export function dropView(world: World, open: OpenView, all = false): void {
  world.views = world.views.filter((each) => each.user !== open.user || (!all && each !== open))
  tell(world, { kind: 'views', user: open.user })
}

/** A view as it travels in answers and payloads; `values` is what the user has filled in. */
export function asReturned(world: World, open: OpenView, values: Args = {}): Record<string, unknown> {
  const { team, bot } = world
  return {
    private_metadata: '',
    callback_id: '',
    external_id: '',
    close: null,
    submit: null,
    clear_on_close: false,
    notify_on_close: false,
    ...structuredClone(open.view),
    id: open.id,
    team_id: team.id,
    state: { values },
    hash: open.hash,
    previous_view_id: null,
    root_view_id: open.rootId,
    app_id: bot.appId,
    app_installed_team_id: team.id,
    bot_id: bot.botId,
  }
}

const newHash = () => `${Math.floor(Date.now() / 1000)}.${newId('').toLowerCase()}`
const named = (view: OpenView['view']) => ({ ...view, blocks: withIds(view.blocks as Block[]) })

export const viewMethods = { 'views.open': open, 'views.update': update } satisfies Record<string, Method>
