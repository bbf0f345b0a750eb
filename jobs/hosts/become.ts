import type { SshHost } from './ssh-settings.ts'
import { sudoersLine } from './sudoers.ts'

/** The argv that runs as root; the same argv when this host needs no sudo. */
export function becoming(become: SshHost['become'], argv: readonly string[]): readonly string[] {
  return become === 'sudo' ? ['sudo', '-n', '--', ...argv] : argv
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

/** When sudo refused: one sentence that says so, with the line that would allow it. Undefined when it did not. */
export function refusedBySudo(
  { host, user, argv, path }: Asked,
  ran: { stdout: string; stderr: string },
): string | undefined {
  const said = ran.stdout === '' && refusals.map((refusal) => refusal.exec(ran.stderr)).find(Boolean)
  if (!said) return undefined
  const text = ran.stderr.slice(said.index).split('\n')[0]?.trim()
  const refused = `sudo does not allow \`${argv[0]}\` on ${host} ("${text}")`
  const file = 'Add to /etc/sudoers.d/unwedge there, with visudo -f'
  try {
    return `${refused}. ${file}: ${sudoersLine(user, [path, ...argv.slice(1)])}`
  } catch {
    // a path that was not found, or an argument that sudoers cannot hold
    return `${refused}. ${file} what allows it to ${user}`
  }
}

/** When sudo did not find the program. */
export function notFoundBySudo(program: string, stderr: string): boolean {
  return stderr.includes(`sudo: ${program}: command not found`)
}
