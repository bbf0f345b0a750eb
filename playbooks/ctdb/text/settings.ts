import { rejoined } from '../../shared/linux/pasted-rows.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import { programsOf } from '../../shared/pasted/program.ts'
import { NotSeen } from '../../shared/probe.ts'
import type { Line, Passage } from '../../shared/triage.ts'
import { type LockSetting, readReclock } from '../lock-setting.ts'
import type { SeenInText } from './seen.ts'

const IP = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:]+)$/i

const DATABASE = /^dbid:\s*(0x[0-9a-f]{8}) name:(\S+) path:(\S+)((?: [A-Z_]+)*)$/

/** Short answers of the ctdb tool, of which most mean something only below their command. */
export function readAnswers(passage: Passage, seen: SeenInText, tell: Teller): void {
  const { lines, host, command } = passage
  const ctdb = command && programsOf(command).find(({ name }) => name === 'ctdb')
  const words =
    ctdb?.args.filter((word, at, all) => !word.startsWith('-') && !/^-[nt]$/.test(all[at - 1] ?? '')) ?? []
  const whole = rejoined(lines, { read: (text) => DATABASE.exec(text)?.[0], begins: /^dbid:/, open: 'text' })
  const filled = whole.filter(({ text }) => text.trim() !== '')
  const [first] = filled
  const answer = first?.text.trim() ?? ''
  const asked = words[0]
  if (asked === 'getreclock' || /^Reclock file:|^No reclock file used/.test(answer))
    addLock(filled, host, seen, tell)
  if ((asked === 'recmaster' || asked === 'leader') && /^\d+$/.test(answer))
    tell.fact('ctdbCluster', { leader: answer, host })
  if (asked === 'pnn' && /^(?:PNN:)?\d+$/.test(answer))
    tell.fact('ctdbNodes', { pnn: answer.replace('PNN:', ''), host })
  if (asked === 'version' && first)
    tell.fact('ctdbVersions', { version: /(\d+\.\d+[\w.-]*)/.exec(answer)?.[1], host })
  if ((asked === 'listnodes' || /\/ctdb\/nodes$/.test(command?.at(-1) ?? '')) && first)
    addNodes(filled, host, tell)
  if (asked !== undefined && first) tell.saw(`ctdb ${asked}`, filled)
  const kinds = Map.groupBy(filled, (line) => readLine(line, host, ctdb !== undefined, tell))
  for (const [kind, used] of kinds) if (kind !== undefined && asked === undefined) tell.saw(kind, used)
}

/** What the tool says when it cannot ask, or has nobody to ask. Source: ctdb.c and ctdb_client of 2.x to 4.22. */
const TROUBLE: readonly [pattern: RegExp, code: string, severity: 'warning' | 'critical', meaning: string][] =
  [
    [
      /^Warning: All nodes are (?:banned|stopped|disabled|inactive)/i,
      'no-node-serves',
      'critical',
      'No node of the cluster is active, says the ctdb tool.',
    ],
    [
      /Failed to connect to (?:CTDB )?daemon|connect\(\) failed, errno=|Unable to connect to ctdbd/i,
      'ctdbd-not-running',
      'warning',
      'ctdbd does not run here: its socket does not answer.',
    ],
    [
      /^Control .*timed out|Maximum runtime exceeded - exiting|Failed to get (?:nodemap|leader|recovery master)|Unable to get (?:nodemap|recovery mode|.*from node)/i,
      'ctdbd-not-answering',
      'warning',
      'ctdbd did not answer the ctdb tool in time: it is busy with a recovery, or has no leader.',
    ],
  ]

/** Lines that say themselves what they are. */
function readLine(line: Line, host: string | undefined, isCtdb: boolean, tell: Teller): string | undefined {
  const text = line.text.trim()
  const trouble = TROUBLE.find(([pattern]) => pattern.test(text))
  if (trouble && (isCtdb || /ctdb|All nodes are|nodemap/i.test(text)) && !/^\d{4}[-/]/.test(text)) {
    const [, code, severity, meaning] = trouble
    tell.find({ code, verdict: 'confirmed', severity, summary: meaning, lines: [line] })
    tell.next('check ctdb', 'Which nodes run, and whether the lock can be had')
  }
  const tunable = /^([A-Z][A-Za-z]{4,30})\s+=\s+(\d+)$/.exec(text)
  if (tunable) tell.fact('tunables', { name: tunable[1], value: tunable[2], host })
  const db = DATABASE.exec(text)
  if (db) {
    const flags = db[4]!.trim().split(' ').filter(Boolean)
    tell.fact('databases', {
      id: db[1],
      name: db[2],
      path: db[3],
      flags: flags.length > 0 ? flags : undefined,
      host,
    })
    if (flags.includes('UNHEALTHY'))
      tell.find({
        code: 'database-unhealthy',
        verdict: 'confirmed',
        severity: 'warning',
        summary: `CTDB calls its database \`${db[2]}\` (${db[1]}) unhealthy.`,
        details: ['`ctdb getdbstatus` says why. A wiped persistent database loses what is in it.'],
        lines: [line],
      })
  }
  const when =
    /^(Ctdbd start time|Time of last recovery\/failover|Duration of last recovery\/failover|Current time of node \d+)\s*:\s*(.+)$/.exec(
      text,
    )
  if (when) tell.fact('uptime', { what: when[1], value: when[2], host })
  const level = /^Node (\d+) is at debug level (\w+) ?\((\d+)\)/.exec(text)
  if (level) tell.fact('debugLevels', { pnn: level[1], level: level[2], host })
  // `10.0.0.31 0`, `10.0.0.32 node[1] active[eth0] …` of `ctdb ip`
  const ip = /^(\S+)\s+(?:node\[(-?\d+)\].*|(-?\d+))$/.exec(text)
  if (ip && IP.test(ip[1]!)) {
    const node = ip[2] ?? ip[3]!
    tell.fact('publicAddresses', { address: ip[1], node, host })
    if (node === '-1')
      tell.find({
        code: 'address-unassigned',
        verdict: 'confirmed',
        severity: 'warning',
        summary: `No node serves the public address \`${ip[1]}\`.`,
        details: ['No node that may have it is healthy, or its interface is down everywhere.'],
        lines: [line],
      })
  }
  return [
    trouble && 'a message of ctdb',
    tunable && 'ctdb listvars',
    db && 'ctdb getdbmap',
    when && 'ctdb uptime',
    level && 'ctdb getdebug',
    ip && IP.test(ip[1]!) && 'ctdb ip',
  ].find((kind): kind is string => typeof kind === 'string')
}

function addNodes(lines: readonly Line[], host: string | undefined, tell: Teller): void {
  for (const { text } of lines) {
    const [, pnn, address = text.trim()] = /^[|:](\d+)[|:](\S+)[|:]$/.exec(text.trim()) ?? []
    if (IP.test(address)) tell.fact('ctdbNodes', { pnn, address, host })
    // a node that was taken out keeps its number
    else if (/^#\s*\S+$/.test(text.trim()) && IP.test(text.replace(/^#\s*/, '').trim()))
      tell.fact('ctdbNodes', { address: text.replace(/^#\s*/, '').trim(), flags: ['DELETED'], host })
  }
}

function addLock(lines: readonly Line[], host: string | undefined, seen: SeenInText, tell: Teller): void {
  try {
    const setting = readReclock({
      stdout: lines.map(({ text }) => text).join('\n'),
      stderr: '',
      exitCode: 0,
      truncated: false,
      startedAt: 0,
    })
    lockFact(setting, lines[0], host, seen, tell)
  } catch (error) {
    if (!(error instanceof NotSeen)) throw error
  }
}

function lockFact(
  setting: LockSetting,
  line: Line | undefined,
  host: string | undefined,
  seen: SeenInText,
  tell: Teller,
): void {
  seen.locks.push({ setting, host, line })
  if (setting.kind === 'file') tell.fact('recoveryLocks', { path: setting.path, host })
  if (setting.kind === 'helper') tell.fact('recoveryLocks', { helper: setting.command, host })
}

const SECTIONS = /^\[(?:logging|cluster|database|event|failover|legacy)\]$/
const SETTING =
  /^\s*(recovery lock|cluster lock|location|log level|node address|transport|leader timeout|leader capability|volatile database directory|persistent database directory|state database directory|debug script|realtime scheduling|lmaster capability|start as stopped|start as disabled|ctdbd capabilities|script log level|no realtime)\s*=\s*(.*?)\s*$/
const SHELL = /^\s*(?:export\s+)?(CTDB_[A-Z_0-9]+)=(.*?)\s*$/

/** ctdb.conf, and /etc/sysconfig/ctdb or /etc/default/ctdb of releases before 4.9. Comments do not count. */
export function readConfig({ lines, host }: Passage, seen: SeenInText, tell: Teller): void {
  const used: Line[] = []
  for (const line of lines) {
    const [, name, value = ''] = SETTING.exec(line.text) ?? SHELL.exec(line.text) ?? []
    if (name === undefined) {
      if (SECTIONS.test(line.text.trim())) used.push(line)
      continue
    }
    used.push(line)
    const plain = value.replace(/^(["'])(.*)\1.*$/, '$2')
    tell.fact('settings', { name, value: plain, host })
    if (/^(?:recovery lock|cluster lock|CTDB_RECOVERY_LOCK)$/.test(name) && /^[!/]/.test(plain))
      lockFact(
        plain.startsWith('!')
          ? { kind: 'helper', command: plain.slice(1).trim() }
          : { kind: 'file', path: plain },
        line,
        host,
        seen,
        tell,
      )
  }
  // one setting may be anybody's line
  if (used.length > 1 || used.some(({ text }) => /lock\s*=|CTDB_/.test(text)))
    tell.saw('configuration of CTDB', used)
}
