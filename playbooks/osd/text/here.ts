import type { Section } from '../../shared/ceph/pasted/sections.ts'
import { type Here as Spot, textsAt } from '../../shared/ceph/pasted/shapes.ts'
import type { JsonObject } from '../../shared/json.ts'
import type { Scene } from './scene.ts'

export type Here = Spot<Scene> & { section: Section }

export const say = ({ scene, document }: Spot<Scene>, kind: string) =>
  scene.notes.recognise(kind, document.from, document.to)
/** How JSON writes a member that is not set. */
export const NONE = '2147483647'

/** The ids of a list of OSDs, without those that are not set. */
export const osdList = (of: JsonObject, name: string) =>
  textsAt(of, name).filter((id) => /^\d+$/.test(id) && id !== NONE)
