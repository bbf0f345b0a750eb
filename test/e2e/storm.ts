import { setTimeout as delay } from 'node:timers/promises'
import type { Block, Message } from '../slack/types.ts'
import { keyOf, said } from './conversation.ts'
import type { Stand } from './stand.ts'

/** One delivery of a storm: the body of Alertmanager's webhook with one alert of one group. */
export type Delivery = { source: string; body: string }

export type Storm = {
  /** in the order in which they are sent */
  deliveries: Delivery[]
  alerts: number
  groups: number
  firing: number
}

/** Groups of ten alerts from two Alertmanagers; some come twice, some again, some are over before they begin. */
export function createStorm(alerts: number, sources: [string, string]): Storm {
  const groups = Math.ceil(alerts / 10)
  const planned: { at: number; delivery: Delivery }[] = []
  let firing = 0
  for (let n = 0; n < alerts; n++) {
    // neighbours belong to different groups, as when many things break at once
    const group = n % groups
    const source = sources[group % 2]!
    const say = (status: 'firing' | 'resolved', at: number) =>
      planned.push({ at, delivery: { source, body: bodyOf(group, n, status) } })
    say('firing', n)
    if (n % 9 === 0) say('firing', n)
    if (n % 11 === 0) say('firing', n + alerts / 4)
    if (n % 4 === 0) say('resolved', n % 8 === 0 ? n - 3 : n + alerts / 10)
    else firing += 1
  }
  planned.sort((a, b) => a.at - b.at)
  return { deliveries: planned.map(({ delivery }) => delivery), alerts, groups, firing }
}

// lately: what was over for a day is another incident when it comes back
const BEGAN = Date.now() - 3_600_000

function bodyOf(group: number, n: number, status: 'firing' | 'resolved'): string {
  const labels = { alertname: 'Storm', group: `g${group}`, instance: `osd.${n}` }
  const alert = {
    status,
    labels,
    annotations: { summary: `osd.${n} is slow <!channel>` },
    startsAt: new Date(BEGAN + n * 1000).toISOString(),
    endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : new Date(BEGAN + n * 1000 + 60_000).toISOString(),
    fingerprint: `f${n}`,
  }
  return JSON.stringify({
    version: '4',
    groupKey: `{}:{group="g${group}"}`,
    // never to be relied on
    status: 'firing',
    groupLabels: { alertname: 'Storm', group: `g${group}` },
    commonLabels: {},
    alerts: [alert],
  })
}

/** Sends everything within this time, and returns how often each HTTP status came back. */
export async function unleash(
  { deliveries }: Storm,
  port: number,
  secret: string,
  withinMs: number,
): Promise<Record<number, number>> {
  const began = Date.now()
  const counts: Record<number, number> = {}
  const sent = deliveries.map(async ({ source, body }, at) => {
    await delay(began + (at * withinMs) / deliveries.length - Date.now())
    const answer = await fetch(`http://127.0.0.1:${port}/alerts/${source}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
      body,
    })
    await answer.arrayBuffer()
    counts[answer.status] = (counts[answer.status] ?? 0) + 1
  })
  await Promise.all(sent)
  return counts
}

/** What Slack shows of a storm: each group, how often it is shown, and how many alerts of it there are. */
export type Shown = { groups: Map<string, number>; alerts: number; firing: number; threads: number }

/** Counts what stands in the first messages of incidents, and in the lists of digests. */
export function shownOf(stand: Stand): Shown {
  const roots = said(stand, 'incident-').filter((message) => !keyOf(message).endsWith('-lines'))
  const pages = said(stand, 'digest-').filter((message) => keyOf(message).includes('-page-'))
  const groups = new Map<string, number>()
  let [alerts, firing] = [0, 0]
  const count = (text: string) => {
    const group = /\(group=(g\d+)\)/.exec(text)?.[1]
    const [, fires, all] = /(\d+) of (\d+) firing/.exec(text) ?? []
    if (group === undefined || fires === undefined) return
    groups.set(group, (groups.get(group) ?? 0) + 1)
    firing += Number(fires)
    alerts += Number(all)
  }
  for (const root of roots) count(textOf(root))
  for (const line of pages.flatMap((page) => textOf(page).split('\n'))) count(line)
  return { groups, alerts, firing, threads: roots.length }
}

/** All text of a message's blocks, whole: the fallback text is cut. */
function textOf({ blocks = [] }: Message): string {
  const textIn = (block: Block) => {
    const parts = [block.text, ...((block.elements as unknown[]) ?? [])] as ({ text?: unknown } | undefined)[]
    return parts.map((part) => (typeof part?.text === 'string' ? part.text : '')).join(' ')
  }
  return blocks.map(textIn).join('\n')
}
