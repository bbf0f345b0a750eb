import { createHash } from 'node:crypto'
import type { RedisClient } from '../../jobs/redis/dial.ts'
import { keyOf } from '../../jobs/redis/keys.ts'
import type { Records } from '../../jobs/redis/records.ts'
import { reaching } from '../../jobs/redis/unreachable.ts'
import { DIGEST_PAGE, digestMessage, digestPage, incidentLines, incidentMessage } from '../blocks/incident.ts'
import type { Message } from '../blocks/message.ts'
import type { Bot } from '../bot.ts'
import type { Place, Posted } from '../outbox.ts'
import { type Incident, isMuted } from './incident.ts'
import type { Pace } from './pace.ts'
import type { Places } from './places.ts'

/**
 * The messages of incidents. What can be drawn: an incident (its first message), `ID-lines` (its thread's account), a
 * digest, and `DIGEST-page-N` (a part of its thread's list). All throw SlackLater and SlackNever.
 */
export type Threads = {
  /** draws one of these as it stands now; what did not change since then costs nothing */
  draw(id: string): Promise<void>
  /** where replies about this incident go; posts its first message when it is not there yet */
  placeOf(id: string, incident: Incident): Promise<Place>
  /** where its first message stands; undefined when it is not there yet */
  posted(id: string, incident: Incident): Promise<Posted | undefined>
}

const rootKey = (id: string, { round }: Incident) => `incident-${id}-${round}`

export function createThreads(
  { outbox }: Pick<Bot, 'outbox'>,
  client: RedisClient,
  store: Records<Incident>,
  places: Places,
  pace: Pace,
  keepMs: number,
  /** what has to be drawn next */
  alsoStale: (channel: string, id: string) => Promise<void>,
): Threads {
  /** Like the outbox's, but an edit that changes nothing is left out. */
  async function show(key: string, place: Place, message: Message): Promise<Posted> {
    const looks = createHash('sha256').update(JSON.stringify(message)).digest('base64')
    const there = await outbox.posted(key)
    const seen = await reaching('what is shown', () => client.get(keyOf('shown', key)))
    if (there && seen === looks) return there
    const posted = await pace.run(place.channel, there ? 'edit' : 'post', () =>
      outbox.show(key, place, message),
    )
    await reaching('what is shown', () => client.set(keyOf('shown', key), looks, 'PX', keepMs))
    return posted
  }

  const showRoot = (id: string, incident: Incident) =>
    show(rootKey(id, incident), { channel: incident.channel }, incidentMessage(incident, id, Date.now()))

  async function drawIncident(id: string, incident: Incident): Promise<void> {
    const spot = await places.of(id, incident)
    if (spot.kind === 'digest') return alsoStale(incident.channel, spot.digest)
    await showRoot(id, incident)
    // the first messages of all incidents come before anyone's account
    if (!isMuted(incident, Date.now())) await alsoStale(incident.channel, `${id}-lines`)
  }

  async function drawLines(id: string, incident: Incident): Promise<void> {
    const { channel, ts } = await showRoot(id, incident)
    await show(`${rootKey(id, incident)}-lines`, { channel, threadTs: ts }, incidentLines(incident))
  }

  async function incidentsOf(ids: readonly string[]): Promise<Incident[]> {
    const all = await Promise.all(ids.map((id) => store.get(id)))
    return all.filter((incident) => incident !== undefined)
  }

  async function showDigest(channel: string, digest: string): Promise<{ root: Posted; incidents: number }> {
    const incidents = await incidentsOf(await places.members(digest))
    const root = await show(digest, { channel }, digestMessage(incidents))
    return { root, incidents: incidents.length }
  }

  async function drawDigest(channel: string, digest: string): Promise<void> {
    const { incidents } = await showDigest(channel, digest)
    for (let page = 0; page * DIGEST_PAGE < incidents; page++)
      await alsoStale(channel, `${digest}-page-${page + 1}`)
  }

  async function drawPage(channel: string, digest: string, page: number): Promise<void> {
    const ids = (await places.members(digest)).slice((page - 1) * DIGEST_PAGE, page * DIGEST_PAGE)
    const root = (await outbox.posted(digest)) ?? (await showDigest(channel, digest)).root
    const thread = { channel: root.channel, threadTs: root.ts }
    await show(`${digest}-page-${page}`, thread, digestPage(await incidentsOf(ids)))
  }

  return {
    draw: async (id) => {
      const [, digest, channel, page] = /^(digest-(.+?)-\d+)(?:-page-(\d+))?$/.exec(id) ?? []
      if (digest !== undefined && channel !== undefined)
        return page === undefined ? drawDigest(channel, digest) : drawPage(channel, digest, Number(page))
      const [, incidentId = '', lines] = /^(.+?)(-lines)?$/.exec(id) ?? []
      const incident = await store.get(incidentId)
      if (incident) await (lines ? drawLines : drawIncident)(incidentId, incident)
    },
    placeOf: async (id, incident) => {
      const spot = await places.of(id, incident)
      const there = await outbox.posted(spot.kind === 'own' ? rootKey(id, incident) : spot.digest)
      const draw = async () =>
        spot.kind === 'own' ? showRoot(id, incident) : (await showDigest(incident.channel, spot.digest)).root
      const root = there ?? (await draw())
      return { channel: root.channel, threadTs: root.ts }
    },
    posted: async (id, incident) => {
      const spot = await places.of(id, incident)
      return outbox.posted(spot.kind === 'own' ? rootKey(id, incident) : spot.digest)
    },
  }
}
