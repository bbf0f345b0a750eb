import { NotSeen, type NotSeenCode, type Output } from '../probe.ts'
import { code, lines, withoutLog } from '../text.ts'

/** What a parser reads: the output of a command that ended, or text that somebody pasted. */
export type Printed = Pick<Output, 'stdout' | 'stderr' | 'exitCode' | 'truncated'> | string

/** What the error texts mean. The first that fits counts: causes stand before what follows from them. */
const meanings: [RegExp, NotSeenCode, (match: RegExpExecArray) => string][] = [
  [
    /\(108\)|transport endpoint shutdown|ESHUTDOWN/,
    'denied',
    () => 'the cluster refuses this host: its own Ceph client is blocklisted',
  ],
  [
    /Errors while parsing config file|conf_read_file|unable to get monitor info|no monitors specified|cannot identify monitors/,
    'failed',
    () => 'no usable Ceph configuration: ceph.conf is missing or names no monitor',
  ],
  [
    /unable to find a keyring|no keyring found|missing keyring/,
    'denied',
    () => 'no keyring: this user has no key for the cluster on that host',
  ],
  [
    /handle_auth_bad_method|client\.\S+ authentication error|couldn't decrypt|PermissionDeniedError|\[errno 1\] RADOS perm|\[errno 13\] RADOS perm/,
    'denied',
    () => 'the monitors refuse this key: wrong key, or a user that does not exist',
  ],
  [
    /error (?:listing watchers|getting omap value|opening image|stat-ing) ?(\S*?):? \(110\)/,
    'timed-out',
    (m) => `the OSD that holds ${code(m[1] || 'the object')} does not answer`,
  ],
  [
    /^timed out$|authenticate timed out|\(110\)|\[errno 110\]|RADOS timed out|TimedOut|TimeoutError|ETIMEDOUT/m,
    'timed-out',
    () => 'the cluster did not answer in time',
  ],
  [
    /failed to fetch mon config|couldn't connect to the cluster|error connecting to the cluster/i,
    'timed-out',
    () => 'could not connect to the monitors',
  ],
  [/error opening pool '?(.+?)'?: \(2\)/, 'absent', (m) => `there is no pool ${code(m[1] ?? '')}`],
  [/error opening image (.+?): \(2\)/, 'absent', (m) => `there is no image ${code(m[1] ?? '')}`],
  [/error listing watchers (.+?): \(2\)/, 'absent', (m) => `there is no object ${code(m[1] ?? '')}`],
  [/error getting omap \S+ (.+?): \(2\)/, 'absent', (m) => `there is no object ${code(m[1] ?? '')}`],
  [/^No such key: (.+)$/m, 'absent', (m) => `there is no entry ${code(m[1] ?? '')}`],
  [
    /mirroring not enabled on the (pool|image)/,
    'absent',
    (m) => `mirroring is not enabled on the ${m[1] ?? 'image'}`,
  ],
  [
    /admin_socket: exception|connect to \S+ failed with \(2\)/,
    'absent',
    () => 'no admin socket of that daemon on that host',
  ],
  [
    /Error (?:EACCES|EPERM): problem getting command descriptions from (\S+)/,
    'denied',
    (m) => `this user may not ask ${code(m[1] ?? '')}: it takes \`allow *\` on that kind of daemon`,
  ],
  [
    /\(1\) Operation not permitted|\(13\) Permission denied|Error (?:EACCES|EPERM)/,
    'denied',
    () => 'the capabilities of this user do not allow it',
  ],
  [
    /Error ENOENT: problem getting command descriptions from (\S+)/,
    'absent',
    (m) => `there is no ${code(m[1] ?? '')}`,
  ],
  [/problem getting command descriptions from (\S+)/, 'failed', (m) => `${code(m[1] ?? '')} does not answer`],
  [
    /unable to parse address (.+)|(\S+) not valid IPv6 address/,
    'failed',
    (m) => `not an address: ${code(m[1] ?? m[2] ?? '')}`,
  ],
  [
    /unrecognized command|unknown option|unrecogni[sz]ed option|Invalid command|no valid command found|error: (?:argument|unrecognized)|^usage:/m,
    'failed',
    () => 'this release does not know the command or one of its options',
  ],
  [/\(2\) No such file or directory|Error ENOENT/, 'absent', () => 'it does not exist'],
]

/**
 * The stdout of a Ceph command that succeeded, without colours and log lines; the one gate of every parser here.
 * Otherwise NotSeen with what went wrong. The text decides, because `rados` exits 1 for everything.
 * Pasted text passes as it is, unless it is nothing but such an error.
 * Texts of 16.2.15 as captured; of older releases from their source.
 */
export function finished(printed: Printed): string {
  if (typeof printed === 'string') return pasted(printed)
  if (printed.exitCode !== 0) throw failure(printed)
  if (printed.truncated) throw new NotSeen('unparsable', 'the output was cut at its size limit')
  return withoutLog(printed.stdout)
}

function pasted(text: string): string {
  if (/^(?:error (?:listing|opening|getting) |rbd: error |Error E[A-Z]+: )/m.test(withoutLog(text))) {
    throw failure({ stdout: text, stderr: '', exitCode: null, truncated: false })
  }
  return withoutLog(text)
}

function failure({ stdout, stderr, exitCode }: Exclude<Printed, string>): NotSeen {
  const said = `${stderr}\n${stdout}`.slice(0, 20_000)
  for (const [pattern, meaning, sentence] of meanings) {
    const match = pattern.exec(said)
    if (match) return new NotSeen(meaning, sentence(match))
  }
  const last = lines(said).findLast((line) => line.trim() !== '')
  const ended = exitCode === null ? 'ended by a signal' : `exit code ${exitCode}`
  return new NotSeen(
    'failed',
    last === undefined ? `${ended}, without a word` : `${ended}: ${code(last.trim())}`,
  )
}

/** For commands that print nothing when there is nothing: that counts for a command that ran, not for an empty paste. */
export function finishedMaybeEmpty(printed: Printed): string {
  const text = finished(printed)
  if (typeof printed === 'string' && text.trim() === '') throw new NotSeen('unparsable', 'no text at all')
  return text
}

/** A line that is not what the program is known to print. */
export function unlike(number: number, line: string, expected: string): NotSeen {
  return new NotSeen('unparsable', `line ${number}: expected ${expected}, found ${code(line)}`)
}
