import type { Passage } from '../../shared/triage.ts'
import { readKernel } from './kernel.ts'
import type { Scene } from './scene.ts'
import { readIscsiadm, readMultipath } from './sessions.ts'
import { readInquiry, readPersistentText, readSent } from './sg.ts'

/** Linux initiators: sg3-utils, lsscsi, multipath, iscsiadm, and what the kernel says about SCSI disks. */
export function readLinux(passage: Passage, scene: Scene): void {
  readSent(passage, scene)
  readPersistentText(passage, scene)
  readInquiry(passage, scene)
  readMultipath(passage, scene)
  readIscsiadm(passage, scene)
  readKernel(passage, scene)
}
