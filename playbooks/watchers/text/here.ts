import type { Here as Spot } from '../../shared/ceph/pasted/shapes.ts'
import type { Scene, Subject } from './scene.ts'

export type Here = Spot<Scene> & { subject: Subject }

export const say = ({ scene, document }: Here, kind: string) =>
  scene.notes.recognise(kind, document.from, document.to)

export function pick<K extends string>(name: K, value: string | undefined): { [key in K]?: string } {
  return (value === undefined ? {} : { [name]: value }) as { [key in K]?: string }
}
