import type { Message } from '../../slack/server.ts'
import { elementsOf } from '../../slack/state.ts'
import { incident, type Product } from './product.ts'

/** What one check says in Slack once it has ended. */
export type Answer = {
  /** the message in the channel */
  root: Message
  /** the reply in its thread, with what is offered */
  finding: Message
  /** milliseconds from the command to the first answer in the thread, before the second look perhaps */
  firstMs: number
  /** milliseconds from the command to the last word */
  lastMs: number
}

const PATIENCE_MS = 90_000

/** `/unwedge TEXT`, and the answer in its thread. */
export async function ask({ slack, log }: Product, user: string, text: string): Promise<Answer> {
  const known = new Set(slack.messages(incident).map(({ ts }) => ts))
  const askedAt = Date.now()
  const delivery = await slack.command(user, incident, text)
  if (!delivery.acked || delivery.response)
    throw new Error(`/unwedge ${text}: ${JSON.stringify(delivery.response ?? 'no ack')}`)
  const patience = { timeoutMs: PATIENCE_MS }
  const isReply = ({ thread_ts: parent, ts }: Message) =>
    parent !== undefined && parent !== ts && !known.has(parent)
  try {
    await slack.waitFor(isReply, { ...patience, what: `an answer to ${text}` })
    const firstMs = Date.now() - askedAt
    const isFinal = (message: Message) => isReply(message) && buttons(message).includes('evidence')
    const finding = await slack.waitFor(isFinal, { ...patience, what: `the last word on ${text}` })
    const lastMs = Date.now() - askedAt
    // the finding does not wait for the first message, which says the same for those who only read the channel
    const isConcluded = (message: Message) =>
      message.ts === finding.thread_ts && !buttons(message).includes('cancel')
    const root = await slack.waitFor(isConcluded, { ...patience, what: `the first message about ${text}` })
    return { root, finding, firstMs, lastMs }
  } catch (error) {
    throw new Error(`${String(error)}\n${log.slice(-20).join('\n')}`, { cause: error })
  }
}

/** The thread's message about a remedy, once it says how it ended. */
export function ending({ slack }: Product, answer: Answer, after = answer.finding.ts): Promise<Message> {
  const fits = ({ thread_ts: parent, ts, text }: Message) =>
    parent === answer.root.ts &&
    ts > after &&
    /^\*(Done|Not done|Stopped|It is not known how far it got)/.test(text)
  return slack.waitFor(fits, { timeoutMs: PATIENCE_MS, what: 'the end of the remedy' })
}

/** The same message as it looks now. */
export function now({ slack }: Product, { ts, thread_ts: parent }: Message): Message {
  const found = slack.messages(incident, parent ?? ts).find((message) => message.ts === ts)
  if (!found) throw new Error(`there is no message ${ts} any more`)
  return found
}

/** What can be clicked: action ids. */
export function buttons(message: Message): string[] {
  return (message.blocks ?? []).flatMap(elementsOf).flatMap(({ action_id: id }) => (id ? [String(id)] : []))
}
