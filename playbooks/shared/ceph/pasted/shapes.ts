import type { Json, JsonObject } from '../../json.ts'
import { NotSeen } from '../../probe.ts'
import { entries, isObject } from '../fields.ts'
import type { Document } from './documents.ts'
import type { Notes } from './notes.ts'

/** Where an object stands in a document, and what goes on around it. */
export type Here<Scene extends { notes: Notes }> = { scene: Scene; document: Document; at: readonly string[] }

/** One kind of object, known by the keys that it has; false: this is none. */
export type Shape<H> = (of: JsonObject, here: H) => boolean

/** Offers every object of a document, from the outside in, to the shapes; what one takes is not looked into again. */
export function offerShapes<H extends { at: readonly string[] }>(
  value: Json,
  shapes: readonly Shape<H>[],
  here: H,
): void {
  if (here.at.length > 40) return
  if (Array.isArray(value)) {
    for (const each of value) offerShapes(each, shapes, here)
    return
  }
  if (!isObject(value) || shapes.some((shape) => shape(value, here))) return
  for (const [name, each] of value.entries) offerShapes(each, shapes, { ...here, at: [...here.at, name] })
}

/** A scalar as text; undefined where it is missing, null or no scalar. The first, where a key occurs twice. */
export function textAt(of: JsonObject, name: string): string | undefined {
  const [value] = entries(of, name)
  if (typeof value === 'string') return value
  return typeof value === 'bigint' || typeof value === 'boolean' || typeof value === 'number'
    ? String(value)
    : undefined
}

export function objectAt(of: JsonObject, name: string): JsonObject | undefined {
  const [value] = entries(of, name)
  return isObject(value) ? value : undefined
}

export function listAt(of: JsonObject, name: string): Json[] | undefined {
  const [value] = entries(of, name)
  return Array.isArray(value) ? value : undefined
}

/** The scalars of a list as text. */
export function textsAt(of: JsonObject, name: string): string[] {
  return (listAt(of, name) ?? []).flatMap((each) =>
    typeof each === 'string'
      ? each
      : typeof each === 'bigint' || typeof each === 'number'
        ? String(each)
        : [],
  )
}

export function hasKeys(of: JsonObject, ...names: string[]): boolean {
  return names.every((name) => entries(of, name).length > 0)
}

/** Runs what may find a damaged value; it is refused by name then. */
export function careful(
  { scene, document }: { scene: { notes: Notes }; document: Document },
  value: string | undefined,
  act: () => void,
): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof NotSeen)) throw error
    scene.notes.refuse(document.from, value ?? '', error.message)
  }
}
