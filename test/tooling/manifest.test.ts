import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { Config } from '../../bot/config.ts'
import { root } from './tree.ts'

type Manifest = {
  display_information: {
    name: string
    description: string
    long_description?: string
    background_color: string
  }
  features: {
    bot_user: { display_name: string }
    slash_commands: {
      command: string
      description: string
      usage_hint: string
      should_escape: boolean
      url?: string
    }[]
    shortcuts?: { callback_id: string; name: string }[]
  }
  oauth_config: { scopes: { bot: string[]; user?: string[] } }
  settings: {
    event_subscriptions: { bot_events: string[] }
    interactivity: { is_enabled: boolean }
    socket_mode_enabled: boolean
  }
}

const manifest = parse(readFileSync(join(root, 'slack-manifest.yaml'), 'utf8')) as Manifest
const { slack } = Config.parse({})

const handlers = readdirSync(join(root, 'handlers'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(root, 'handlers', name), 'utf8'))
  .join('\n')
const found = (pattern: RegExp) =>
  [...new Set([...handlers.matchAll(pattern)].map((match) => match[1]!))].sort()

// public and private channels, and direct messages with one or several
const READ_BACK = ['channels:history', 'groups:history', 'im:history', 'mpim:history']

/** What the Web API methods we call need of a bot token, by https://docs.slack.dev/reference/methods/NAME. */
const METHOD_SCOPES: Record<string, string[]> = {
  // .public: where the bot was not invited, a slash command is answered all the same
  'chat.postEphemeral': ['chat:write'],
  'chat.postMessage': ['chat:write', 'chat:write.public'],
  'chat.update': ['chat:write'],
  'conversations.history': READ_BACK,
  'conversations.replies': READ_BACK,
  'conversations.open': ['im:write'],
  filesUploadV2: ['files:write'],
  // also for the file's url_private
  'files.info': ['files:read'],
  'views.open': [],
  'auth.test': [],
}
const EVENT_SCOPES: Record<string, string[]> = { app_mention: ['app_mentions:read'] }

test('asks for the scopes that what we call and hear needs, and for no other', () => {
  // a Redis client is called client, too; Slack's methods are family.method, but for these
  const methods = found(/\bclient\s*\.(\w+\.[\w.]+|filesUploadV2|apiCall)\(/g)
  expect(methods.filter((method) => !METHOD_SCOPES[method])).toEqual([])
  expect(Object.keys(METHOD_SCOPES).filter((method) => !methods.includes(method))).toEqual([])
  const events = manifest.settings.event_subscriptions.bot_events
  const needed = [
    'commands',
    ...methods.flatMap((method) => METHOD_SCOPES[method] ?? []),
    ...events.flatMap((event) => EVENT_SCOPES[event] ?? ['?']),
  ]
  expect([...manifest.oauth_config.scopes.bot].sort()).toEqual([...new Set(needed)].sort())
  expect(manifest.oauth_config.scopes.user).toBeUndefined()
})

test('subscribes to the events that are listened to', () => {
  expect([...manifest.settings.event_subscriptions.bot_events].sort()).toEqual(
    found(/\bapp\.event\('(\w+)'/g),
  )
})

test('has the command that the program answers by default, unescaped, as it is parsed', () => {
  const [command, ...others] = manifest.features.slash_commands
  expect(others).toEqual([])
  expect(command).toMatchObject({ command: slack.command, should_escape: false })
  expect(found(/\bapp\.(command)\(/g)).toEqual(['command'])
})

test('lets buttons and dialogs through, and connects the way the program does by default', () => {
  expect(found(/\bapp\.(action|view)\b/g)).toEqual(['action', 'view'])
  expect(manifest.settings.interactivity.is_enabled).toBe(true)
  expect(manifest.settings.socket_mode_enabled).toBe(slack.mode === 'socket')
  // in Socket Mode no URL of ours is known to Slack
  expect(JSON.stringify(manifest)).not.toContain('http')
})

test('declares the shortcuts that are handled, and no other', () => {
  const declared = (manifest.features.shortcuts ?? []).map(({ callback_id: id }) => id)
  expect(declared.sort()).toEqual(found(/\bapp\.shortcut\('([\w-]+)'/g))
})

// the limits stand in the types of @slack/web-api (request/manifest.d.ts)
test("stays inside Slack's limits", () => {
  const { display_information: display, features, oauth_config: oauth, settings } = manifest
  expect(display.name.length).toBeLessThanOrEqual(35)
  expect(display.description.length).toBeLessThanOrEqual(140)
  if (display.long_description) expect(display.long_description.length).toBeGreaterThanOrEqual(174)
  expect(display.background_color).toMatch(/^#[0-9a-f]{6}$/i)
  expect(features.bot_user.display_name.length).toBeLessThanOrEqual(80)
  expect(features.slash_commands.length).toBeLessThanOrEqual(50)
  for (const { command, description, usage_hint: hint } of features.slash_commands) {
    expect(command).toMatch(/^\/[a-z0-9_-]{1,31}$/)
    expect(description.length).toBeLessThanOrEqual(2000)
    expect(hint.length).toBeLessThanOrEqual(1000)
  }
  expect(oauth.scopes.bot.length).toBeLessThanOrEqual(255)
  expect(settings.event_subscriptions.bot_events.length).toBeLessThanOrEqual(100)
})
