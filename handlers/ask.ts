import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { CheckRequest } from '../jobs/contracts.ts'
import { help, refusal } from './blocks/answers.ts'
import { checking } from './blocks/checking.ts'
import type { Message } from './blocks/message.ts'
import { type Bot, subjectOf } from './bot.ts'
import { nearest, parseCommandLine, type Refusal, shown } from './command-line.ts'
import { statusMessage } from './status.ts'
import { rootKey, rootPlace } from './threads.ts'
import { plain } from './typed-words.ts'

/** Someone's words, and where they said them. */
export type Asked = {
  text: string
  user: string
  channel: string
  threadTs?: string | undefined
  /** the same for the same click or command, however often Slack delivers it */
  key: string
}

/** Either a check was taken (it is on record, durably, and will be queued), or there is something to say at once. */
export type Taken = { started: CheckRequest } | { answer: Message }

/** So long, ms, what follows an ack leaves the processor to it, and to those that came in with it. */
const ACK_FIRST_MS = 1

/** Takes one line: parses it, refuses what does not fit, and takes on a check. Throws QueueUnreachable. */
export async function take(bot: Bot, asked: Asked): Promise<Taken> {
  const { settings, catalogue } = bot
  const parsed = parseCommandLine(asked.text, catalogue)
  if (!parsed.ok) return { answer: refusal(parsed.refusal, settings.command) }
  const { command } = parsed
  if (command.verb === 'help')
    return { answer: help(catalogue, settings.clusters, settings.command, command.topic) }
  if (command.verb === 'status') return { answer: await statusMessage(bot) }
  const cluster = command.cluster ?? settings.clusterIn(asked.channel)
  if (cluster === undefined || !settings.clusters.includes(cluster)) {
    return {
      answer: refusal(unknownCluster(asked.text, command.cluster, settings.clusters), settings.command),
    }
  }
  const { playbook, args } = command
  const request = requestOf({ ...asked, playbook, args, cluster })
  const accepted = await bot.queues.acceptCheck(request)
  // Slack waits for no more than that, so its ack goes first; a failure here, or our death, leaves it to the sweep
  setTimeout(() => {
    queueCheck(bot, request, accepted === 'added').catch((error) =>
      bot.log.warn({ err: error, check: request.id }, 'not queued yet'),
    )
  }, ACK_FIRST_MS)
  return { started: request }
}

/** The same check once more, for someone else perhaps, in the thread where it was first. Throws QueueUnreachable. */
export async function takeAgain(
  bot: Bot,
  checkIdBefore: string,
  asked: Omit<Asked, 'text'>,
): Promise<CheckRequest | undefined> {
  const before = await bot.records.check(checkIdBefore)
  if (!before) return undefined
  const { playbook, args, cluster } = before.request
  return enqueueCheck(bot, { ...asked, playbook, args, cluster })
}

/** Puts a check into the queue, durably; what is asked for with the same key is the same check. Throws QueueUnreachable. */
export async function enqueueCheck(bot: Bot, wanted: Wanted): Promise<CheckRequest> {
  const request = requestOf(wanted)
  await queueCheck(bot, request)
  return request
}

/**
 * Puts a check that was taken into the queue, with its record; as often as need be. `isNew`: it was accepted just now
 * and nobody had it before. Throws QueueUnreachable.
 */
export async function queueCheck(bot: Bot, request: CheckRequest, isNew = false): Promise<void> {
  const lapseAt = request.requestedAt + bot.settings.lapseMs
  await Promise.all([
    // first, because a worker may be waiting for it
    bot.queues.addCheck(request, isNew),
    bot.records.saveRequest(request),
    bot.queues.later('lapse', request.id, lapseAt),
  ])
  await bot.queues.checkQueued(request.id)
}

type Wanted = Omit<Asked, 'text'> & Pick<CheckRequest, 'playbook' | 'args' | 'cluster'>

function requestOf({ playbook, args, cluster, user, channel, threadTs, key }: Wanted): CheckRequest {
  return {
    id: checkId(key),
    playbook,
    args,
    cluster,
    requestedBy: user,
    origin: { channel, ...(threadTs !== undefined && { threadTs }) },
    requestedAt: Date.now(),
  }
}

/** Opens the thread of a check that was taken, so that people see at once that someone looks. */
export async function announce(bot: Bot, request: CheckRequest): Promise<void> {
  await delay(ACK_FIRST_MS)
  const workers = await bot.workersOf(request.cluster).catch(() => undefined)
  const nobodyLooks =
    workers?.alive.length === 0
      ? `No worker of cluster ${request.cluster} is running. The check waits ${inWords(bot.settings.lapseMs)} for one; start it with \`unwedge worker\` on the cluster.`
      : undefined
  bot.outbox.sketch(
    rootKey(request.id),
    rootPlace(request),
    checking({
      request,
      subject: subjectOf(bot, request),
      ...(nobodyLooks !== undefined && { nobodyLooks }),
    }),
  )
}

function inWords(ms: number): string {
  return ms < 60_000 ? `${Math.ceil(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`
}

function checkId(key: string): string {
  return `c${createHash('sha256').update(key).digest('hex').slice(0, 15)}`
}

function unknownCluster(raw: string, named: string | undefined, clusters: readonly string[]): Refusal {
  const text = plain(raw).trim()
  const known = clusters.map((name) => `\`${name}\``).join(', ')
  if (named === undefined)
    return {
      problem: `Which cluster? I know ${known}.`,
      tryThis: `${text} cluster=${clusters[0] ?? 'NAME'}`,
      near: false,
    }
  const near = nearest(named, clusters)
  const instead = near ?? clusters[0]
  return {
    problem: `I know no cluster \`${shown(named)}\`; I know ${known}.`,
    tryThis: instead && text.replace(/\bcluster=("[^"]*"|\S+)/i, `cluster=${instead}`),
    near: near !== undefined,
  }
}
