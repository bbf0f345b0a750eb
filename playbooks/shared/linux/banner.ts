import { NotSeen, type Output } from '../probe.ts'

/** An IP address and a port to connect to. */
export type Endpoint = { ip: string; port: number }

/**
 * What came of one TCP connection.
 * - `answers`: connected, and the other side spoke first (`said`: what it said, printable characters only)
 * - `silent`: connected, and not a byte came; the kernel takes connections that the program never accepts
 * - `closed`: connected, and closed without a byte
 * - `refused`: nobody listens there (or a firewall that resets)
 * - `timed-out`: no answer to the connection: a firewall that drops, a dead host, a full backlog
 * - `unreachable`: no way there, in the words of the kernel (`said`)
 */
export type Answer = Endpoint & {
  state: 'answers' | 'silent' | 'closed' | 'refused' | 'timed-out' | 'unreachable'
  said: string
  ms: number
}

/**
 * Connects to all at once, without a shell and without sending a byte, and waits for the first bytes. The words are
 * fixed; only seconds and addresses are arguments. Runs on Python 2.6 and everything later, which is where Ceph's own
 * command runs; 250 sockets at a time, because the soft limit of a login is often 1024.
 */
const SCRIPT = `
import errno, select, socket, sys, time
wait = float(sys.argv[1])
def say(text, state, said, begin):
    sys.stdout.write("%s %s %d %s\\n" % (text, state, (time.time() - begin) * 1000, said))
def name(code):
    return errno.errorcode.get(code, str(code))
def look(targets):
    begin = time.time()
    poll = select.poll()
    open_ = {}
    for text in targets:
        ip, port = text.rsplit(",", 1)
        try:
            s = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_STREAM)
            s.setblocking(0)
            code = s.connect_ex((ip, int(port)))
        except (socket.error, OSError):
            say(text, "failed", name(sys.exc_info()[1].errno), begin)
            continue
        if code not in (0, errno.EINPROGRESS):
            say(text, "failed", name(code), begin)
            continue
        open_[s.fileno()] = [s, text, False]
        poll.register(s, select.POLLOUT)
    while open_:
        left = wait - (time.time() - begin)
        if left <= 0:
            break
        for fd, event in poll.poll(left * 1000):
            s, text, connected = open_[fd]
            if not connected:
                code = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if not code:
                    open_[fd][2] = True
                    poll.modify(s, select.POLLIN)
                    continue
                say(text, "failed", name(code), begin)
            else:
                try:
                    got = bytearray(s.recv(64))
                    said = "".join([chr(c) for c in got if 32 <= c < 127])
                    say(text, got and "answers" or "closed", said, begin)
                except (socket.error, OSError):
                    say(text, "closed", name(sys.exc_info()[1].errno), begin)
            poll.unregister(s)
            s.close()
            del open_[fd]
    for s, text, connected in open_.values():
        say(text, connected and "silent" or "failed", not connected and "ETIMEDOUT" or "", begin)
        s.close()
targets = sys.argv[2:]
for at in range(0, len(targets), 250):
    look(targets[at:at + 250])
`

/** How long one connection may take before it counts as silent or timed out. */
export const WAIT_S = 3

/** The names under which hosts have Python, best first; the second is what releases up to about 2018 call it. */
export const PYTHONS = ['python3', 'python'] as const

/** Connects from a host to these addresses; see readAnswers. */
export function bannerArgv(
  python: (typeof PYTHONS)[number],
  targets: readonly Endpoint[],
): [string, ...string[]] {
  return [python, '-c', SCRIPT, String(WAIT_S), ...targets.map(({ ip, port }) => `${ip},${port}`)]
}

const FAILED: Record<string, Answer['state']> = { ECONNREFUSED: 'refused', ETIMEDOUT: 'timed-out' }
// what the host itself lacks says nothing about the other side
const OWN_FAULT = /^(EMFILE|ENFILE|ENOBUFS|ENOMEM|EAFNOSUPPORT|EACCES|EPERM|EADDRNOTAVAIL)$/

/** `10.0.0.5,6801 answers 2 ceph v027` per address. Addresses that this host could not try at all are left out. */
export function readAnswers(output: Output): Answer[] {
  if (output.exitCode !== 0) {
    const last = output.stderr.trim().split('\n').at(-1) ?? ''
    throw new NotSeen('failed', `connecting ended with ${output.exitCode}: ${last.slice(0, 200)}`)
  }
  if (output.truncated) throw new NotSeen('unparsable', 'the answers are longer than what is kept')
  return output.stdout
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const match = /^([0-9a-f.:]+),(\d+) (answers|silent|closed|failed) (\d+) (.*)$/.exec(line)
      if (!match) throw new NotSeen('unparsable', `not an answer: ${line.slice(0, 120)}`)
      const [, ip, port, state, ms, said] = match as unknown as [
        string,
        string,
        string,
        string,
        string,
        string,
      ]
      if (state === 'failed' && OWN_FAULT.test(said)) return []
      const known = state === 'failed' ? (FAILED[said] ?? 'unreachable') : (state as Answer['state'])
      return [{ ip, port: Number(port), state: known, said, ms: Number(ms) }]
    })
}
