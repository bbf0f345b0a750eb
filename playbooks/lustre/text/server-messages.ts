import type { PastedMessage } from '../../shared/linux/pasted-log.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import { code } from '../../shared/text.ts'
import { fsnameOf } from '../imports.ts'
import { readMessage } from '../messages.ts'
import { textAdvice } from './advice.ts'
import { lustreCommand } from './commands.ts'

/** What the messages mean that concern a server, or no file system alone. */
const SAID: readonly [
  pattern: RegExp,
  code: string,
  severity: 'ok' | 'info' | 'warning' | 'critical',
  meaning: string,
][] = [
  [
    /\bLBUG\b|ASSERTION\(.*failed/,
    'lbug',
    'critical',
    'Lustre has hit a bug in itself (LBUG): that thread stops for good, and the node has to be restarted',
  ],
  [
    /Recovery over after .* of (\d+) clients? \1 recovered and 0 (?:was|were) evicted/,
    'recovered',
    'ok',
    'Recovery has ended, and every client came back',
  ],
  [
    /Recovery over after /,
    'recovered-with-loss',
    'warning',
    'Recovery has ended, and clients were evicted: what they had not written is lost',
  ],
  [
    /recovery is timed out, evict stale exports|disconnecting \d+ stale clients/,
    'stale-clients',
    'warning',
    'Recovery has ended by its time limit; clients that did not come back are evicted',
  ],
  [
    /Will be in recovery for at least|in recovery but waiting for the first client/,
    'in-recovery',
    'info',
    'A target was restarted and waits for its clients; that takes minutes and ends by itself',
  ],
  [
    /Denying connection for new client/,
    'in-recovery',
    'info',
    'A target in recovery takes no new client yet',
  ],
  [
    /Client \S+ \(at \S+\) reconnect/,
    'client-reconnects',
    'info',
    'A client connects again, as after a break of the network or of its patience',
  ],
  [
    /service thread pid \d+ was inactive|Watchdog triggered|completed after [\d.]+s/i,
    'slow-thread',
    'warning',
    'A thread of a server did not move for long: its disk or a lock is slow, or it hangs',
  ],
  [
    /Bulk IO (?:read|write) error/,
    'bulk-error',
    'warning',
    'Moving data between client and server failed, and is tried again: network, or one of the two is busy',
  ],
  [
    /BAD (?:READ|WRITE) CHECKSUM/,
    'checksum',
    'warning',
    'Data changed between client and server: network, memory or a driver',
  ],
  [
    /is processing requests too slowly|slow (?:reply|create|journal|i_mutex|write|read)/i,
    'slow',
    'warning',
    'A server is slow; clients may give up',
  ],
  [
    /lock callback timer expired|haven't heard from client|failed to reply to|returned error from .* AST|evicted due to a lock/,
    'client-evicted',
    'warning',
    'The server evicted a client: what that client had not written is lost',
  ],
  [
    /not available for connect from .*\(no target\)/,
    'no-target',
    'warning',
    'A client looks for a target that is not mounted on this server; it may be on its partner',
  ],
  [
    /refused connection, still busy|Export \S+ already connecting/,
    'client-busy',
    'info',
    'A client that comes back has to wait for its old requests',
  ],
  [
    /was refused|was unreachable|took too long|was reset|ADDR ERROR|ROUTE ERROR|UNREACHABLE|CONNECT ERROR|No route to|No gateways?|no usable routes/,
    'lnet-trouble',
    'warning',
    'LNet cannot reach a server or client: network, or LNet is not up there',
  ],
  [
    /connection denied by|connect to .* failed/i,
    'connection-denied',
    'warning',
    'A server refuses the connection',
  ],
]

/** What messages tell beside the story of one file system on one client; each meaning once, with all its lines. */
export function aboutOthers(messages: readonly PastedMessage[], tell: Teller): void {
  const groups = Map.groupBy(messages, ({ text }) => SAID.findIndex(([pattern]) => pattern.test(text)))
  for (const [index, group] of groups) {
    const said = SAID[index]
    if (!said) continue
    const [, which, severity, meaning] = said
    const { time } = group.at(-1)!
    const whom = [...new Set(group.flatMap(({ text }) => evictedIn(text) ?? []))]
    tell.find({
      code: which,
      verdict: severity === 'ok' ? 'ruled-out' : 'inconclusive',
      severity,
      summary: `${meaning}${whom.length > 0 ? ` (${whom.slice(0, 4).map(code).join(', ')})` : ''}.${time === undefined ? '' : ` Logged at ${time}.`}`,
      lines: group.flatMap(({ lines }) => lines),
    })
    if (severity === 'ok' || severity === 'info') continue
    const fsname = group.flatMap(({ text }) => fileSystemIn(text) ?? [])[0]
    const command = lustreCommand(fsname, undefined)
    if (command) tell.next(command, 'What a client of that file system sees')
    for (const { what, why } of textAdvice(which)) tell.doNot(what, why)
  }
}

function evictedIn(text: string): string | undefined {
  const message = readMessage(text)
  return message?.kind === 'client-evicted' ? message.nid : undefined
}

/** The file system that a message names, by a target. */
function fileSystemIn(text: string): string | undefined {
  const target = /(?<![\w.-])([A-Za-z0-9_][\w.-]{0,7}-(?:OST|MDT)[0-9a-f]{4})/.exec(text)?.[1]
  return target === undefined ? undefined : fsnameOf(target)
}
