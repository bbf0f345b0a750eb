import { messagesIn, type PastedMessage } from '../../shared/linux/pasted-log.ts'
import { type Row, rowsIn } from '../../shared/linux/pasted-rows.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import { code } from '../../shared/text.ts'
import type { Line, Passage } from '../../shared/triage.ts'
import { adviceOf } from '../advice.ts'
import { readMountComplaint } from '../mounts.ts'
import { textAdvice } from './advice.ts'
import { lustreCommand } from './commands.ts'
import { tellIdentifiers } from './identifiers.ts'
import { judgeText, REASONS } from './judge.ts'
import { aboutLeftLock } from './left-lock.ts'
import { aboutOtherErrors } from './other-errors.ts'
import { aboutOthers } from './server-messages.ts'

const BEGINS = /^(?:Lustre|LustreError|LNet|LNetError):(?:\s|$)/
const COMPLAINT = /^mount\.lustre: mount \S+ at \S+ failed: [A-Z][^:]*$/

/**
 * Messages of Lustre in the kernel's log, each whole, and what mount.lustre said. Lines of a log with times are joined by
 * these; without times, whatever does not begin a message belongs to the one before, in a text that begins with one.
 */
function messagesOf(passage: Passage): PastedMessage[] {
  const said = rowsIn(passage.lines, {
    read: (text) => (COMPLAINT.test(text) ? text : undefined),
    begins: /^mount\.lustre: mount\b/,
  }).rows
  const used = new Set(said.flatMap(({ lines }) => lines))
  const rest = passage.lines.filter(
    (line) => !used.has(line) && !/^Is the MGS running\?/.test(line.text.trim()),
  )
  const plain = (row: Row<string>): PastedMessage => ({
    text: row.value,
    program: 'kernel',
    pid: undefined,
    host: passage.host,
    time: undefined,
    lines: row.lines,
  })
  const timed = messagesIn({ ...passage, lines: rest })
  if (timed.some(({ time }) => time !== undefined))
    return [...said.map(plain), ...timed.filter(({ text }) => BEGINS.test(text))]
  const first = rest.find(({ text }) => text.trim() !== '')
  const { rows } = rowsIn(rest, {
    read: (text) => (BEGINS.test(text) ? text : undefined),
    open: first && BEGINS.test(first.text.trim()) ? 'log' : 'text',
  })
  return [...said, ...rows].map(plain)
}

/** A kernel's log, and what mount.lustre printed: judged as in a live check, as far as a text alone can tell. Gives the numbers of its lines. */
export function readLog(passages: readonly Passage[], now: number, tell: Teller): ReadonlySet<number> {
  const messages = passages.map(messagesOf)
  for (const group of messages) {
    for (const { text, lines, host } of group) {
      tellIdentifiers(text, lines[0]!, host, tell)
      tellLocks(text, host, tell)
    }
    tell.saw(
      "Lustre's messages",
      group.filter(({ text }) => !text.startsWith('mount.lustre')).flatMap(({ lines }) => lines),
    )
    tell.saw(
      'mount.lustre',
      group.filter(({ text }) => text.startsWith('mount.lustre')).flatMap(({ lines }) => lines),
    )
  }
  const all = messages.flat()
  const text = all
    .map(({ text: whole, lines }) =>
      whole.startsWith('mount.lustre') || !hasTime(lines[0]!) ? whole : `${prefixOf(lines[0]!)}${whole}`,
    )
    .join('\n')
  const hosts = [...new Set(all.flatMap(({ host }) => host ?? []))]
  for (const { fsname, finding } of judgeText(text, now, hosts.length === 1 ? hosts[0] : undefined)) {
    const about = all.filter((message) => concerns(message, fsname))
    const details = finding.details.map((detail) => detail.replace(' (commands below)', ''))
    tell.find({ ...finding, details, lines: (about.length > 0 ? about : all).flatMap(({ lines }) => lines) })
    const command = lustreCommand(fsname, about.find(({ host }) => host !== undefined)?.host)
    if (command && finding.severity !== 'ok')
      tell.next(
        command,
        finding.code === 'healed'
          ? 'Whether all its servers are connected now'
          : 'Which part it is: network, MGS, lock, name',
      )
    for (const { what, why } of [...adviceOf(finding), ...textAdvice(finding.code)]) tell.doNot(what, why)
  }
  aboutOthers(all, tell)
  aboutTarget(all, tell)
  if (tell.told().findings.length === 0) aboutLeftLock(all, tell)
  if (tell.told().findings.length === 0) aboutOtherErrors(all, tell)
  if (tell.told().findings.length === 0) aboutMounted(all, tell)
  return new Set(all.flatMap(({ lines }) => lines.map(({ n }) => n)))
}

const STAMP = /^.*?(?=(?:Lustre|LustreError|LNet|LNetError):(?:\s|$))/
const hasTime = ({ text }: Line) => STAMP.test(text)
const prefixOf = ({ text }: Line) => STAMP.exec(text)?.[0] ?? ''

function concerns({ text }: PastedMessage, fsname: string): boolean {
  return text.includes(fsname) || /\bMG[CS]/.test(text)
}

const LOCK =
  /\bns: (\S+) lock: (\S+) .*?\bmode: (\S+)\/(\S+) res: (\S+) .*?\btype: (\w+) .*?(?:\bnid: (\S+) )?remote: (0x[0-9a-f]+)/

/** A lock as LDLM_ERROR prints it: asked for (`--`), or held. */
function tellLocks(text: string, host: string | undefined, tell: Teller): void {
  const found = LOCK.exec(text)
  if (!found) return
  const [, namespace, handle, granted = '', requested, resource, type, nid, remote] = found
  const pid = /\bpid: (\d+)/.exec(text)?.[1]
  tell.fact('locks', {
    namespace,
    handle,
    mode: `${granted}/${requested}`,
    resource,
    type,
    nid,
    remote,
    pid,
    role: /^-+$/.test(granted) ? 'waiter' : 'holder',
    host,
  })
}

/** mount.lustre of a server's target, whose source names no file system. */
function aboutTarget(messages: readonly PastedMessage[], tell: Teller): void {
  for (const { text, lines, host } of messages) {
    const complaint = readMountComplaint(text)
    if (!complaint || complaint.spec) continue
    const { source, path, error } = complaint
    tell.fact('mounts', { source, mountPoint: path, type: 'lustre', error, host })
    tell.find({
      code: 'mount-failed',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `Mounting the target on ${code(source)} failed with ${code(error)}; the reason stands in the kernel's log of that server.`,
      details: REASONS[error] === undefined ? [] : [REASONS[error]],
      lines,
    })
    tell.doNot(
      'mount the target on a second server, or by force',
      'two servers on one target destroy it, unless multiple-mount protection stops them',
    )
  }
}

/** The last word of a log without trouble. */
function aboutMounted(messages: readonly PastedMessage[], tell: Teller): void {
  const last = messages.findLast(({ text }) => /^Lustre: (?:Mounted|Unmounted) \S+-client/.test(text))
  const [, word, fsname] = /^Lustre: (Mounted|Unmounted) (\S+)-client/.exec(last?.text ?? '') ?? []
  if (!last || fsname === undefined) return
  tell.find({
    code: word === 'Mounted' ? 'mounted' : 'unmounted',
    verdict: 'ruled-out',
    severity: word === 'Mounted' ? 'ok' : 'info',
    summary: `${code(fsname)} was ${word!.toLowerCase()}, and the text tells of no trouble.`,
    lines: last.lines,
  })
}
