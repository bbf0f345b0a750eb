/** Where the gate is installed: see gate-script.ts. */
export const GATE = '/usr/local/sbin/unwedge-gate'

/** A line that would allow more than it says. */
export class SudoersRefused extends Error {
  readonly code: 'not-absolute' | 'bad-name' | 'bad-text'
  constructor(code: SudoersRefused['code'], message: string) {
    super(message)
    this.name = 'SudoersRefused'
    this.code = code
  }
}

/**
 * The lines that allow the gate to this login user, and nothing else. sshd gives it no terminal. sudo ends a command after
 * `timeoutSeconds`, because only root could (sudo 1.8.20 or later; older ones report the setting and go on).
 * Throws SudoersRefused.
 */
export function gateSudoers(user: string, timeoutSeconds = 120): string[] {
  return [
    `Defaults!${GATE} !requiretty, !use_pty`,
    `Defaults!${GATE} command_timeout=${timeoutSeconds}`,
    `${userName(user)} ALL=(root) NOPASSWD: ${GATE}`,
  ]
}

/** One line that allows exactly one command. Throws SudoersRefused. Source: sudoers(5). */
export function sudoersLine(user: string, [program = '', ...args]: readonly string[]): string {
  if (!program.startsWith('/'))
    throw new SudoersRefused(
      'not-absolute',
      `\`${program}\` has to be an absolute path: sudoers knows no PATH.`,
    )
  // "" stands for no arguments at all; without it sudo allows any
  const text = args.length === 0 ? '""' : args.map(literal).join(' ')
  return `${userName(user)} ALL=(root) NOPASSWD: ${literal(program)} ${text}`
}

/**
 * One argument as sudo 1.9.13 matches it, tried on it: a backslash is unescaped twice, blanks and wildcards once. An
 * empty one would allow any, `^` would begin a regular expression, a control character cannot be written.
 */
function literal(text: string): string {
  if (text === '' || text.startsWith('^') || /\p{Cc}/u.test(text)) {
    throw new SudoersRefused(
      'bad-text',
      `${JSON.stringify(text)} cannot be written as an argument in sudoers.`,
    )
  }
  return text.replaceAll('\\', '\\\\\\\\').replace(/[,:=*?[\]# ]/g, '\\$&')
}

function userName(user: string): string {
  if (!/^[A-Za-z_][\w.-]*\$?$/.test(user))
    throw new SudoersRefused('bad-name', `${JSON.stringify(user)} is not a user name that sudoers takes.`)
  return user
}
