import { messagesIn, type PastedMessage } from '../../shared/linux/pasted-log.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import type { Line, Passage } from '../../shared/triage.ts'
import type { SeenInText } from './seen.ts'

const SERVER = /\b(?:nfs|lockd): server (\S+?)(?: (not responding), (still trying|timed out)| (OK))(?=\s|$)/i
const HUNG =
  /INFO: task (.+):(\d+) (?:<writer> )?(?:blocked|is blocked)(?: in I\/O wait)? for more than (\d+) seconds/
/** `task:stat state:D stack:0 pid:21016 ppid:21010 flags:0x…`, before 5.8 `nova-compute D ffff8800 0 21409 1 0x00000080` */
const TASK = /^task:(.+?)\s+state:([A-Z])\s+stack:\s*-?\d+\s+pid:\s*(\d+)/
const OLD_TASK = /^(\S.{0,15}?)\s+([DSRTZ]) (?:[0-9a-f]{8,16}|\S+)\s+\d+\s+(\d+)\s+\d+\s+0x[0-9a-f]+/

/** What else kernel and daemons say about NFS; the last column decides whether it is more than a note. */
const SAID: readonly [pattern: RegExp, code: string, severity: 'info' | 'warning', meaning: string][] = [
  [
    /statd: server \S+ not responding|lockd: cannot (?:un)?monitor|nsm_mon_unmon: rpc failed/i,
    'statd-not-running',
    'warning',
    'rpc.statd does not answer: locks over NFSv3 cannot be taken, and are not released when a client is restarted.',
  ],
  [
    /Lock reclaim failed|lock reclaim failed|nfs4_reclaim_open_state: .*failed/i,
    'lock-lost',
    'warning',
    'After a restart of the server a client could not take its locks again: programs on it may believe that they hold one.',
  ],
  [
    /state manager: .*failed on NFSv4 server/i,
    'state-manager',
    'warning',
    'The NFSv4 client could not set its state right with the server.',
  ],
  [
    /fileid changed/i,
    'fileid-changed',
    'warning',
    'The server gave one file two numbers: it, or the file system behind it, mixes files up.',
  ],
  [
    /(?:NFSD?|nfsd).*starting \d+-second grace period|NFS Server Now IN GRACE/i,
    'grace-period',
    'info',
    'The NFS server has started: for one lease clients take their locks again, and new locks wait.',
  ],
  [
    /\blockd: .*(?:grace|reclaim)/i,
    'grace-period',
    'info',
    'Clients take their locks again after a start of the server.',
  ],
  [
    /RPC: (?:AUTH_GSS upcall|Couldn't create auth)|gss_.*(?:timed out|failed)/i,
    'gss',
    'warning',
    'Kerberos for NFS does not answer; who gets no ticket waits.',
  ],
  [
    /NFSD?: (?:client|Unable|.*courtesy)|nfsd: peername failed/i,
    'nfs-note',
    'info',
    'A note of the NFS server.',
  ],
  [
    /NFS: (?:nfs4?_\w+|server|v4 server)\b.*(?:error|failed)|nfs4?: .*(?:error|failed)/i,
    'nfs-error',
    'warning',
    'The NFS client reports an error.',
  ],
]

/** The kernel's and the daemons' words about NFS servers, tasks that hang, and statd. */
export function readKernel(passage: Passage, seen: SeenInText, tell: Teller): void {
  const messages = messagesIn(passage)
  const used: Line[] = []
  for (const [at, message] of messages.entries()) {
    if (
      readServer(message, seen, tell) ||
      readHung(message, messages.slice(at + 1, at + 60), seen, tell, used)
    ) {
      used.push(...message.lines)
      continue
    }
    // rpc.statd and rpc.mountd log in words of their own
    const said = /\b(?:nfs|lockd|statd|sunrpc|rpc|gss)/i.test(`${message.program} ${message.text}`)
      ? SAID.find(([pattern]) => pattern.test(message.text))
      : undefined
    if (!said) continue
    used.push(...message.lines)
    const [, code, severity, meaning] = said
    const server = /(?:NFSv4 )?server (\S+?)(?:!|,|:? (?:with )?error|$)/.exec(message.text)?.[1]
    if (server !== undefined && /[.\d]/.test(server)) tell.fact('nfsServers', { server, host: message.host })
    const error = /error (-?\d+)/.exec(message.text)?.[1]
    if (error !== undefined) tell.fact('errors', { code: error })
    tell.find({
      code,
      verdict: 'inconclusive',
      severity,
      summary: `${meaning}${message.time === undefined ? '' : ` Logged at ${message.time}.`}`,
      lines: message.lines,
    })
  }
  tell.saw("the kernel's log", used)
}

function readServer({ text, time, host, lines }: PastedMessage, seen: SeenInText, tell: Teller): boolean {
  const found = SERVER.exec(text)
  if (!found) return false
  const [, server = '', silent, how] = found
  seen.servers.push({ server, answers: silent === undefined, how: how ?? 'OK', time, host, line: lines[0]! })
  tell.fact('nfsServers', {
    server,
    state: silent === undefined ? 'OK' : `not responding, ${how}`,
    time,
    host,
  })
  return true
}

/** The stack of a task stands in the messages after it, until another one begins. */
function readHung(
  { text, time, host, lines }: PastedMessage,
  after: readonly PastedMessage[],
  seen: SeenInText,
  tell: Teller,
  used: Line[],
): boolean {
  const found = HUNG.exec(text)
  const task = found ? undefined : (TASK.exec(text) ?? OLD_TASK.exec(text))
  if (!found && !task) return false
  if (task) {
    // said again below `INFO: task`; alone it comes from sysrq
    if (!seen.hung.some(({ pid }) => pid === task[3]) && task[2] === 'D') {
      const stack = stackIn(after, used)
      const process = { pid: task[3]!, command: task[1]!, state: 'D', stack, host, listing: -1, lines }
      seen.processes.push(process)
      tell.fact('processes', { pid: process.pid, command: process.command, state: 'D', stack, host })
    }
    return true
  }
  const [, name = '', pid = '', seconds = ''] = found!
  const stack = stackIn(after, used)
  seen.hung.push({ name, pid, seconds, time, host, stack, lines })
  tell.fact('processes', { pid, command: name, state: 'D', blockedSeconds: seconds, time, stack, host })
  return true
}

function stackIn(messages: readonly PastedMessage[], used: Line[]): string[] {
  const stack: string[] = []
  for (const { text, lines } of messages) {
    if (HUNG.test(text)) break
    const frames = framesIn(text)
    if (frames.length > 0) {
      stack.push(...frames)
      used.push(...lines)
    } else if (stack.length > 0 && !/^(?:<\/?\w+>|R[A-Z]P:|\w{3}: |Code:|=+)/.test(text)) break
  }
  return stack
}

/** Of one message, or of several that were joined because only the first has a time. */
function framesIn(text: string): string[] {
  if (/^R[A-Z]P: /.test(text)) return []
  return [...text.matchAll(/(?:^|\s)([A-Za-z_][\w.]*)\+0x[0-9a-f]+\/0x[0-9a-f]+/g)].map(([, frame]) => frame!)
}
