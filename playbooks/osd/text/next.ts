import type { Notes } from '../../shared/ceph/pasted/notes.ts'
import { OsdArgs } from '../args.ts'

/** Suggests `check osd N`, if the command takes that id. */
export function checkOsd(notes: Notes, id: string, why: string): void {
  if (OsdArgs.safeParse({ target: id }).success) notes.next(`check osd ${id}`, why)
}
