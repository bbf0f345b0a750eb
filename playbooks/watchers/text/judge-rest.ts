import { judgeImage, judgeLocks, judgeMirror } from './judge-images.ts'
import { judgeTrouble } from './judge-trouble.ts'
import type { Scene } from './scene.ts'

/** Locks, images and mirrors: what is right and what is not. */
export function judgeRest(scene: Scene): void {
  judgeLocks(scene)
  for (const image of scene.images) judgeImage(scene, image)
  for (const mirror of scene.mirrors) judgeMirror(scene, mirror)
  for (const [kind, troubles] of Map.groupBy(scene.troubles, (each) => each.kind))
    judgeTrouble(scene, kind, troubles)
}
