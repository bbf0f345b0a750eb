import { rowsIn } from '../../shared/linux/pasted-rows.ts'
import { readPrefixed } from '../../shared/linux/prefixed.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import type { Line, Passage } from '../../shared/triage.ts'

type PastedMount = { source: string; mountPoint: string; type: string; options: string | undefined }

const NETWORK = /^(?:nfs4?|cifs|smb3|fuse(?:\.\S+)?|ceph|glusterfs|gpfs|lustre|9p|ocfs2|gfs2|beegfs)$/
/** file systems of the system itself that happen to be FUSE */
const OWN = /^(?:fuse\.(?:gvfsd-fuse|portal|lxcfs|snapfuse)|fusectl|fuseblk)$/
const OPTIONS = '(?:rw|ro|defaults)(?:,[^\\s()]+)*|[a-z_]+(?:=[^\\s,()]+)?(?:,[^\\s()]+)+'
const FORMS: readonly [kind: string, pattern: RegExp][] = [
  ['mount', /^(?<source>\S+) on (?<path>\/.*?) type (?<type>\S+) \((?<options>[^()]*)\)(?: \[.*\])?$/],
  [
    '/proc/self/mountinfo',
    /^\d+ \d+ \d+:\d+ \/\S* (?<path>\/\S*) (?<rw>\S+)(?: \S+)* - (?<type>\S+) (?<source>\S+) (?<options>\S+)$/,
  ],
  [
    '/proc/mounts',
    new RegExp(
      `^(?<source>\\S+)\\s+(?<path>/\\S*)\\s+(?<type>[a-z0-9_.]+)\\s+(?<options>${OPTIONS})\\s+\\d\\s+\\d$`,
    ),
  ],
  [
    'findmnt',
    new RegExp(
      `^[\\s|\`├└─│-]*(?<path>/\\S*)\\s+(?<source>\\S+)\\s+(?<type>[a-z0-9_.]+)\\s+(?<options>${OPTIONS})$`,
    ),
  ],
]

/** Mounts over the network of /proc/mounts, mountinfo, mount, findmnt, fstab, nfsstat -m and df. Local ones are not told. */
export function readMountRows(passage: Passage, tell: Teller): void {
  for (const [kind, pattern] of FORMS) {
    const read = (text: string): PastedMount | undefined => {
      const groups = pattern.exec(text)?.groups
      return (
        groups && {
          source: unescaped(groups.source!),
          mountPoint: unescaped(groups.path!),
          type: groups.type!,
          options: groups.options,
        }
      )
    }
    const { rows } = rowsIn(passage.lines, { read: (text) => readPrefixed(text, read) })
    const remote = rows.filter(
      ({ value: { value } }) => NETWORK.test(value.type) && !OWN.test(value.type) && value.type !== 'lustre',
    )
    for (const { value, lines } of remote) tellMount(value.value, value.host ?? passage.host, lines, tell)
    // fstab has the same columns as /proc/mounts
    tell.saw(
      kind,
      remote.flatMap(({ lines }) => lines),
    )
  }
  readNfsstat(passage, tell)
  readDf(passage, tell)
}

function tellMount(
  { source, mountPoint, type, options }: PastedMount,
  host: string | undefined,
  lines: readonly Line[],
  tell: Teller,
): void {
  const [, server, path] = /^(\[[^\]]+\]|[^/]+?):(\/.*)$/.exec(source) ?? []
  const option = (name: string) =>
    options
      ?.split(',')
      .find((each) => each.startsWith(`${name}=`))
      ?.slice(name.length + 1)
  const has = (name: string) => options?.split(',').includes(name) === true
  const nfs = /^nfs/.test(type)
  const localLocks = has('nolock') || /^(?:all|posix|flock)$/.test(option('local_lock') ?? '')
  tell.fact('mounts', {
    server: server?.replace(/^\[|\]$/g, ''),
    export: path,
    source: server === undefined ? source : undefined,
    mountPoint,
    type,
    version: option('vers') ?? option('nfsvers'),
    address: option('addr'),
    clientAddress: option('clientaddr'),
    options,
    host,
  })
  if (!nfs || server === undefined) return
  if (localLocks)
    tell.find({
      code: 'local-locks',
      verdict: 'confirmed',
      severity: 'info',
      summary: `\`${mountPoint}\` keeps its locks to itself (\`nolock\` or \`local_lock\`): other clients do not see them.`,
      lines,
    })
  tell.find({
    code: 'nfs-mounted',
    verdict: 'inconclusive',
    severity: 'info',
    summary: `\`${mountPoint}\` is mounted from \`${source}\`${has('soft') ? ' (soft: it gives up with an error)' : has('hard') ? ' (hard: programs wait as long as it takes)' : ''}; whether its server answers a list of mounts does not show.`,
    lines,
  })
}

/** `/mnt from server:/export`, and below it ` Flags:	rw,vers=4.1,…`. */
function readNfsstat({ lines, host }: Passage, tell: Teller): void {
  for (const [at, line] of lines.entries()) {
    const [, mountPoint, source] = /^\s*(\/\S*) from (\S+:\/\S*)\s*$/.exec(line.text) ?? []
    if (mountPoint === undefined || source === undefined) continue
    const below = lines.slice(at + 1, at + 4).find(({ text }) => /^\s*Flags:/.test(text))
    const options = below?.text.replace(/^\s*Flags:\s*/, '').trim()
    const used = below ? [line, below] : [line]
    tellMount({ source, mountPoint, type: 'nfs', options }, host, used, tell)
    tell.saw('nfsstat -m', used)
  }
}

const DF =
  /^(?<source>\S+:\/\S*)\s+(?:(?<type>[a-z]\S*)\s+)?(?<size>[\d.]+[KMGTPE]?|-)\s+(?<used>[\d.]+[KMGTPE]?|-)\s+(?<free>[\d.]+[KMGTPE]?|-)\s+(?<percent>\d+%|-)\s+(?<path>\/\S*)$/

/** Rows of df of what comes over the network: it answered when df asked. df wraps after a long source by itself. */
function readDf(passage: Passage, tell: Teller): void {
  const { rows } = rowsIn(passage.lines, {
    read: (text) => DF.exec(text)?.groups && { ...DF.exec(text)!.groups! },
    begins: /^\S+:\/\S*$/,
  })
  // of Lustre another playbook speaks
  const nfs = rows.filter(({ value }) => !value.source!.includes('@'))
  for (const { value, lines } of nfs) {
    const [, server, path] = /^(\[[^\]]+\]|[^/]+?):(\/.*)$/.exec(value.source!) ?? []
    tell.fact('mounts', {
      server,
      export: path,
      mountPoint: value.path,
      size: value.size,
      used: value.used,
      available: value.free,
      percent: value.percent,
      host: passage.host,
    })
    tell.find({
      code: 'answers',
      verdict: 'ruled-out',
      severity: 'ok',
      summary: `\`${value.path}\` answered df: its server \`${server}\` was there at that moment.`,
      lines,
    })
  }
  tell.saw(
    'df',
    nfs.flatMap(({ lines }) => lines),
  )
}

/** Blank, tab, newline and backslash stand as `\040`, `\011`, `\012`, `\134`. Source: proc_pid_mountinfo(5). */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
