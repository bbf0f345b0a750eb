import { addressOr, type Place, recognise, type Takes } from './place.ts'
import type { Subject, Watch, WatchList } from './scene.ts'
import { endMirror } from './take-fields.ts'

/** `rados listwatchers` and `rbd status`. */
export const watcherTakes: Takes = {
  watcher: (record, place) => {
    const [, address = '', client = '', cookie = ''] = record.match
    const watch = readWatch(place, record.from, address, client, cookie)
    const list = place.list ?? startList(place, record.from)
    list.to = record.to
    list.evidence.push(record.text)
    if (watch) list.watches.push(watch)
    if (!watch?.client || watch.cookie === undefined) list.whole = false
    recognise(place, record, place.section.command?.program === 'rbd' ? 'rbd status' : 'rados listwatchers')
  },
  'watchers-head': (record, place) => {
    endMirror(place)
    place.list = undefined
    const list = startList(place, record.from)
    list.evidence.push(record.text)
    if (record.match[1] === undefined) list.whole = true
    recognise(place, record, 'rbd status')
  },
  'migration-side': (record, place) => {
    const list = place.list ?? place.scene.lists.at(-1)
    if (!list) return
    list.migration = { ...list.migration, [record.match[1]!]: record.match[2]! }
    list.to = record.to
    list.evidence.push(record.text)
    place.block = 'migration'
  },
}

/** A list of watchers begins; what it is about stands in the command, or was named last above it. */
export function startList(place: Place, line: number): WatchList {
  const subject =
    place.subject.object || place.subject.image
      ? place.subject
      : { ...place.subject, ...nearestHeader(place, line) }
  const list: WatchList = { subject, watches: [], whole: true, to: line, evidence: [] }
  place.scene.lists.push(list)
  place.list = list
  return list
}

/** The header object that was named last above a list that stands below no command. */
function nearestHeader({ section }: Place, line: number): Subject {
  const above = section.lines.filter(({ n }) => n <= line).toReversed()
  for (const { text } of above) {
    const object = /\brbd_header\.[0-9a-z]+\b/.exec(text)?.[0]
    if (object !== undefined) return { object }
  }
  return {}
}

function readWatch(
  place: Place,
  line: number,
  text: string,
  client: string,
  cookie: string,
): Watch | undefined {
  const address = addressOr(place, line, text)
  const whole = BigInt(cookie) < 2n ** 64n ? cookie : undefined
  if (whole === undefined) place.scene.notes.refuse(line, cookie, 'a cookie has at most 64 bits')
  if (address === undefined) return undefined
  return { address, client: `client.${client}`, ...(whole === undefined ? {} : { cookie: whole }) }
}
