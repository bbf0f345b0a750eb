import { rowsIn } from '../../shared/linux/pasted-rows.ts'
import { readPrefixed } from '../../shared/linux/prefixed.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import type { Line, Passage } from '../../shared/triage.ts'
import type { SeenFile, SeenInText } from './seen.ts'

const FD = '(?:cwd|rtd|txt|mem|DEL|NOFD|err|ltx|mmap|jld|m\\d+|L\\d+|\\*?\\d+[rwu-]?[NrRwWuUxX -]?)'
const TYPE =
  '(?:REG|DIR|CHR|BLK|FIFO|LINK|PIPE|DEL|VREG|VDIR|SOCK|sock|unix|IPv4|IPv6|a_inode|unknown|netlink|raw6?|pack|KQUEUE|PSXSEM|0000|NOFD)'
/** Columns of lsof 4.x: a thread's, parent's and group's number only with -K, -R and -g. Source: lsof(8), "OUTPUT". */
const ROW = new RegExp(
  `^(?<command>\\S.*?)\\s+(?<pid>\\d+)\\s+(?:(?<more>(?:\\d+\\s+)(?:\\S+\\s+)?(?:\\d+\\s+){0,2}))??(?<user>[\\w.$+-]+)\\s+(?<fd>${FD})\\s+(?<type>${TYPE})(?:\\s+(?<device>\\d+,\\d+|0x[0-9a-f]+|\\d+(?=\\s+0t)))?(?:\\s+(?<size>\\d+|0t\\d+|0x[0-9a-f]+))??(?:\\s+(?<node>\\d+|TCP|UDP))?\\s+(?<name>[^\\s\\d].*|\\d+\\.\\d.*)$`,
)
const BEGINS = new RegExp(`^\\S+\\s+\\d+\\s+(?:\\S+\\s+){1,3}${FD}\\s+${TYPE}\\b`)
const HEADING = /^COMMAND\s+PID\b.*\b(?:FD|NAME)\b/

/** Rows of `lsof`, `lsof -p PID`, `lsof FILE`; and its complaints about file systems that it could not ask. */
export function readLsof(passage: Passage, seen: SeenInText, tell: Teller): void {
  const { rows, broken } = rowsIn(passage.lines, {
    read: (text) => readPrefixed(text, readRow),
    begins: BEGINS,
    open: 'word',
  })
  for (const { value, lines } of rows) {
    const file: SeenFile = { ...value.value, host: value.host ?? passage.host, line: lines[0]! }
    seen.files.push(file)
    const { line: _, ...fact } = file
    // libraries and devices are nobody's question
    if (!/^(?:mem|txt|rtd|ltx|DEL)$/.test(file.fd ?? '') && file.type !== 'CHR') tell.fact('files', fact)
  }
  for (const line of broken)
    tell.refuse(line, 'begins like a row of lsof, but is cut or wrapped beyond repair')
  const headings = rows.length > 0 ? passage.lines.filter(({ text }) => HEADING.test(text.trim())) : []
  tell.saw('lsof', [...headings, ...rows.flatMap(({ lines }) => lines)])
  readComplaints(passage, tell)
}

function readRow(text: string): Omit<SeenFile, 'host' | 'line'> | undefined {
  const groups = ROW.exec(text)?.groups
  if (!groups) return undefined
  const { command, pid, user, type, device, node, name = '' } = groups
  const fd = groups.fd!.trim()
  const server = / \(((?:\[[^\]]+\]|[^\s/()]+):\/[^()]*)\)/.exec(name)?.[1]
  const path = name.startsWith('/')
    ? name.replace(/ \((?:[^()]*:\/[^()]*|deleted|stat: [^()]*|readlink: [^()]*|path [^()]*)\)/g, '')
    : undefined
  const letter = /^\*?\d+[rwu-]([NrRwWuUxX])$/.exec(fd)?.[1]
  return {
    command: command!,
    pid: pid!,
    user: user!,
    fd,
    type: type!,
    ...(letter !== undefined && { lock: letter }),
    ...(device !== undefined && { device }),
    ...(node !== undefined && /^\d+$/.test(node) && { inode: node }),
    path: path ?? name,
    ...(server !== undefined && { server }),
    ...((/\(deleted\)/.test(name) || type === 'DEL' || /\/\.nfs[0-9a-f]{16,}$/.test(path ?? '')) && {
      deleted: true,
    }),
  }
}

/** FUSE and tracing file systems refuse root as a matter of course; an NFS mount that cannot be asked is something else. */
function readComplaints({ lines, host }: Passage, tell: Teller): void {
  const said: Line[] = []
  for (const line of lines) {
    const found = /lsof: WARNING: can't stat\(\) (\S+) file system (\/\S*)/.exec(line.text)
    if (!found) continue
    said.push(line)
    tell.fact('mounts', { mountPoint: found[2]!, type: found[1]!, host })
    if (/^nfs/.test(found[1]!))
      tell.find({
        code: 'path-hangs',
        verdict: 'inconclusive',
        severity: 'warning',
        summary: `lsof could not ask the NFS mount \`${found[2]}\`: it does not answer, or refuses.`,
        details: ['lsof leaves such a file system out; what it lists of it may be incomplete.'],
        lines: [line],
      })
  }
  tell.saw('warnings of lsof', said)
}

/** `fuser -v PATH`: below the heading `USER PID ACCESS COMMAND`, the path stands in front of its first row. */
export function readFuser({ lines, host }: Passage, seen: SeenInText, tell: Teller): void {
  const used: Line[] = []
  let path: string | undefined
  let below = false
  for (const line of lines) {
    if (/^\s*USER\s+PID\s+ACCESS\s+COMMAND/.test(line.text)) {
      below = true
      used.push(line)
      continue
    }
    const groups =
      /^(?<path>\/.*?)?:?\s+(?<user>[\w.$+-]+)\s+(?<pid>\d+|kernel)\s+(?<access>[cefFrm.]{5}|mount|swap|knfsd)\s+(?<command>\S.*)$/.exec(
        line.text,
      )?.groups
    if (!groups || (!below && !/^[cefFrm.]{5}$/.test(groups.access!))) continue
    path = groups.path ?? path
    used.push(line)
    if (groups.pid === 'kernel') {
      tell.fact('mounts', { mountPoint: groups.command!, host })
      continue
    }
    const file: SeenFile = {
      pid: groups.pid!,
      user: groups.user!,
      command: groups.command!,
      ...(path !== undefined && { path }),
      host,
      line,
    }
    seen.files.push(file)
    tell.fact('files', {
      pid: file.pid,
      user: file.user,
      command: file.command,
      path: file.path,
      access: groups.access,
      host,
    })
  }
  tell.saw('fuser -v', used)
}
