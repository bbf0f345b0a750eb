import type { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'
import type { Approvals } from '../jobs/approvals.ts'
import type { Audit } from '../jobs/audit.ts'
import type { Presences } from '../jobs/presence.ts'
import type { Queues } from '../jobs/queues.ts'
import type { Records } from '../jobs/records.ts'
import type { Declaration } from '../playbooks/shared/playbook.ts'
import type { Outbox } from './outbox.ts'

/** Everything the handlers work with; put together in bot/. */
export type Bot = {
  settings: BotSettings
  catalogue: readonly Declaration[]
  client: WebClient
  queues: Queues
  approvals: Approvals
  records: Records
  audit: Audit
  /** the workers of a cluster that are there now */
  workersOf(cluster: string): Promise<Presences>
  outbox: Outbox
  log: Logger
}

export type BotSettings = {
  /** the slash command, with its slash */
  command: string
  clusters: readonly string[]
  /** the cluster that is meant in this channel when a command names none */
  clusterIn(channel: string): string | undefined
  approversFor(playbook: string): readonly string[]
  /** how long an offer can be approved */
  expireMs: number
  /** how long after the last approval a step may start */
  runMs: number
  /** how long a check waits for a worker */
  lapseMs: number
  /** PEM, Ed25519 */
  signingKey: string
}

export function playbookOf(bot: Pick<Bot, 'catalogue'>, name: string): Declaration | undefined {
  return bot.catalogue.find((playbook) => playbook.name === name)
}

/** What a request is about, in the words of its playbook: "watchers of `rbd_header.x`". */
export function subjectOf(
  bot: Pick<Bot, 'catalogue'>,
  request: { playbook: string; args: Record<string, string> },
): string {
  const playbook = playbookOf(bot, request.playbook)
  const args = playbook?.args.safeParse(request.args)
  return args?.success ? playbook!.subject(args.data) : request.playbook
}
