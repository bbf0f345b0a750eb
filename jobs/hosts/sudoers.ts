import type { Role } from '../../playbooks/shared/inventory.ts'

/** One argument of a pattern: exactly this text, or `any`: one or more characters of whatever kind. */
export type ArgumentPattern = string | { any: true }
/** argv[0] is an absolute path: sudo looks nothing up. */
export type CommandPattern = readonly [string, ...ArgumentPattern[]]

export type SudoersOptions = {
  role: Role
  /** login name at the far end */
  user: string
  commands: readonly CommandPattern[]
  /** sudo ends a command after this; only root could (sudo 1.8.20 or later; older ones report it and go on) */
  timeoutSeconds?: number
}

/** A pattern that would allow more than it says. */
export class SudoersRefused extends Error {
  readonly code: 'not-absolute' | 'shell' | 'bad-name' | 'bad-text'
  constructor(code: SudoersRefused['code'], message: string) {
    super(message)
    this.name = 'SudoersRefused'
    this.code = code
  }
}

/**
 * The smallest sudoers file for a role: exactly these commands, as root, without a password. Install it as
 * /etc/sudoers.d/unwedge-ROLE with `visudo -f`. Empty `commands` give a file that allows nothing.
 * Throws SudoersRefused. Source: sudoers(5), "Wildcards in command arguments" (a `*` also matches blanks: a pattern
 * that ends in one allows further arguments).
 */
export function sudoersFile({ role, user, commands, timeoutSeconds = 120 }: SudoersOptions): string {
  const alias = `UNWEDGE_${role.toUpperCase().replaceAll('-', '_')}`
  const lines = [...new Set(commands.map(commandSpec))].toSorted()
  const head = [
    `# What unwedge needs on a host with the role ${role}. Install: visudo -f /etc/sudoers.d/unwedge-${role}`,
    `# sshd gives it no terminal, and nobody is there to type a password.`,
  ]
  if (lines.length === 0) return `${[...head, '# This role needs nothing as root.'].join('\n')}\n`
  return `${[
    ...head,
    `Cmnd_Alias ${alias} = \\`,
    lines.map((line) => `    ${line}`).join(', \\\n'),
    `Defaults!${alias} !requiretty, !use_pty`,
    `Defaults!${alias} command_timeout=${timeoutSeconds}`,
    `${userName(user)} ALL=(root) NOPASSWD: ${alias}`,
  ].join('\n')}\n`
}

/** One line that allows one command. Throws SudoersRefused. */
export function sudoersLine(user: string, command: readonly string[]): string {
  return `${userName(user)} ALL=(root) NOPASSWD: ${commandSpec(command as unknown as CommandPattern)}`
}

const shells =
  /^(ba|da|a|k|mk|z|c|tc|fi)?sh$|^(env|sudo|su|doas|busybox|xargs|nohup|timeout|setsid|nsenter|python[\d.]*|perl|ruby|node|awk|vi|vim|less|more|tee|dd|find)$/

function commandSpec([program, ...args]: CommandPattern): string {
  if (!program.startsWith('/'))
    throw new SudoersRefused(
      'not-absolute',
      `\`${program}\` has to be an absolute path: sudoers knows no PATH.`,
    )
  const wild = args.some((argument) => typeof argument !== 'string')
  if (wild && shells.test(program.replace(/^.*\//, '')))
    throw new SudoersRefused(
      'shell',
      `\`${program}\` with any argument would be root itself. Give the exact arguments.`,
    )
  // "" stands for no arguments at all; without it sudo allows any
  const text =
    args.length === 0
      ? '""'
      : args.map((argument) => (typeof argument === 'string' ? literal(argument) : '*')).join(' ')
  return `${literal(program)} ${text}`
}

/**
 * One argument as sudo 1.9.13 matches it, tried on it: a backslash is unescaped twice, blanks and wildcards once. An
 * empty one would allow any, `^` would begin a regular expression, a control character cannot be written.
 */
function literal(text: string): string {
  if (text === '' || text.startsWith('^') || /\p{Cc}/u.test(text)) {
    const why = `${JSON.stringify(text)} cannot be written as an argument in sudoers.`
    throw new SudoersRefused('bad-text', `${why} Allow it by { any: true }, if at all.`)
  }
  return text.replaceAll('\\', '\\\\\\\\').replace(/[,:=*?[\]# ]/g, '\\$&')
}

function userName(user: string): string {
  if (!/^[A-Za-z_][\w.-]*\$?$/.test(user))
    throw new SudoersRefused('bad-name', `${JSON.stringify(user)} is not a user name that sudoers takes.`)
  return user
}
