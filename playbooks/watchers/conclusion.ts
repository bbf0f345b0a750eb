import { code } from '../shared/text.ts'
import type { WatchersArgs } from './args.ts'
import { type Client, describe } from './clients.ts'
import type { Draft } from './draft.ts'
import type { Evidence } from './evidence.ts'
import { nobody } from './nobody.ts'
import { specOf } from './probes.ts'
import { dropsDeadWatches } from './renewal.ts'

type Part = Pick<Draft, 'code' | 'verdict' | 'severity' | 'summary'> & { more?: string[] }

/** The one sentence that matters, and why we believe it. */
export function conclusion(args: WatchersArgs, evidence: Evidence, clients: Client[]): Draft {
  const name = subject(args, evidence)
  if (clients.length === 0) return nobody(name, evidence)
  const { more = [], ...part } = meaningOf(name, evidence, clients)
  return {
    ...part,
    details: [...clients.map(describe), ...explanations(evidence), ...more],
    evidence: restsOn(evidence, clients),
  }
}

/** What is checked, in the words of a finding: the image when its name is known, else the header. */
function subject(args: WatchersArgs, { image, header }: Evidence): string {
  if (image) return code(specOf(image))
  return code(header?.object ?? (args.target.kind === 'image' ? args.target.image : args.target.object))
}

function meaningOf(name: string, evidence: Evidence, clients: Client[]): Part {
  const free = clients.filter(({ blockedBy }) => !blockedBy)
  const gone = free.filter(({ life }) => life.state === 'gone')
  if (gone.length > 0) return leftOver(name, gone.length, clients.length)
  if (free.length < clients.length) return blocklisted(name)
  const only = clients.length === 1 ? clients[0]! : undefined
  if (only && only.life.found === 'nothing') {
    return {
      ...{ code: 'unexplained-watcher', verdict: 'inconclusive', severity: 'warning' },
      summary: `One client watches ${name}, but nothing on ${code(only.life.host ?? '')} could be it; I can't tell whether it is alive.`,
    }
  }
  if (!evidence.blocklist.seen) {
    return {
      ...{ code: 'blocklist-not-seen', verdict: 'inconclusive', severity: 'warning' },
      summary: `${clients.length === 1 ? 'One client watches' : `${many(clients.length)} clients watch`} ${name}; whether one of them is blocked could not be seen.`,
    }
  }
  // from Hammer on an OSD drops the watch of a client that is gone, so one that is listed is one that lives
  if (only && only.life.state !== 'alive' && !dropsDeadWatches(evidence)) {
    const which = evidence.osds.seen
      ? 'OSDs before Hammer keep the watches of dead clients'
      : 'what the OSDs run could not be seen; before Hammer they keep the watches of dead clients'
    return {
      ...{ code: 'unexplained-watcher', verdict: 'inconclusive', severity: 'warning' },
      summary: `One client watches ${name}, as it should be; whether it is alive I can't tell, and ${which}.`,
    }
  }
  if (only) {
    const host = only.life.host === undefined ? '' : ` on ${code(only.life.host)}`
    return {
      ...{ code: 'one-watcher', verdict: 'ruled-out', severity: 'ok' },
      summary: `The watchers of ${name} look right: one client (${code(only.address)}${host}).`,
    }
  }
  const unknown = clients.filter(({ life }) => life.state === 'unknown')
  if (unknown.length > 0) {
    const which =
      unknown.length === 1 ? `whether ${code(unknown[0]!.address)} is alive` : 'which of them live'
    return {
      ...{ code: 'unexplained-watcher', verdict: 'inconclusive', severity: 'warning' },
      summary: `${many(clients.length)} clients watch ${name}; I can't tell ${which}.`,
    }
  }
  const why = evidence.status.seen && evidence.status.value.migration ? ', during a live migration' : ''
  return {
    ...{ code: 'watchers-explained', verdict: 'ruled-out', severity: 'ok' },
    summary: `${many(clients.length)} clients watch ${name}, and all of them are in use${why}.`,
    more: ['More than one is normal for iSCSI gateways, rbd-mirror, migrations and shared images.'],
  }
}

function leftOver(name: string, gone: number, all: number): Part {
  const which = gone === all ? 'all of them are' : gone === 1 ? 'one of them is' : `${gone} of them are`
  return {
    ...{ code: 'left-over-watcher', verdict: 'confirmed', severity: 'critical' },
    summary:
      all === 1
        ? `A left-over watcher holds ${name}, and nobody else uses it.`
        : `A left-over watcher is on ${name}: ${many(all).toLowerCase()} clients watch the header, and ${which} gone.`,
  }
}

export function blocklisted(name: string): Part & { more: string[] } {
  return {
    ...{ code: 'blocklisted-watcher', verdict: 'confirmed', severity: 'warning' },
    summary: `A watcher of ${name} is blocklisted and still listed.`,
    more: [
      'An OSD drops the watch of a blocklisted client as soon as it gets the new OSD map; if it stays, that OSD is not following the map.',
    ],
  }
}

function explanations({ status, mirror }: Evidence): string[] {
  const said: string[] = []
  if (status.seen && status.value.migration) {
    const { state, source, destination } = status.value.migration
    said.push(`A live migration is ${code(state)}: ${code(source)} → ${code(destination)}.`)
  }
  if (mirror?.seen) {
    const { state, description } = mirror.value
    said.push(`rbd-mirror: ${code(state)}${description === '' ? '' : `, ${code(description)}`}.`)
  }
  return said
}

function restsOn({ first, second, blocklist }: Evidence, clients: Client[]): string[] {
  const read = [first, second, blocklist].flatMap((reading) => reading?.observation?.probe ?? [])
  return [...new Set([...read, ...clients.flatMap(({ life }) => life.evidence)])]
}

function many(count: number): string {
  return count === 2 ? 'Two' : String(count)
}
