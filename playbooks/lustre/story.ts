import { fsnameOf } from './imports.ts'
import type { LustreEvent, LustreLog } from './log.ts'
import type { LockText } from './messages.ts'
import { parseMountSpec } from './nid.ts'
import { mgsLogOf, type ResourceId } from './resource-id.ts'

type Of<K extends LustreEvent['kind']> = Extract<LustreEvent, { kind: K }>

/** A wait for the lock on a file system's configuration. */
export type LockWait = {
  /** when it was asked for, ms since the epoch, by the same clock as `at` */
  askedMs: number | undefined
  /** how long, when the client gave up waiting for the first time */
  waitedS: number | undefined
  /** of that message */
  at: number | undefined
  /** of the last message about it */
  lastAt: number | undefined
  number: number
  namespace: string
  resource: ResourceId
  lock: LockText | undefined
}

/** One try to mount a file system, as far as the log tells. */
export type Attempt = {
  outcome: 'mounted' | 'failed' | 'unmounted' | 'waiting'
  at: number | undefined
  number: number
  rc: number | undefined
  mgc: string | undefined
  /** the MGS said that it has no such profile */
  noProfile: boolean
  lock: LockWait | undefined
  /** a server would not talk to this release at all, before anything was asked of it */
  refused: Of<'version-refused'> | undefined
}

/** A connection that was lost. */
export type Loss = {
  device: string
  target: string
  nid: string
  at: number | undefined
  number: number
  restored: { at: number | undefined; nid: string } | undefined
  /** the client itself dropped it, because a lock was not granted: no fault of the network */
  byLock: boolean
}

export type Eviction = {
  device: string
  target: string
  at: number | undefined
  number: number
  restoredAt: number | undefined
  /** files whose cached writes were thrown away, as far as the log names them */
  discarded: Of<'discarded'>[]
}

/** What a client's log tells about one file system. */
export type Story = {
  fsname: string
  /** the last word; undefined: the log knows of no try */
  last: Attempt | undefined
  losses: Loss[]
  evictions: Eviction[]
  /** requests to the MGS that got no answer, and troubles of LNet, after the last success */
  mgsTroubles: LustreEvent[]
}

/** Names of file systems that the log speaks of. `params` and `nodemap` are not among them. */
export function fileSystemsIn({ events }: Pick<LustreLog, 'events'>): string[] {
  const names = events.flatMap((event): (string | undefined)[] => {
    if (event.kind === 'mounted' || event.kind === 'unmounted' || event.kind === 'no-profile')
      return [ofProfile(event.profile)]
    if (event.kind === 'config-failed') return [ofProfile(event.log)]
    if ('device' in event) return [fsnameOf(event.device)]
    return [configOf(event)]
  })
  return [...new Set(names)].filter(
    (name) => name !== undefined && name !== 'params' && name !== 'nodemap',
  ) as string[]
}

function ofProfile(profile: string): string | undefined {
  return /^(.{1,8})-client$/.exec(profile)?.[1]
}

/** The file system whose configuration a message about a lock is about. */
function configOf(event: LustreEvent): string | undefined {
  const resource = resourceOf(event)
  const log = resource && mgsLogOf(resource.id)
  return log?.kind === 'config' && /^MG[CS]/.test(resource!.namespace) ? log.name : undefined
}

function resourceOf(event: LustreEvent): { id: ResourceId; namespace: string } | undefined {
  if (event.kind === 'lock-left') return { id: event.resource, namespace: event.namespace }
  if ('lock' in event && event.lock) return { id: event.lock.resource, namespace: event.lock.namespace }
  return undefined
}

/** Reads the log from its beginning to its end for one file system. */
export function storyOf({ events }: Pick<LustreLog, 'events'>, fsname: string): Story {
  const profile = `${fsname}-client`
  const story: Story = { fsname, last: undefined, losses: [], evictions: [], mgsTroubles: [] }
  let lock: LockWait | undefined
  let refused: Attempt['refused']
  const end = (event: LustreEvent, part: Partial<Attempt> & Pick<Attempt, 'outcome'>) => {
    const blank = { rc: undefined, mgc: undefined, noProfile: false }
    story.last = { ...blank, at: event.at, number: event.number, lock, refused, ...part }
    lock = undefined
    refused = undefined
  }
  for (const event of events) {
    if (configOf(event) === fsname) lock = waitFrom(event, lock)
    switch (event.kind) {
      case 'version-refused':
        if (event.target === 'MGS' || fsnameOf(event.target) === fsname) refused = event
        break
      case 'config-failed':
        if (event.log === profile) end(event, { outcome: 'failed', rc: event.rc, mgc: event.mgc })
        break
      case 'no-profile':
        if (event.profile === profile) end(event, { outcome: 'failed', rc: -22, noProfile: true })
        break
      case 'mount-failed':
        // the same failure is told several times; the first has the details
        if (parseMountSpec(event.source)?.fsname === fsname && !sameTry(story.last, event))
          end(event, { outcome: 'failed', rc: event.rc })
        break
      case 'mounted':
        if (event.profile === profile) {
          end(event, { outcome: 'mounted' })
          story.mgsTroubles = []
        }
        break
      case 'unmounted':
        if (event.profile === profile && story.last?.outcome !== 'failed')
          end(event, { outcome: 'unmounted' })
        break
      default:
        follow(story, event)
    }
  }
  // a resource that is only cleaned up proves no wait
  if (lock?.lock)
    story.last = {
      outcome: 'waiting',
      at: lock.at,
      number: lock.number,
      rc: undefined,
      mgc: undefined,
      noProfile: false,
      lock,
      refused: undefined,
    }
  markLosses(story, events)
  return story
}

function sameTry(last: Attempt | undefined, event: LustreEvent): boolean {
  return last?.outcome === 'failed' && apart(last, event) <= 5
}

/** Seconds between two messages; where the log has no times, lines stand for them. */
function apart(
  a: { at: number | undefined; number: number },
  b: { at: number | undefined; number: number },
): number {
  return a.at !== undefined && b.at !== undefined
    ? Math.abs(a.at - b.at) / 1000
    : Math.abs(a.number - b.number)
}

/** What is known of the wait, from several messages of which each may be cut off. */
function waitFrom(event: LustreEvent, before: LockWait | undefined): LockWait | undefined {
  const resource = resourceOf(event)
  if (!resource?.namespace.startsWith('MGC')) return before
  const lock = 'lock' in event ? event.lock : undefined
  const wait: LockWait = before ?? {
    askedMs: undefined,
    waitedS: undefined,
    at: event.at,
    lastAt: event.at,
    number: event.number,
    namespace: resource.namespace,
    resource: resource.id,
    lock: undefined,
  }
  return {
    ...wait,
    lastAt: event.at ?? wait.lastAt,
    lock: lock ?? wait.lock,
    // a lock that is asked for again after the first time-out keeps the mount waiting
    ...(event.kind === 'lock-timeout' &&
      wait.askedMs === undefined && {
        askedMs: event.at === undefined ? event.enqueuedS * 1000 : event.at - event.waitedS * 1000,
        waitedS: event.waitedS,
      }),
  }
}

function follow(story: Story, event: LustreEvent): void {
  const { losses, evictions } = story
  if (event.kind === 'lost' && concerns(story.fsname, event.device))
    losses.push({
      device: event.device,
      target: event.target,
      nid: event.nid,
      at: event.at,
      number: event.number,
      restored: undefined,
      byLock: false,
    })
  if (event.kind === 'restored') {
    for (const loss of losses)
      if (loss.device === event.device) loss.restored ??= { at: event.at, nid: event.nid }
    for (const eviction of evictions) if (eviction.device === event.device) eviction.restoredAt ??= event.at
  }
  if (event.kind === 'evicted' && fsnameOf(event.device) === story.fsname)
    evictions.push({
      device: event.device,
      target: event.target,
      at: event.at,
      number: event.number,
      restoredAt: undefined,
      discarded: [],
    })
  if (event.kind === 'discarded' && event.fsname === story.fsname) evictions.at(-1)?.discarded.push(event)
  if (isMgsTrouble(event)) story.mgsTroubles.push(event)
}

function concerns(fsname: string, device: string): boolean {
  return device.startsWith('MGC') || fsnameOf(device) === fsname
}

/** MGS_CONNECT to MGS_CONFIG_READ are 250 to 256. Source: lustre_idl.h. */
function isMgsTrouble(event: LustreEvent): boolean {
  if (event.kind === 'request-failed')
    return event.target.startsWith('MGC') || (event.opcode >= 250 && event.opcode <= 256)
  return event.kind === 'lnet' || (event.kind === 'operation-failed' && event.device.startsWith('MGC'))
}

/**
 * A client that is not granted a lock drops the connection itself and connects again ("entering recovery"): that loss says
 * nothing about the network. Source: ldlm_expired_completion_wait() calls ptlrpc_fail_import().
 */
function markLosses({ losses }: Story, events: LustreEvent[]): void {
  const timeouts = events.filter(
    (event): event is Of<'lock-timeout'> => event.kind === 'lock-timeout' && event.side === 'client',
  )
  for (const loss of losses) {
    loss.byLock = timeouts.some((event) => event.lock?.namespace === loss.device && apart(event, loss) <= 5)
  }
}
