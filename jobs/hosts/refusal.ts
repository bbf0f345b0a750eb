import type { Command } from './transport.ts'

export type RefusalCode = 'empty' | 'nul' | 'not-utf8' | 'too-long' | 'bad-limit'

/** A command that no host can be given as it stands. It was not started; whoever built it has to change it. */
export class CommandRefused extends Error {
  readonly code: RefusalCode
  constructor(code: RefusalCode, message: string) {
    super(message)
    this.name = 'CommandRefused'
    this.code = code
  }
}

/** Linux refuses a longer single argument with E2BIG (MAX_ARG_STRLEN, 32 pages, its final NUL included). */
const longestArgument = 131_071
const longestCommand = 1_000_000
/** setTimeout fires at once for more than this, which would turn a long limit into none. */
const longestLimitMs = 2_147_000_000

/**
 * Refuses what could not arrive byte for byte, before anything is started.
 * Throws CommandRefused; an empty argument, newlines, quotes and leading dashes are all fine.
 */
export function refuseUnsendable({ argv, limitMs, maxBytes }: Command): void {
  if (!argv[0]) throw new CommandRefused('empty', 'The command has no program. Give its name as argv[0].')
  let total = 0
  for (const [index, argument] of argv.entries()) {
    const where = `Argument ${index} of \`${argv[0].slice(0, 60)}\``
    if (argument.includes('\0')) {
      throw new CommandRefused('nul', `${where} holds a NUL byte, which would cut it short. Remove it.`)
    }
    if (!argument.isWellFormed()) {
      throw new CommandRefused(
        'not-utf8',
        `${where} holds half a surrogate pair, which UTF-8 cannot carry. Remove it.`,
      )
    }
    const bytes = Buffer.byteLength(argument)
    total += bytes + 1
    if (bytes > longestArgument || total > longestCommand) {
      throw new CommandRefused('too-long', `${where} makes the command too long for Linux. Shorten it.`)
    }
  }
  if (!(limitMs >= 0 && limitMs <= longestLimitMs && maxBytes >= 0)) {
    throw new CommandRefused(
      'bad-limit',
      `\`${argv[0]}\` needs a limit between 0 and ${longestLimitMs} ms and maxBytes ≥ 0.`,
    )
  }
}
