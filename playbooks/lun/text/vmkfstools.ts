import { code } from '../../shared/text.ts'
import type { Line, Passage } from '../../shared/triage.ts'
import type { Scene } from './scene.ts'

/** `vmkfstools -P VOLUME` (a volume and its devices) and `vmkfstools -D FILE` (who has a file locked). */
export function readVmkfstools(passage: Passage, scene: Scene): void {
  readVolume(passage, scene)
  readLock(passage, scene)
}

function readVolume({ lines, host }: Passage, scene: Scene): void {
  const from = lines.findIndex(({ text }) =>
    /^\S+ \(Raw Major Version: \d+\) file system spanning \d+ partitions/.test(text.trim()),
  )
  if (from < 0) return
  const used = lines.slice(from, from + 20)
  const text = used.map((line) => line.text.trim()).join('\n')
  const name = /File system label \(if any\): (.*)$/m.exec(text)?.[1]?.trim()
  const uuid = /^UUID: (\S+)/m.exec(text)?.[1]
  const devices = [...text.matchAll(/^((?:eui|naa|t10|mpx)\.\S+):(\d+)$/gm)].map((match) => match[1]!)
  const capacity = /Capacity (\d+)[^,]*, (\d+)/.exec(text)
  scene.tell.saw(
    'vmkfstools -P',
    used.filter((line) => line.text.trim() !== ''),
  )
  scene.tell.fact('datastores', {
    name,
    uuid,
    type: text.split(' ')[0],
    size: capacity?.[1],
    free: capacity?.[2],
    devices,
  })
  for (const device of devices) scene.extents.push({ name: name ?? '', device })
  const offline = used.filter((line) => /partitions spanned by this volume may be offline/.test(line.text))
  if (offline.length > 0)
    scene.trouble.push({
      host,
      lines: offline,
      code: 'extent-offline',
      severity: 'critical',
      device: devices[0],
      summary: `A part of ${code(name ?? uuid ?? 'the volume')} is offline.`,
    })
  else
    scene.fine.push({
      code: 'volume-readable',
      summary: `The volume ${code(name || uuid || '')} could be read; whether writes work does not show here.`,
      host,
      lines: used.slice(0, 2),
    })
}

const MODES: Record<string, string> = {
  '0': 'not locked',
  '1': 'locked exclusively',
  '2': 'locked for reading',
  '3': 'locked by several writers',
}

function readLock({ lines }: Passage, scene: Scene): void {
  for (const [at, line] of lines.entries()) {
    if (!/^\s*(?:\S+ )?Lock \[type \w+ offset \d+/.test(line.text)) continue
    const used = lines.slice(at, at + 6).filter(({ text }, index) => index === 0 || !/Lock \[type/.test(text))
    const text = used.map((each) => each.text).join(' ')
    const mode = /mode (\d)/.exec(text)?.[1]
    const owner = /owner ([0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12})/.exec(text)?.[1]
    if (mode === undefined || owner === undefined) {
      scene.tell.refuse(line, 'the lock is not whole: its mode or its owner is missing')
      continue
    }
    scene.tell.saw('vmkfstools -D', used as Line[])
    const free = mode === '0' || /^[0-]+$/.test(owner)
    const mac = free ? undefined : owner.slice(-12).replace(/..(?=.)/g, '$&:')
    scene.tell.fact('locks', { mode, meaning: MODES[mode], owner, ownerMac: mac })
    scene.tell.find({
      code: free ? 'file-not-locked' : 'file-locked',
      verdict: 'confirmed',
      severity: free ? 'ok' : 'info',
      summary: free
        ? 'No ESXi host has this file locked.'
        : `The file is ${MODES[mode] ?? 'locked'} by the ESXi host with the MAC address ${code(mac!)}.`,
      details: free
        ? []
        : ['A lock of a running machine is right; only when that host is dead it is left over.'],
      lines: used,
    })
    if (!free)
      scene.tell.doNot(
        'break the lock (`vmkfstools -B`) or delete the `.lck` file',
        'while its owner runs, two hosts would write to one disk',
      )
  }
}
