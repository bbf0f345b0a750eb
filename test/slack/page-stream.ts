import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Change, World } from './types.ts'

/** Server-sent events for one user's screen: first everything that is there, then every change. */
export function streamChanges(world: World, request: IncomingMessage, response: ServerResponse): void {
  const user = new URL(request.url ?? '/', 'http://localhost').searchParams.get('user') ?? ''
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  const send = (data: unknown) => response.write(`data: ${JSON.stringify(data)}\n\n`)
  const forward = (change: Change) => {
    const shown = seenBy(world, user, change)
    if (shown) send(shown)
  }
  send(snapshot(world, user))
  world.changes.on('change', forward)
  const alive = setInterval(() => response.write(': alive\n\n'), 15_000).unref()
  response.on('close', () => {
    clearInterval(alive)
    world.changes.off('change', forward)
  })
}

function snapshot(world: World, user: string): object {
  return {
    kind: 'snapshot',
    team: world.team,
    bot: world.bot,
    command: world.command,
    hint: world.hint ?? null,
    users: [...world.users.values()],
    channels: [...world.channels.values()].filter((channel) => !channel.with || channel.with === user),
    messages: world.messages,
    ephemerals: world.ephemerals.filter((ephemeral) => ephemeral.visibleTo === user),
    views: world.views.filter((view) => view.user === user),
  }
}

function seenBy(world: World, user: string, change: Change): object | undefined {
  switch (change.kind) {
    case 'ephemeral':
      return change.ephemeral.visibleTo === user ? change : undefined
    case 'ephemeral-gone':
      return change.visibleTo === user ? change : undefined
    case 'views':
      return change.user === user
        ? { kind: 'views', views: world.views.filter((view) => view.user === user) }
        : undefined
    case 'channel':
      return !change.channel.with || change.channel.with === user ? change : undefined
    default:
      return change
  }
}
