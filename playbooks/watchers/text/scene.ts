import type { BlocklistEntry } from '../../shared/ceph/blocklist.ts'
import type { Notes } from '../../shared/ceph/pasted/notes.ts'

/** What a list of watchers, a lock or an error is about, as far as the text says. */
export type Subject = { pool?: string; namespace?: string; image?: string; object?: string }

/** A watcher as it was read; a field is missing when it was damaged. */
export type Watch = { address: string; client?: string; cookie?: string; timeout?: string; osd?: string }

export type Migration = { state?: string; source?: string; destination?: string }

/** Who watches one object, at one moment. `whole`: nothing of the list was damaged or cut. */
export type WatchList = {
  subject: Subject
  watches: Watch[]
  whole: boolean
  migration?: Migration
  to: number
  evidence: string[]
}

export type HeldLock = {
  subject: Subject
  id: string
  client: string
  address?: string
  mode?: string
  tag?: string
  line: string
}

export type SeenImage = Subject & {
  name: string
  id?: string
  header?: string
  features?: string
  flags?: string
  /** a copy that rbd-mirror writes; the primary it leaves alone */
  mirrored?: boolean
  line: string
}

/** `after`: how many changes the text had told of before it */
export type Entry = BlocklistEntry & { line: string; after: number }

/** Something that a client or the kernel complained about. */
export type Trouble = {
  kind: string
  subject: Subject
  errno?: string
  client?: string
  text: string
  at?: string
}

/** What was seen of RBD in one text; what it means is said at its end, when everything is known. */
export type Scene = {
  notes: Notes
  lists: WatchList[]
  locks: HeldLock[]
  images: SeenImage[]
  blocked: { entries: Entry[]; listed: boolean; line: string }
  changes: { did: 'added' | 'removed' | 'absent' | 'typed-add' | 'typed-rm'; address: string; line: string }[]
  mirrors: { subject: Subject; state: string; description: string; line: string }[]
  troubles: Trouble[]
  /** header objects that are named anywhere */
  headers: Set<string>
  /** those whose watchers a command asked for */
  asked: Set<string>
}

export function emptyScene(notes: Notes): Scene {
  return {
    notes,
    lists: [],
    locks: [],
    images: [],
    blocked: { entries: [], listed: false, line: '' },
    changes: [],
    mirrors: [],
    troubles: [],
    headers: new Set(),
    asked: new Set(),
  }
}

export function noteEntry({ blocked, changes }: Scene, entry: BlocklistEntry, line: string): void {
  blocked.entries.push({ ...entry, line, after: changes.length })
}

/** `rbd/vol7`, `rbd_header.x`, or undefined. */
export function nameOf({ pool, namespace, image, object }: Subject): string | undefined {
  if (image !== undefined)
    return [pool, ...(namespace === undefined ? [] : [namespace]), image].filter(Boolean).join('/')
  return object
}
