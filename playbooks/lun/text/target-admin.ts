import { programsOf } from '../../shared/pasted/program.ts'
import type { Line, Passage } from '../../shared/triage.ts'
import type { Scene } from './scene.ts'
import { imageFields } from './target-files.ts'

/** `scstadmin -list_device|-list_target|-list_session|-list_group`, and scst.conf. */
export function readAdmin({ lines, command }: Passage, scene: Scene): void {
  const { tell } = scene
  const typed = command ? programsOf(command).some(({ name }) => name === 'scstadmin') : false
  const isIt =
    typed || lines.some(({ text }) => /^Collecting current configuration|^\s*Driver\/Target:/.test(text))
  const isConf = lines.some(({ text }) => /^\s*(?:HANDLER|TARGET_DRIVER) \S+ \{/.test(text))
  if (!isIt && !isConf) return
  let device: string | undefined
  let target: string | undefined
  const used: Line[] = []
  for (const line of lines) {
    const { text } = line
    const inTarget = /^\s*(?:Driver\/Target: \S+?\/|TARGET )(\S+)/.exec(text)
    const session = /^\s*Session: (\S+)/.exec(text)
    const listed = /^\s*(?:vdisk_\w+|vcdrom|dev_disk\w*)?\s+(\S+)\s*$/.exec(text)
    const conf = /^\s*DEVICE (\S+) \{?/.exec(text)
    const value =
      /^\s*(filename|t10_dev_id|usn|eui64_id|naa_id)\s+"?([^"\s]\S*?)"?\s*(?:\s(?:Yes|No)\b.*)?$/.exec(text)
    const lun = /^\s*LUN (\d+) (\S+)/.exec(text)
    if (inTarget) target = inTarget[1]!
    if (inTarget) tell.fact('targets', { name: target })
    if (session) tell.fact('sessions', { initiator: session[1]!, target })
    if (conf) device = conf[1]!
    if (value && device !== undefined)
      tell.fact('devices', { name: device, kind: 'scst', [value[1]!]: value[2]! })
    if (lun) tell.fact('luns', { target, lun: lun[1]!, device: lun[2]! })
    if (isIt && listed && /^\s*vdisk_/.test(text)) tell.fact('devices', { name: listed[1]!, kind: 'scst' })
    if (inTarget || session || conf || value || lun || (isIt && listed)) used.push(line)
  }
  tell.saw(isConf ? 'scst.conf' : 'scstadmin', used)
}

/** `o- disk1 ....... [/dev/rbd0 (10.0TiB) write-thru activated]` below the plug-in that it belongs to. */
export function readTargetcli({ lines, host }: Passage, scene: Scene): void {
  const used: Line[] = []
  let plugin: string | undefined
  let target: string | undefined
  for (const line of lines) {
    const [, name, about] = /^[\s|]*o- (\S+) ?\.{2,} ?\[(.*)\]\s*$/.exec(line.text) ?? []
    if (name === undefined || about === undefined) continue
    used.push(line)
    if (/^(?:block|fileio|pscsi|ramdisk|user:\w+)$/.test(name)) plugin = name
    else if (name.startsWith('iqn.') && /TPGs?:/.test(about)) {
      target = name
      scene.tell.fact('targets', { name })
    } else if (/^(?:iqn|naa|eui)\./.test(name) && /Mapped LUNs/.test(about))
      scene.tell.fact('sessions', { initiator: name, target })
    else if (/^lun\d+$/.test(name))
      scene.tell.fact('luns', { target, lun: name.slice(3), device: about.split(' ')[0]! })
    else if (/\b(?:de)?activated\b/.test(about)) {
      const path = about.split(/[ ;]/)[0]!
      const active = /(?<!de)activated/.test(about)
      scene.tell.fact('devices', {
        name,
        kind: 'lio',
        plugin,
        path,
        state: active ? 'activated' : 'deactivated',
      })
      if (plugin === 'user:rbd') scene.tell.fact('images', imageFields(path))
    }
  }
  scene.tell.saw('targetcli ls', used)
  if (used.length > 0)
    scene.fine.push({
      code: 'target-configuration',
      summary: 'This is how the target is set up; nothing in it is a fault.',
      host,
      lines: used.slice(0, 1),
    })
}
