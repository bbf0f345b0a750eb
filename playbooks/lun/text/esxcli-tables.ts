import { lunName } from '../../shared/scsi/lun-name.ts'
import type { Line } from '../../shared/triage.ts'
import type { Scene } from './scene.ts'

const UUID = '[0-9a-f]{8}-[0-9a-f]{8}(?:-[0-9a-f]{4}-[0-9a-f]{12})?'
/** A row of `storage filesystem list`; a volume that is not mounted has no mount point. */
const FILE_SYSTEM = new RegExp(
  `^\\s*(?:(/vmfs/volumes/(\\S+))\\s+)?(\\S.*?)??\\s*\\b(${UUID}|vsan:\\S+)\\s+(true|false)\\s+(\\S+(?: version)?)\\s+(\\d+)\\s+(\\d+)\\s*$`,
)
/** A row of `storage vmfs extent list`. */
const EXTENT = new RegExp(`^(.*?)\\s*\\b(${UUID})\\s+(\\d+)\\s+((?:eui|naa|t10|mpx)\\.\\S+)\\s+(\\d+)\\s*$`)

/** Rows are known by what stands in them, so that neither lost headings nor moved columns matter. */
export function readTables(lines: readonly Line[], host: string | undefined, scene: Scene): void {
  const seen: { kind: string; lines: Line[] }[] = []
  for (let at = 0; at < lines.length; at += 1) {
    for (const [text, used] of withNext(lines, at)) {
      const found = fileSystemRow(text, used, host, scene) ?? extentRow(text, scene)
      if (found === undefined) continue
      seen.push({ kind: found, lines: used })
      at += used.length - 1
      break
    }
  }
  for (const kind of new Set(seen.map((each) => each.kind)))
    scene.tell.saw(
      kind,
      seen.filter((each) => each.kind === kind).flatMap((each) => each.lines),
    )
}

/** A line alone, and put together with those after it: inside of a word, or between two. */
function* withNext(lines: readonly Line[], at: number): Generator<[string, Line[]]> {
  const first = lines[at]!
  yield [first.text, [first]]
  const startsRow =
    /^\/vmfs\/volumes\/|^\s*\S.*\b[0-9a-f]{8}-[0-9a-f]{8}-/.test(first.text) && !first.text.includes(',')
  if (!startsRow) return
  for (let more = 1; more <= 3 && lines[at + more]; more += 1) {
    const used = lines.slice(at, at + more + 1)
    if (used.slice(1).some(({ text }) => text.startsWith('/vmfs/volumes/'))) return
    yield [used.map(({ text }) => text).join(''), used]
    yield [used.map(({ text }) => text.trim()).join('  '), used]
  }
}

function fileSystemRow(
  text: string,
  lines: Line[],
  host: string | undefined,
  scene: Scene,
): string | undefined {
  const match = FILE_SYSTEM.exec(text)
  if (!match) return undefined
  const [, mountPoint = '', mountUuid, rawName = '', uuid, mounted, type, size, free] = match
  const name = rawName.trim()
  if (mountUuid !== undefined && mountUuid !== uuid) {
    scene.tell.refuse(lines[0]!, `the mount point says ${mountUuid}, the UUID is ${uuid}`, uuid)
    return 'esxcli storage filesystem list'
  }
  const one = {
    mountPoint,
    name,
    uuid: uuid!,
    mounted: mounted === 'true',
    type: type!,
    size: size!,
    free: free!,
  }
  scene.fileSystems.push({ ...one, host, lines })
  scene.tell.fact('datastores', {
    name,
    uuid: one.uuid,
    mountPoint,
    mounted: one.mounted,
    type: one.type,
    size: one.size,
    free: one.free,
  })
  return 'esxcli storage filesystem list'
}

function extentRow(text: string, scene: Scene): string | undefined {
  const match = EXTENT.exec(text)
  if (!match) return undefined
  const [, rawName, uuid, extent, device, partition] = match as unknown as string[]
  const name = rawName!.trim()
  const known = lunName(device!) ?? (device!.startsWith('mpx.') ? device : undefined)
  if (known !== undefined) scene.extents.push({ name, device: known })
  scene.tell.fact('datastores', { name, uuid: uuid!, extent: extent!, device: known, partition: partition! })
  return 'esxcli storage vmfs extent list'
}
