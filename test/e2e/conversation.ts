import type { Message } from '../slack/server.ts'
import { elementsOf } from '../slack/state.ts'
import { incident, lin, mei, type Stand } from './stand.ts'

export const HEADER = 'rbd_header.7mjm6dk28jaj3'
export const LEFT_OVER = '1.1.2.1:0/1193546917'

/** A check as it is typed here: the replayed clock makes the two seconds between the looks 0.2. */
export const checkLine = (cluster = 'demo', rest = '') =>
  `check watchers ${HEADER} interval=2 cluster=${cluster}${rest}`

const PATIENCE = { timeoutMs: 40_000 }

/** The key under which the bot posted a message: `root-ID`, `finding-ID`, `acting-ID`. */
export function keyOf(message: Message): string {
  return String(message.metadata?.event_payload.key ?? '')
}

/** Every message of the bot, in all channels. */
export function said({ slack }: Stand, prefix = ''): Message[] {
  const channels = [...new Set(slack.calls.map(({ args }) => String(args.channel ?? '')))].filter(Boolean)
  const inChannels = channels.flatMap((channel) =>
    slack.messages(channel).flatMap((message) => slack.messages(channel, message.ts)),
  )
  const ours = inChannels.filter(({ user }) => user === slack.bot.userId)
  return ours.filter((message) => keyOf(message).startsWith(prefix))
}

/** What can be clicked: action ids. */
export function buttons(message: Message): string[] {
  return (message.blocks ?? []).flatMap(elementsOf).flatMap(({ action_id: id }) => (id ? [String(id)] : []))
}

/** The same message as it looks now. */
export function now({ slack }: Stand, { channel, ts, thread_ts: parent }: Message): Message {
  const found = slack.messages(channel, parent ?? ts).find((message) => message.ts === ts)
  if (!found) throw new Error(`there is no message ${ts} any more`)
  return found
}

export function waitForMessage(stand: Stand, fits: (message: Message) => boolean, what: string) {
  return stand.slack.waitFor(fits, { ...PATIENCE, what }).catch((error) => {
    const log = [...stand.bot.lines.slice(-15), ...stand.worker.lines.slice(-15)].join('\n')
    throw new Error(`${(error as Error).message}\n${log}`)
  })
}

export type Answer = { checkId: string; root: Message; finding: Message }

/** Types the command and waits for its first message; returns the id of the check. */
export async function ask(stand: Stand, text = checkLine(), user: string = lin): Promise<string> {
  const known = new Set(said(stand, 'root-').map(keyOf))
  const delivery = await stand.slack.command(user, incident, text)
  if (!delivery.acked || delivery.response)
    throw new Error(`${text}: ${JSON.stringify(delivery.response ?? 'no ack')}`)
  const isNew = (message: Message) => keyOf(message).startsWith('root-') && !known.has(keyOf(message))
  return checkIdOf(await waitForMessage(stand, isNew, `a first message about ${text}`))
}

export function checkIdOf(message: Message): string {
  return keyOf(message)
    .replace(/^(root|finding)-/, '')
    .replace(/-direct$/, '')
}

/** The last word of a check. */
export async function answerTo(stand: Stand, checkId: string): Promise<Answer> {
  const finding = await waitForMessage(
    stand,
    (message) => keyOf(message) === `finding-${checkId}` && buttons(message).includes('evidence'),
    `the finding of ${checkId}`,
  )
  const isConcluded = (message: Message) =>
    keyOf(message) === `root-${checkId}` && message.text.includes('details in the thread')
  return { checkId, finding, root: await waitForMessage(stand, isConcluded, `the end of ${checkId}`) }
}

/** A whole check: typed, looked, answered. */
export async function check(stand: Stand, cluster = 'demo', user: string = lin): Promise<Answer> {
  return answerTo(stand, await ask(stand, checkLine(cluster), user))
}

export const press = (stand: Stand, message: Message, action: string, user: string = mei) =>
  stand.slack.click(user, message.channel, message.ts, action)

export const approvalId = ({ checkId }: Answer, n = 1) => `a${checkId.slice(1)}-o${n}`

/** The thread's message about a remedy, once it says how it ended. */
export function ending(stand: Stand, id: string): Promise<Message> {
  return waitForMessage(
    stand,
    (message) =>
      keyOf(message) === `acting-${id}` &&
      /^\*(Done|Not done|Stopped|It is not known how far it got)/.test(message.text),
    `the end of ${id}`,
  )
}

/** What only this user was told last. */
export const told = ({ slack }: Stand, user: string) => slack.ephemerals(user).at(-1)?.text
