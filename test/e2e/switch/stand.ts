import { switchScenario } from '../../jobs/switch-playbook.ts'
import type { Message } from '../../slack/server.ts'
import { type Answer, answerTo, approvalId, ask, keyOf, press, waitForMessage } from '../conversation.ts'
import { mei, type Stand, type StandOptions } from '../stand.ts'

/** For the environment of bot and worker: the product with the switch among its playbooks. */
export const WITH_SWITCH = { NODE_OPTIONS: `--import ${new URL('./hook.ts', import.meta.url).href}` }

/** A stand with clusters of replayed switches. */
export function withSwitches(clusters: string[]): StandOptions {
  const hosts = Object.fromEntries(
    switchScenario.hosts.map(({ name, ...host }) => [name, { ...host, transport: 'replay' }]),
  )
  const config = { clusters: Object.fromEntries(clusters.map((name) => [name, { hosts }])) }
  return {
    clusters,
    config: { ...config, default_cluster: clusters[0] },
    botEnv: WITH_SWITCH,
    workerEnv: WITH_SWITCH,
  }
}

/** Number of the offer in the switch's findings. */
const OFFERS = { hold: 1, louder: 2 }

/** Looks at a switch and has one of its remedies approved; returns the answer and the id of the approval. */
export async function approve(
  stand: Stand,
  remedy: keyof typeof OFFERS,
  { host = 'sw-1', cluster = 'demo', minutes = '60', by = mei } = {},
): Promise<{ answer: Answer; id: string }> {
  const line = `check switch ${host} minutes=${minutes} cluster=${cluster}`
  const answer = await answerTo(stand, await ask(stand, line))
  await press(stand, answer.finding, `Approve: ${remedy} the switch`, by)
  return { answer, id: approvalId(answer, OFFERS[remedy]) }
}

/** The thread's message about taking back, once it begins so. */
export function takenBack(stand: Stand, id: string, begins: string): Promise<Message> {
  const fits = (message: Message) =>
    keyOf(message) === `taken-back-${id}` && message.text.startsWith(`*${begins}`)
  return waitForMessage(stand, fits, `“${begins}” about ${id}`)
}
