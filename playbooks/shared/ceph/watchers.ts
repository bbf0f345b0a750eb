import { type Json, readJson } from '../json.ts'
import { NotSeen } from '../probe.ts'
import { lines } from '../text.ts'
import { type Address, addressFromParts, parseAddress } from './address.ts'
import { finished, finishedMaybeEmpty, type Printed, unlike } from './errors.ts'
import { digits, entries, field, isObject, list, object, string, unsigned64 } from './fields.ts'

/** One watch on one object. `client` is the N of `client.N`; the cookie tells two watches of one client apart. */
export type Watcher = { address: Address; client: string; cookie: string }

const watcherLine = /^\s*watcher=(\S+) client\.(\d+) cookie=(\d+)\s*$/

/**
 * `rados -p POOL listwatchers OBJECT`, all releases:
 * `watcher=127.0.0.1:0/3062468253 client.4188 cookie=93892029245616`.
 * Empty output means that nobody watches; an object that does not exist is NotSeen('absent').
 */
export function readListwatchers(printed: Printed): Watcher[] {
  return lines(finishedMaybeEmpty(printed)).flatMap((line, at) =>
    line.trim() === '' ? [] : [readWatcherLine(line, at + 1)],
  )
}

function readWatcherLine(line: string, number: number): Watcher {
  const [, address, client, cookie] = watcherLine.exec(line) ?? []
  if (address === undefined || client === undefined || cookie === undefined) {
    throw unlike(number, line, '`watcher=ADDRESS client.N cookie=C`')
  }
  return { address: parseAddress(address), client, cookie }
}

/** Where a live migration stands: `prepared`, `executing` … The source or the target is another header. */
export type Migration = { state: string; source: string; destination: string }

export type RbdStatus = { watchers: Watcher[]; migration?: Migration }

/**
 * `rbd status IMAGE`, text or `--format json`, Hammer to now. JSON is `{"watchers":[…]}`, in Hammer and early
 * Jewel `{"watchers":{"watcher":{…},"watcher":{…}}}`. No watchers is said in words (`Watchers: none`, `[]`):
 * empty output is unparsable. Other sections and keys are ignored.
 */
export function readRbdStatus(printed: Printed): RbdStatus {
  const text = finished(printed)
  return text.trimStart().startsWith('{') ? readStatusJson(readJson(text)) : readStatusText(text)
}

function readStatusJson(document: Json): RbdStatus {
  const status = object(document, 'rbd status')
  const watchers = field(status, 'watchers')
  const found = isObject(watchers) ? entries(watchers, 'watcher') : list(watchers, 'watchers')
  if (isObject(watchers) && found.length !== watchers.entries.length) {
    throw new NotSeen('unparsable', 'watchers: expected only the key `watcher`')
  }
  const read = found.map((value, at) => {
    const watcher = object(value, `watcher ${at + 1}`)
    return {
      address: parseAddress(string(field(watcher, 'address'), 'address')),
      client: digits(field(watcher, 'client'), 'client'),
      cookie: unsigned64(field(watcher, 'cookie'), 'cookie'),
    }
  })
  const migration = field(status, 'migration')
  return migration === undefined
    ? { watchers: read }
    : { watchers: read, migration: readMigration(migration) }
}

function readMigration(value: Json): Migration {
  const migration = object(value, 'migration')
  const text = (name: string) => string(field(migration, name), name)
  const side = (end: 'source' | 'dest') => {
    const namespace = field(migration, `${end}_pool_namespace`)
    const within = typeof namespace === 'string' && namespace !== '' ? `${namespace}/` : ''
    return `${text(`${end}_pool_name`)}/${within}${text(`${end}_image_name`)}`
  }
  return { state: text('state'), source: side('source'), destination: side('dest') }
}

function readStatusText(text: string): RbdStatus {
  const all = lines(text)
    .map((line, at) => ({ line, number: at + 1 }))
    .filter(({ line }) => line.trim() !== '')
  const [head, ...rest] = all
  if (!head || !/^Watchers:( none)?\s*$/.test(head.line)) {
    throw unlike(head?.number ?? 1, head?.line ?? '', '`Watchers:`')
  }
  const next = rest.findIndex(({ line }) => /^[A-Z][A-Za-z ]*:/.test(line))
  const listed = next === -1 ? rest : rest.slice(0, next)
  const watchers = listed.map(({ line, number }) => readWatcherLine(line, number))
  if (head.line.includes('none') !== (watchers.length === 0)) {
    throw unlike(head.number, head.line, '`Watchers: none`, or watchers below it')
  }
  const migration = migrationText(rest.slice(listed.length).map(({ line }) => line))
  return migration ? { watchers, migration } : { watchers }
}

function migrationText(sections: string[]): Migration | undefined {
  const start = sections.findIndex((line) => /^Migration:\s*$/.test(line))
  if (start === -1) return
  const after = sections.slice(start + 1)
  const value = (name: string, form: RegExp) => {
    const line = after.find((each) => each.trim().startsWith(`${name}: `)) ?? ''
    const found = form.exec(line.trim().slice(name.length + 2))?.[1]
    if (found === undefined) throw new NotSeen('unparsable', `Migration: expected a line \`${name}: …\``)
    return found
  }
  return {
    state: value('state', /^(\S+)/),
    source: value('source', /^(.+?)(?: \([0-9a-f]+\))?$/),
    destination: value('destination', /^(.+?)(?: \([0-9a-f]*\))?$/),
  }
}

/** A watch as the OSD that holds the object knows it; `timeoutS` is how long it lives on without its client. */
export type HeldWatch = Watcher & { object: string; namespace: string; timeoutS: number }

/**
 * `ceph tell osd.N dump_watchers` or `ceph daemon osd.N dump_watchers` (JSON; the address without its nonce).
 * Holds the watches of that OSD's objects, in all pools, without naming the pool. `[]` means none there.
 * Watches of daemons (`mgr.N` …) are left out. Needs `osd allow *` for `tell`.
 */
export function readDumpWatchers(printed: Printed): HeldWatch[] {
  return list(readJson(finished(printed)), 'dump_watchers').flatMap((value, at) => {
    const watch = object(value, `watch ${at + 1}`)
    const name = object(field(watch, 'entity_name'), 'entity_name')
    if (string(field(name, 'type'), 'type') !== 'client') return []
    const addr = object(field(watch, 'entity_addr_t'), 'entity_addr_t')
    const type = field(addr, 'type')
    const namespace = field(watch, 'namespace')
    return {
      address: addressFromParts(
        string(field(addr, 'addr'), 'addr'),
        digits(field(addr, 'nonce'), 'nonce'),
        typeof type === 'string' ? type : undefined,
      ),
      client: digits(field(name, 'num'), 'num'),
      cookie: unsigned64(field(watch, 'cookie'), 'cookie'),
      object: string(field(watch, 'object'), 'object'),
      namespace: namespace === undefined ? '' : string(namespace, 'namespace'),
      timeoutS: Number(digits(field(watch, 'timeout'), 'timeout')),
    }
  })
}
