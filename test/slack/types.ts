import type { EventEmitter } from 'node:events'

/** A block as JSON; `checkBlocks` says whether Slack would take it. */
export type Block = { type: string; block_id?: string; [field: string]: unknown }

export type Metadata = { event_type: string; event_payload: Record<string, unknown> }

export type FileEntry = {
  id: string
  name: string
  title: string
  size: number
  url: string
  mimetype: string
  /** what people uploaded: Slack gives it only to who shows a token */
  url_private?: string
  mode?: 'hosted' | 'external'
}

/** A message as Slack's API returns it, plus the channel it is in. */
export type Message = {
  type: 'message'
  channel: string
  /** unique in the workspace, e.g. `1700000000.000100`; never a number */
  ts: string
  user: string
  bot_id?: string
  app_id?: string
  text: string
  blocks?: Block[]
  metadata?: Metadata
  edited?: { user: string; ts: string }
  thread_ts?: string
  /** only on the first message of a thread */
  reply_count?: number
  reply_users?: string[]
  latest_reply?: string
  files?: FileEntry[]
  reactions?: { name: string; users: string[]; count: number }[]
}

/** A message that only one user sees. It is not in the channel's history. */
export type Ephemeral = {
  ts: string
  channel: string
  /** who sees it */
  visibleTo: string
  /** who wrote it: the bot, or `USLACKBOT` when Slack itself complains */
  user: string
  text: string
  blocks?: Block[]
  thread_ts?: string
}

type User = { id: string; name: string }
export type Channel = {
  id: string
  name: string
  botIsMember: boolean /** set for a direct message */
  with?: string
}

/** A modal that is open on a user's screen. */
export type OpenView = {
  id: string
  user: string
  view: Record<string, unknown> & { blocks: Block[] }
  hash: string
  rootId: string
}

/** One Web API call as the server saw it. `args` never holds the token. */
export type Call = {
  method: string
  /** milliseconds since the epoch */
  at: number
  args: Record<string, unknown>
  ok: boolean
  error?: string
  /** the injected fault it ran into */
  fault?: FaultMode
  /** it came while Slack had asked to wait with this method (Retry-After) */
  tooEarly?: true
}

export type FaultMode = 'http500' | 'lost-response' | 'refuse' | 'ratelimited'
export type Fault = { times: number; mode: FaultMode /** seconds */; retryAfter?: number }

/** What a user saw as "did not respond": `no-connection` when nobody listened, `no-ack` after three seconds. */
export type Timeout = {
  at: number
  kind: PayloadKind
  reason: 'no-connection' | 'no-ack' | 'http-error'
  payload: Payload
}

export type PayloadKind = 'slash_commands' | 'events_api' | 'interactive'
export type Payload = Record<string, unknown>

/** How the app acknowledged a payload; `response` is the body of the ack, if it had one. */
export type Delivery = {
  acked: boolean
  ackMs: number
  response?: Record<string, unknown>
  kind: PayloadKind
  payload: Payload
}

export type Change =
  | { kind: 'message'; message: Message }
  | { kind: 'deleted'; channel: string; ts: string }
  | { kind: 'ephemeral'; ephemeral: Ephemeral }
  | { kind: 'ephemeral-gone'; visibleTo: string; ts: string }
  | { kind: 'views'; user: string }
  | { kind: 'channel'; channel: Channel }

type Hint = {
  title: string
  lines: string[] /** texts that a click puts into the composer */
  tries: string[]
}

/** Limits when `strictRates` is on. */
export type Rates = {
  /** chat.postMessage: this many at once per channel, then one per second */
  postBurst: number
  /** chat.update per minute and channel */
  updatePerMinute: number
  /** every other method, per minute */
  otherPerMinute: number
}

export type SlackOptions = {
  /** 0 or absent: a free one */
  port?: number
  teamId?: string
  teamName?: string
  users: User[]
  channels: { id: string; name: string; botIsMember?: boolean }[]
  /** callback ids of the app's message shortcuts, as in its manifest; default `explain` */
  shortcuts?: string[]
  /** default `/unwedge`; the bot is called the same, without the slash */
  command?: string
  signingSecret?: string
  /** HTTP mode: events, commands and interactions are POSTed here, signed; absent: Socket Mode */
  eventsUrl?: string
  strictRates?: boolean
  rates?: Partial<Rates>
  /** waits before an event that was not acknowledged is sent again; Slack: at once, 1 min, 5 min. Default 0.2, 1, 3 s */
  eventRetriesMs?: number[]
  hint?: Hint
}

/** Everything this Slack knows. Functions beside it read and change it; `changes` tells the page. */
export type World = {
  team: { id: string; name: string; domain: string }
  bot: { userId: string; botId: string; appId: string; name: string }
  command: string
  shortcuts: string[]
  hint: Hint | undefined
  /** `http://127.0.0.1:PORT`, set once the server listens */
  baseUrl: string
  users: Map<string, User>
  channels: Map<string, Channel>
  messages: Message[]
  ephemerals: Ephemeral[]
  views: OpenView[]
  files: Map<string, StoredFile>
  responseUrls: Map<string, ResponseUrl>
  triggers: Map<string, { user: string; expiresAt: number; used: boolean }>
  calls: Call[]
  timeouts: Timeout[]
  /** emits `change` with a Change */
  changes: EventEmitter
}

export type StoredFile = {
  id: string
  name: string
  title: string
  content?: Buffer
  shared: boolean
  mimetype?: string
  /** the channel in which someone uploaded it; absent: the bot did */
  channel?: string
}
export type ResponseUrl = {
  user: string
  channel: string
  expiresAt: number
  usesLeft: number
  /** the message that was clicked, for replace_original and delete_original */
  original?: { ts: string; ephemeral: boolean }
  threadTs?: string
}
