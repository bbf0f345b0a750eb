import { tellerOf } from '../shared/linux/telling.ts'
import { NOTHING_TO_JUDGE } from '../shared/pasted/merge.ts'
import type { Passage, Reader, Told } from '../shared/triage.ts'
import { readEsxcliText } from './text/esxcli.ts'
import { readEsxiLog } from './text/esxi-log.ts'
import { judge } from './text/judge.ts'
import { readLinux } from './text/linux.ts'
import { readNames } from './text/names.ts'
import { emptyScene } from './text/scene.ts'
import { readTargets } from './text/targets.ts'
import { readVmkfstools } from './text/vmkfstools.ts'

/** No line of what is read here is longer; a longer one is something else, and would cost time. */
const LONGEST = 4096

/**
 * SCSI between an initiator and its target: ESXi's logs and esxcli, vmkfstools; SCST's files, log and scstadmin; LIO's files and
 * targetcli; sg3-utils, lsscsi, multipath, iscsiadm and the SCSI lines of Linux' kernel.
 */
export const lunReader: Reader = {
  playbook: 'lun',
  wants:
    /\b(?:eui|naa|t10|mpx)\.|vmhba|vmfs|\bcpu\d+:\d+|\[(?:vob|esx)\.|scst|sg_(?:raw|turs|inq|persist)|SCSI Status|PR generation|^\s*0x[0-9a-f]+\s*$|reservation|Reserv|multipath|\bdm-\d+|iscsi|iqn\.|\bsd (?:\d+:){3}|\[sd[a-z]+\]|dev sd[a-z]|Sense|\bsession\d+|connection\d+:|o- |config\/target|(?:Commands|Operations|Blocks (?:Read|Written)|Conflicts): \d|^ {2,}[A-Z][\w ()-]+: |\[\d+:\d+:\d+:\d+\]|\d+:\d+:\d+:\d+ +sd|Lock \[type|^real\s|identification:|serial number:|dynamic_debug|Path|Device|Datastore|Volume|UUID/i,
  read,
}

function read(passages: readonly Passage[]): Told {
  const tell = tellerOf('lun')
  const scene = emptyScene(tell)
  for (const whole of passages) {
    const passage = { ...whole, lines: whole.lines.filter(({ text }) => text.length <= LONGEST) }
    readEsxcliText(passage, scene)
    readEsxiLog(passage, scene)
    readTargets(passage, scene)
    readLinux(passage, scene)
    readVmkfstools(passage, scene)
  }
  // names alone are no output of ours: a Ceph log may hold `eui.` as well
  if (tell.told().recognised.length > 0) for (const passage of passages) readNames(passage, scene)
  judge(scene)
  const told = tell.told()
  if (told.recognised.length > 0 && told.findings.length === 0)
    tell.find({
      code: NOTHING_TO_JUDGE,
      verdict: 'inconclusive',
      severity: 'info',
      summary: `That is ${[...new Set(told.recognised.map(({ kind }) => kind))].join(', ')}; nothing in it is a fault, and it does not show whether the LUN works.`,
    })
  return told
}
