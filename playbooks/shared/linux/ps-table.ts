import { programsOf } from '../pasted/program.ts'
import type { Line, Passage } from '../triage.ts'
import { type Row, rowsIn } from './pasted-rows.ts'

/** One process or thread as any form of ps or top lists it; what the listing does not show is undefined. */
export type ListedProcess = {
  pid: string
  tid?: string
  ppid?: string
  user?: string
  /** as printed: `Dl`, `Ss+` */
  state?: string
  wchan?: string
  /** when it was started, as printed */
  started?: string
  /** for how long it has been running, as printed */
  elapsed?: string
  /** processor time */
  time?: string
  cpu?: string
  command?: string
}

/** One listing: rows below one heading, or without any. */
export type Listing = { rows: Row<ListedProcess>[]; heading: Line | undefined }

type Column = { field: keyof ListedProcess | undefined; pattern: string; free?: boolean }

const STATE = '[DRSTtWXxZIKP][<NLsl+>]*'
const one: Column = { field: undefined, pattern: '\\S+' }
const column = (field: keyof ListedProcess, pattern = '\\S+', free = false): Column => ({
  field,
  pattern,
  free,
})
const DATE = '(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +\\d+ [\\d:]+ \\d{4}|\\S+)'
const COMMAND = column('command', '.*', true)
const [PID, TID, PPID] = [column('pid', '\\d+'), column('tid', '\\d+'), column('ppid', '\\d+')]
const [USER, STAT, START, CPU] = [
  column('user'),
  column('state', STATE),
  column('started', DATE),
  column('cpu', '[\\d.]+'),
]

/** Headings of ps and top, and the names of `-o`. Source: ps(1) of procps 3 and 4, "Standard format specifiers". */
const COLUMNS: Record<string, Column> = {
  PID,
  LWP: TID,
  TID,
  SPID: TID,
  PPID,
  USER,
  UID: USER,
  EUSER: USER,
  RUSER: USER,
  UNAME: USER,
  STAT,
  S: STAT,
  STATE: STAT,
  WCHAN: column('wchan'),
  START,
  STARTED: START,
  STIME: START,
  LSTART: START,
  ELAPSED: column('elapsed', '\\S+'),
  ETIME: column('elapsed', '\\S+'),
  ETIMES: column('elapsed', '\\S+'),
  TIME: column('time', '\\S+'),
  'TIME+': column('time', '\\S+'),
  '%CPU': CPU,
  PCPU: CPU,
  C: one,
  COMMAND,
  CMD: COMMAND,
  ARGS: COMMAND,
  COMM: COMMAND,
  UCMD: COMMAND,
}
const OTHERS =
  /^(?:%MEM|PMEM|VSZ|RSS|RSZ|TTY|TT|PRI|PR|NI|NICE|ADDR|SZ|F|PSR|P|CLS|CLASS|RTPRIO|VIRT|RES|SHR|NLWP|THCNT|PGID|PGRP|SID|SESS|LABEL|IO|DISK|SWAP|CPU|MEM|DRS|TRS|PENDING|BLOCKED|IGNORED|CAUGHT|STACKP|MAJFL|MINFL|GID|GROUP|EUID|RUID|CGROUP|NSPID|ESP|EIP)$/

/** The columns that a heading names; undefined: it is none. */
function columnsOf(text: string): Column[] | undefined {
  const words = text.trim().split(/\s+/)
  const columns = words.map((word) => COLUMNS[word] ?? (OTHERS.test(word) ? one : undefined))
  const known = columns.filter((each) => each !== undefined)
  if (words.length < 2 || known.length !== words.length) return undefined
  return known.includes(PID) || known.includes(TID) ? known : undefined
}

const AUX = [
  USER,
  PID,
  CPU,
  column('cpu', '[\\d.]+'),
  one,
  one,
  one,
  STAT,
  START,
  column('time', '\\d+:\\d\\d(?::\\d\\d)?'),
  COMMAND,
]
const EF = [
  USER,
  PID,
  PPID,
  { ...one, pattern: '\\d+' },
  column('started', '(?:\\d\\d:\\d\\d(?::\\d\\d)?|[A-Z][a-z]{2} ?\\d\\d|\\d{4})'),
  { ...one, pattern: '(?:\\?|pts/\\d+|tty\\S+|-)' },
  column('time', '(?:\\d+-)?\\d+:\\d\\d:\\d\\d'),
  COMMAND,
]
const WCHAN_WORD = '(?:-|0|\\?|[a-z_][a-z0-9_.]{3,})'
/** Rows of `-eo pid,stat,wchan,cmd` without their heading, as `grep " D"` leaves them. */
const BARE = [
  [PID, PPID, STAT, column('elapsed', '(?:\\d+-)?(?:\\d+:)?\\d+:\\d+'), column('wchan', WCHAN_WORD), COMMAND],
  [PID, PPID, STAT, column('wchan', WCHAN_WORD), COMMAND],
  [PID, STAT, column('elapsed', '(?:\\d+-)?(?:\\d+:)?\\d+:\\d+'), column('wchan', WCHAN_WORD), COMMAND],
  [PID, STAT, column('wchan', WCHAN_WORD), COMMAND],
  [USER, PID, PPID, STAT, column('wchan', WCHAN_WORD), COMMAND],
  [USER, PID, STAT, column('wchan', WCHAN_WORD), COMMAND],
]

function rowOf(columns: readonly Column[]): RegExp {
  return new RegExp(`^${columns.map(({ pattern, free }) => `(${free ? '.*?' : pattern})`).join('\\s+')}$`)
}

function readerOf(columns: readonly Column[]) {
  const whole = rowOf(columns)
  const tail = columns.at(-1)?.free === true
  const begin = new RegExp(
    `^${columns
      .slice(0, Math.min(4, columns.length))
      .map(({ pattern, free }) => (free ? '\\S.*' : pattern))
      .join('\\s+')}\\b`,
  )
  const read = (text: string): ListedProcess | undefined => {
    const match = whole.exec(text)
    if (!match) return undefined
    const process: Partial<ListedProcess> = {}
    for (const [at, { field }] of columns.entries()) {
      // %CPU and %MEM stand side by side; the first counts
      if (field !== undefined && process[field] === undefined) process[field] = match[at + 1]!
    }
    process.pid ??= process.tid ?? ''
    if (process.wchan === '-' || process.wchan === '0' || process.wchan === '?') delete process.wchan
    return process.pid === '' || process.command === '' ? undefined : (process as ListedProcess)
  }
  return { read, begins: begin, ...(tail && { open: 'text' as const }) }
}

/** Names of `-o` as typed: `pid,stat,wchan:32,cmd`, `user=`; undefined: the command does not say which. */
function typedColumns(command: readonly string[] | undefined): Column[] | undefined {
  const ps = command && programsOf(command).find(({ name }) => name === 'ps')
  if (!ps) return undefined
  const lists: string[] = []
  for (const [at, word] of ps.args.entries()) {
    const attached = /^-?[A-Za-z]*o([a-z_%][\w,:=%]*)$/.exec(word)
    if (/^-?[A-Za-z]*o$/.test(word) || word === '--format') lists.push(ps.args[at + 1] ?? '')
    else if (attached && word.startsWith('-o')) lists.push(attached[1]!)
  }
  const names = lists
    .join(',')
    .split(/[,\s]+/)
    .filter(Boolean)
    .map((name) => name.replace(/[:=].*$/, '').toUpperCase())
  return names.length < 2
    ? undefined
    : names.map((name) => COLUMNS[name === 'COMMAND' || name === 'ARGS' ? 'CMD' : name] ?? one)
}

/**
 * The listings of ps and top in a passage: with a heading, by the columns of the command, or, for what grep left of
 * `ps aux`, `ps -ef` and `-eo …`, by their usual columns. Rows keep their order. Empty: none is in it.
 */
export function listingsIn({ lines, command }: Passage): Listing[] {
  const starts = lines.flatMap(({ text }, at) => {
    const columns = columnsOf(text)
    return columns ? [{ at, columns }] : []
  })
  const listings = starts.map(({ at, columns }, index): Listing => {
    const below = lines.slice(at + 1, starts[index + 1]?.at)
    return { rows: rowsIn(below, readerOf(columns)).rows, heading: lines[at] }
  })
  const before = lines.slice(0, starts[0]?.at)
  const typed = typedColumns(command)
  const ways = typed ? [typed] : [AUX, EF, ...BARE]
  for (const columns of ways) {
    const { rows } = rowsIn(before, readerOf(columns))
    if (rows.length > 0 && (typed || rows.some(({ value }) => isPlausible(value)))) {
      listings.unshift({ rows, heading: undefined })
      break
    }
  }
  return listings.filter(({ rows, heading }) => rows.length > 0 || heading)
}

const isPlausible = ({ command = '' }: ListedProcess) => /^(?:[/[(\w.-])/.test(command)

/** A thread of the kernel itself: ps writes its name in brackets. */
export const isKernelThread = ({ command = '' }: Pick<ListedProcess, 'command'>) =>
  /^\[[^\]]+\]$/.test(command.trim())

const INTERPRETER =
  /^(?:python|perl|ruby|java|node|sh|bash|dash|ksh|zsh|php|lua|tclsh|wish|sudo|env|nice|ionice|timeout|nohup|setsid|strace)(?:[\d.]+)?$/

/**
 * What a person calls this process: `nova-compute` of `/opt/python27/bin/python /usr/bin/nova-compute --logfile x`.
 * Undefined where the command line names nothing.
 */
export function nameOf(command: string): string | undefined {
  const words = command
    .trim()
    .replace(/^\[([^\]/]+)[^\]]*\]$/, '$1')
    .split(/\s+/)
  const base = (word: string | undefined) => word?.replace(/:$/, '').split('/').at(-1)
  const first = base(words[0]) ?? ''
  if (!INTERPRETER.test(first)) return first || undefined
  const script = words
    .slice(1)
    .find((word) => !word.startsWith('-') && !/^\d+$/.test(word) && !word.includes('='))
  return base(script) || first
}
