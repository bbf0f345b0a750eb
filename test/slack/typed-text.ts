import type { World } from './types.ts'

/**
 * What a person types → what the app receives: `&`, `<` and `>` as entities, `@name` as `<@ID>`, and addresses
 * turned into links (`node1.example.com` → `<http://node1.example.com|node1.example.com>`), except inside backticks.
 * https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
export function asSent(world: World, typed: string): string {
  return typed
    .split(/(`+[^`]*`+)/)
    .map((part) => (part.startsWith('`') ? escaped(part) : linked(mentioned(world, escaped(part)))))
    .join('')
}

/** A slash command's text: entities, but neither links nor mentions, unless the app asked for them. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function mentioned(world: World, text: string): string {
  const ids = new Map([...world.users.values()].map((user) => [user.name, user.id]))
  ids.set(world.bot.name, world.bot.userId)
  const known = text.replace(/&lt;@(U[A-Z0-9]+)&gt;/g, '<@$1>')
  return known.replace(/(^|[\s(])@([\w.-]*\w)/g, (whole, before: string, name: string) =>
    ids.has(name) ? `${before}<@${ids.get(name)}>` : whole,
  )
}

function linked(text: string): string {
  return text
    .replace(/(^|\s)(https?:\/\/[^\s|<>]+)/g, '$1<$2>')
    .replace(/(^|\s)((?:[a-z0-9-]+\.)+(?:com|org|net|io|dev))(?=$|[\s,;:!?])/gi, '$1<http://$2|$2>')
}
