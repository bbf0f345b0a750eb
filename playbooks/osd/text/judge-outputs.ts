import { judgeCrashes, judgeOps, judgeVersions } from './judge-daemons.ts'
import { judgeFiles, judgeListeners } from './judge-host.ts'
import { judgeStates, judgeStops, judgeUse } from './judge-map.ts'
import type { Scene } from './scene.ts'

/** Outputs of one moment: the map, use, sockets, descriptors, requests, crashes, versions. */
export function judgeOutputs(scene: Scene): void {
  judgeStates(scene)
  judgeUse(scene)
  judgeListeners(scene)
  judgeFiles(scene)
  judgeOps(scene)
  judgeStops(scene)
  judgeCrashes(scene)
  judgeVersions(scene)
}
