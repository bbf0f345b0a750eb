import { covers, parseAddress } from '../../shared/ceph/address.ts'
import { formatEntry } from '../../shared/ceph/blocklist.ts'
import { code } from '../../shared/text.ts'
import { checkOf } from './next.ts'
import { nameOf, type Scene, type Subject, type Watch, type WatchList } from './scene.ts'

/** Who watches what, and whether that is right; a list that is seen twice is judged as it was last. */
export function judgeLists(scene: Scene): void {
  const known = scene.lists.map((list) => ({ ...list, subject: resolve(scene, list.subject) }))
  const last = new Map<string, WatchList>()
  for (const [at, list] of known.entries()) last.set(keyOf(list.subject) ?? `#${at}`, list)
  for (const list of known) noteWatchers(scene, list)
  for (const [about, list] of last) judgeList(scene, about, list)
}

/** The image's header and the header's image, where the text gives both. */
export function resolve(scene: Scene, subject: Subject): Subject {
  const image = scene.images.find(
    ({ header, name, pool }) =>
      (subject.object !== undefined && header === subject.object) ||
      (subject.image !== undefined &&
        name === subject.image &&
        (pool ?? subject.pool) === (subject.pool ?? pool)),
  )
  if (!image) return subject
  return {
    ...image_(image),
    ...subject,
    ...(subject.object === undefined && image.header !== undefined ? { object: image.header } : {}),
  }
}

function image_({ pool, namespace, name }: Scene['images'][number]): Subject {
  return {
    ...(pool === undefined ? {} : { pool }),
    ...(namespace === undefined ? {} : { namespace }),
    image: name,
  }
}

const keyOf = (subject: Subject) => subject.object ?? nameOf(subject)

function noteWatchers(scene: Scene, { subject, watches }: WatchList): void {
  const image = subject.image === undefined ? undefined : nameOf(subject)
  for (const watch of watches)
    scene.notes.fact('watchers', { ...watch, object: subject.object, pool: subject.pool, image })
  if (subject.object?.startsWith('rbd_header.') || subject.image !== undefined)
    scene.notes.know('images', 'name', {
      ...{ name: subject.image ?? subject.object, pool: subject.pool, namespace: subject.namespace },
      ...{ header: subject.object, id: /^rbd_header\.(.+)$/.exec(subject.object ?? '')?.[1] },
    })
}

/** Every client once: a client may watch twice, with two cookies. */
function clientsOf(watches: readonly Watch[]): string[] {
  return [...new Set(watches.map(({ address }) => address))]
}

function judgeList(scene: Scene, about: string, list: WatchList): void {
  const { notes } = scene
  const { subject, watches, evidence, whole } = list
  const clients = clientsOf(watches)
  const name = nameOf(subject) ?? subject.object
  const what = name === undefined ? 'this object' : code(name)
  const base = { about, evidence }
  const check = checkOf(subject)
  if (subject.object !== undefined && !/^rbd_header\.|\.rbd$/.test(subject.object)) {
    notes.finding({
      ...{ ...base, code: 'watchers-of-object', verdict: 'inconclusive', severity: 'info' },
      summary: `${many(clients.length)} ${clients.length === 1 ? 'watches' : 'watch'} ${what}, which is no image header; several watchers are normal on such objects.`,
    })
    return
  }
  const blocked = clients.filter((address) => isBlocked(scene, address))
  if (blocked.length > 0)
    notes.finding({
      ...{ ...base, code: 'blocklisted-watcher', verdict: 'inconclusive', severity: 'warning' },
      summary: `${code(blocked[0]!)} watches ${what} and is on the blocklist.`,
      details: [
        'An OSD drops the watch of a blocked client as soon as it gets the new OSD map; the two outputs may be of different moments.',
      ],
    })
  if (clients.length === 0) {
    nobody(scene, list, what, about)
    return
  }
  if (clients.length === 1 && blocked.length > 0) {
    if (check) notes.next(check, 'Whether it still watches, and is still blocked')
    return
  }
  if (clients.length === 1) {
    notes.finding({
      ...{ ...base, code: 'one-watcher' },
      ...(whole
        ? ({ verdict: 'ruled-out', severity: 'ok' } as const)
        : ({ verdict: 'inconclusive', severity: 'info' } as const)),
      summary: whole
        ? `One client watches ${what}: ${code(clients[0]!)}, as it should be.`
        : `One client can be seen to watch ${what}: ${code(clients[0]!)}; the list is cut or damaged.`,
    })
    if (check)
      notes.next(check, whole ? 'Whether that client lives, if the trouble goes on' : 'See the whole list')
    return
  }
  several(scene, list, clients, what, about)
}

function nobody(
  { notes }: Scene,
  { whole, evidence, subject }: WatchList,
  what: string,
  about: string,
): void {
  notes.finding({
    ...{ about, evidence, code: 'no-watcher', verdict: whole ? 'confirmed' : 'inconclusive' },
    severity: whole ? 'ok' : 'info',
    summary: whole
      ? `Nobody watches ${what}: nobody has it open for writing, or whoever had it was cut off.`
      : `No watcher of ${what} can be read from this text.`,
  })
  const check = checkOf(subject)
  if (!whole && check) notes.next(check, 'See who watches it')
}

function several(scene: Scene, list: WatchList, clients: string[], what: string, about: string): void {
  const { notes } = scene
  const { subject, evidence, migration } = list
  const why = explanation(scene, list)
  const check = checkOf(subject)
  const holders = scene.locks.filter(({ address }) => address !== undefined && clients.includes(address))
  const details = [
    ...clients.map((address) => `${code(address)}${holds(holders, address)}`),
    ...(migration?.source
      ? [
          `Live migration ${code(migration.state ?? '')}: ${code(migration.source)} → ${code(migration.destination ?? '')}.`,
        ]
      : []),
  ]
  notes.finding({
    ...{ about, evidence, details },
    ...(why === undefined
      ? ({ code: 'several-watchers', verdict: 'inconclusive', severity: 'warning' } as const)
      : ({ code: 'watchers-explained', verdict: 'inconclusive', severity: 'info' } as const)),
    summary:
      why === undefined
        ? `${many(clients.length)} watch ${what}; one is usual. One of them may be left over, or a mirror, gateway or migration; the text does not tell.`
        : `${many(clients.length)} watch ${what}, which is normal here: ${why}.`,
  })
  if (check) notes.next(check, 'See on the hosts which of them live')
  notes.doNot(
    'blocklist one of these watchers because of this text',
    'a second watcher can be a mirror, a gateway or a live migration; blocking a living client breaks its writes',
  )
  if (why === undefined)
    notes.doNot(
      'block an address without its nonce (`:0/0`)',
      'that cuts off every client on that host, the living ones too',
    )
  if (holders.length > 0)
    notes.doNot(
      'run `rbd lock rm` to get rid of one',
      'it blocklists the owner of the lock by itself, whether it lives or not',
    )
}

function holds(holders: Scene['locks'], address: string): string {
  return holders.some((lock) => lock.address === address) ? ' holds the lock' : ''
}

/** Why more than one is right, as far as the text shows it. */
function explanation(scene: Scene, { subject, migration }: WatchList): string | undefined {
  if (migration) return 'a live migration is going on'
  const same = ({ image }: Subject) =>
    image === undefined || subject.image === undefined || image === subject.image
  const mirror = scene.mirrors.find(({ state, subject: of }) => /^up\+(?!stopped)/.test(state) && same(of))
  if (mirror) return `rbd-mirror replays it (${code(mirror.state)})`
  const image = scene.images.find((each) => each.header !== undefined && each.header === subject.object)
  if (image?.features?.includes('migrating')) return 'a live migration is going on'
  if (image?.mirrored) return 'it is a mirrored copy, and the mirror daemon that writes it watches it, too'
  const shared = scene.locks.find((lock) => lock.mode === 'shared' && same(lock.subject))
  return shared ? 'it is locked for shared use' : undefined
}

function isBlocked({ blocked, changes }: Scene, address: string): boolean {
  return blocked.entries.some(({ entry, after }) => {
    const removed = changes.slice(after).filter(({ did }) => did === 'removed')
    return (
      covers(entry, parseAddress(address)) && !removed.some((each) => each.address === formatEntry(entry))
    )
  })
}

function many(count: number): string {
  return count === 0 ? 'Nobody' : count === 1 ? 'One client' : `${count === 2 ? 'Two' : count} clients`
}
