import type { Passage } from '../../shared/triage.ts'
import type { Scene } from './scene.ts'
import { readAdmin, readTargetcli } from './target-admin.ts'
import { readFiles } from './target-files.ts'
import { readScstKernel, readSwitches } from './target-log.ts'

/** SCST and LIO: their files with grep's names or below `cat`, the kernel's log, scstadmin, scst.conf, targetcli. */
export function readTargets(passage: Passage, scene: Scene): void {
  readFiles(passage, scene)
  readScstKernel(passage, scene)
  readSwitches(passage, scene)
  readAdmin(passage, scene)
  readTargetcli(passage, scene)
}
