import type { SshHost } from './ssh-settings.ts'
import { GATE, sudoersLine } from './sudoers.ts'

/** The argv that runs as root; the same argv when this host needs no sudo. */
export function becoming(become: SshHost['become'], argv: readonly string[]): readonly string[] {
  if (become === undefined) return argv
  return ['sudo', '-n', '--', ...(become === 'gate' ? [GATE] : []), ...argv]
}

/**
 * What sudo prints instead of running anything (untranslated; 1.7 to 1.9). It then exits with 1, like many commands
 * do, so that only the text tells.
 */
const refusals: readonly RegExp[] = [
  /^sudo: (a|sorry, a) password is required/m,
  /^sudo: interactive authentication is required/m,
  /^Sorry, user \S+ is not allowed to execute /m,
  /^Sorry, user \S+ may not run sudo on /m,
  /^\S+ is not in the sudoers file/m,
  /^sudo: (sorry, )?you must have a tty/m,
  /^sudo: no valid sudoers sources found/m,
  /^sudo: (effective uid is not 0|.* must be owned by uid 0)/m,
]

export type Asked = {
  host: string
  /** login name at the far end */
  user: string
  /** without sudo */
  argv: readonly string[]
  /** where the program is there; '' when it is not to be found */
  path: string
}

type Said = { exitCode?: number | null | undefined; stdout: string; stderr: string }

/** When sudo refused: one sentence that says so, with the line that would allow it. Undefined when it did not. */
export function refusedBySudo({ host, user, argv, path }: Asked, ran: Said): string | undefined {
  const text = wordsOfSudo(ran)
  if (text === undefined) return undefined
  const refused = `sudo does not allow \`${argv[0]}\` on ${host} ("${text}")`
  const file = 'Add to /etc/sudoers.d/unwedge there, with visudo -f'
  try {
    return `${refused}. ${file}: ${sudoersLine(user, [path, ...argv.slice(1)])}`
  } catch {
    // a path that was not found, or an argument that sudoers cannot hold
    return `${refused}. ${file} what allows it to ${user}`
  }
}

function wordsOfSudo({ stdout, stderr }: Said): string | undefined {
  const said = stdout === '' && refusals.map((refusal) => refusal.exec(stderr)).find(Boolean)
  return said ? stderr.slice(said.index).split('\n')[0]?.trim() : undefined
}

/**
 * What sudo or the gate says instead of running a command: refused, not installed; undefined when the command ran. sudo
 * exits with 1, the gate with 126 and 127, like commands do: only the text tells.
 */
export function refusedByGate(
  { host, argv }: Pick<Asked, 'host' | 'argv'>,
  ran: Said,
): { outcome: 'denied' | 'not-found'; reason: string } | undefined {
  const denied = (why: string) => ({
    outcome: 'denied' as const,
    reason: `${why}; install the one that \`unwedge hosts gate ${host}\` prints`,
  })
  if (ran.stdout !== '') return undefined
  const last = ran.stderr.trimEnd().split('\n').at(-1)
  if (ran.exitCode === 126 && last === 'unwedge-gate: this command is not allowed here')
    return denied(`the gate on ${host} does not allow \`${argv[0]}\` with these arguments`)
  if (ran.exitCode === 127 && last === `unwedge-gate: ${argv[0]} is not installed`)
    return {
      outcome: 'not-found',
      reason: `\`${argv[0]}\` is not installed on ${host} (not on the PATH of the gate)`,
    }
  if (ran.exitCode !== 1) return undefined
  if (ran.stderr.split('\n').some((line) => notFoundBySudo(GATE, line) && line.startsWith('sudo: ')))
    return denied(`there is no gate on ${host} (${GATE})`)
  const text = wordsOfSudo(ran)
  return text === undefined
    ? undefined
    : {
        outcome: 'denied',
        reason: `sudo does not allow the gate on ${host} ("${text}"). Add to /etc/sudoers.d/unwedge there, with visudo -f, what \`unwedge hosts sudoers ${host}\` prints`,
      }
}

/** When sudo did not find the program. */
export function notFoundBySudo(program: string, stderr: string): boolean {
  return stderr.includes(`sudo: ${program}: command not found`)
}
