import leven from 'leven'
import type { RawArgs } from '../jobs/contracts.ts'
import type { Declaration } from '../playbooks/shared/playbook.ts'
import { plain, split, typed } from './typed-words.ts'

/** What someone asked for, once it fits the catalogue. */
export type Command =
  | { verb: 'check'; playbook: string; args: RawArgs; cluster: string | undefined }
  | { verb: 'help'; topic: string | undefined }
  | { verb: 'status' }

/** Why a line was refused, and the nearest line that would have been right. */
export type Refusal = {
  problem: string
  tryThis: string | undefined
  /** whether `tryThis` is their own line put right, or only an example */
  near: boolean
}

export type Parsed = { ok: true; command: Command } | { ok: false; refusal: Refusal }

const VERBS = ['check', 'help', 'status']
const LONGEST_LINE = 1000

/**
 * Reads a line as people type it: `check NAME TARGET key=value …`, `help [NAME]`, `status`.
 * Nothing in it is ever run: words become arguments that the playbook's schema has to accept.
 */
export function parseCommandLine(line: string, catalogue: readonly Declaration[]): Parsed {
  const text = plain(line)
  if (text.length > LONGEST_LINE)
    return refuse(`That is ${text.length} characters; a command has at most ${LONGEST_LINE}.`, 'help')
  const words = split(text)
  if (words === undefined)
    return refuse('A quotation mark is missing: a word with blanks stands between two of them.', 'help')
  return parseWords(withoutName(words), catalogue)
}

/** Our own name before the line: pasted from an answer, or said twice. */
function withoutName([first = '', ...rest]: readonly string[]): string[] {
  const isName = /^[/@]?unwedge[,:]?$/i.test(first)
  const isCommand = first.startsWith('/') && VERBS.includes(rest[0]?.toLowerCase() ?? '')
  return isName || isCommand ? rest : [first, ...rest].filter((word) => word !== '')
}

/** The same for words that are words already, as a terminal gives them. */
export function parseWords(words: readonly string[], catalogue: readonly Declaration[]): Parsed {
  const [first, ...rest] = words
  if (first === undefined) return { ok: true, command: { verb: 'help', topic: undefined } }
  const verb = first.toLowerCase()
  if (verb === 'help') {
    const topic = rest.map((word) => word.toLowerCase()).find((word) => word !== 'check')
    return { ok: true, command: { verb, topic } }
  }
  if (verb === 'status')
    return rest.length === 0
      ? { ok: true, command: { verb } }
      : refuse('`status` stands alone: it tells about every cluster.', 'help', 'status')
  if (verb === 'check') return parseCheck(rest, catalogue)
  const names = catalogue.map((playbook) => playbook.name)
  if (names.includes(verb))
    return refuse(`That is a check without the word \`check\`.`, 'help', line('check', verb, ...rest))
  const near = nearest(verb, VERBS)
  return refuse(`I don't know \`${shown(first)}\`.`, 'help', near && line(near, ...rest))
}

function parseCheck(words: string[], catalogue: readonly Declaration[]): Parsed {
  const names = catalogue.map((playbook) => playbook.name)
  const [name, ...rest] = words
  if (name === undefined)
    return refuse(
      `Which check? I know ${names.map((n) => `\`${n}\``).join(', ')}.`,
      catalogue[0]?.usage.examples[0],
    )
  const playbook = catalogue.find((candidate) => candidate.name === name.toLowerCase())
  if (!playbook) {
    const near = nearest(name.toLowerCase(), names)
    return refuse(
      `I don't know a check called \`${shown(name)}\`.`,
      'help',
      near && line('check', near, ...rest),
    )
  }
  return parseArguments(playbook, rest)
}

function parseArguments(playbook: Declaration, words: string[]): Parsed {
  const example = playbook.usage.examples[0]
  const args: RawArgs = {}
  let cluster: string | undefined
  const known = [...Object.keys(playbook.usage.options), 'cluster']
  for (const word of words) {
    if (/^[-–—]/.test(word)) return refuse(...dashed(word, playbook, words, known))
    const option = /^([a-z][a-z-]*)=(.*)$/is.exec(word)
    if (!option) {
      if (args.target !== undefined)
        return refuse(
          `One target at a time: I got \`${shown(args.target)}\` and \`${shown(word)}\`.`,
          example,
          oneTarget(playbook, words, known),
        )
      args.target = word
      continue
    }
    const key = option[1]!.toLowerCase()
    const value = option[2]!
    if (!known.includes(key)) {
      const near = nearest(key, known)
      const fixed =
        near && line('check', playbook.name, ...words.map((w) => (w === word ? `${near}=${value}` : w)))
      return refuse(
        `\`${shown(key)}=\` is not an option of \`check ${playbook.name}\`; it has ${known.map((k) => `\`${k}=\``).join(', ')}.`,
        example,
        fixed,
      )
    }
    // an empty one would be taken for "wherever you like"
    if (value === '') return refuse(`\`${key}=\` stands there without a value.`, example)
    if (key in args || (key === 'cluster' && cluster !== undefined))
      return refuse(`\`${key}=\` stands there twice.`, example)
    if (key === 'cluster') cluster = value
    else args[key] = value
  }
  if (playbook.usage.target.startsWith('<') && args.target === undefined)
    return refuse(`\`check ${playbook.name}\` needs ${playbook.usage.target}.`, example)
  const validated = playbook.args.safeParse(args)
  if (!validated.success) return refuse(validated.error.issues[0]?.message ?? 'That does not fit.', example)
  return { ok: true, command: { verb: 'check', playbook: playbook.name, args, cluster } }
}

/** An option as programs have them: ours without its dashes, or none of ours. */
function dashed(
  word: string,
  { name, usage }: Declaration,
  words: string[],
  known: string[],
): [problem: string, example: string | undefined, near?: string] {
  const example = usage.examples[0]
  const [, key = '', value] = /^[-–—]+([a-z][a-z-]*)(?:=(.+))?$/is.exec(word) ?? []
  if (!known.includes(key.toLowerCase()))
    return [
      `\`${shown(word)}\` looks like an option of a program; options here are written \`key=value\`.`,
      example,
    ]
  const problem = `\`${shown(word)}\`: options here have no dashes, they are written \`${key.toLowerCase()}=value\`.`
  if (value === undefined) return [problem, example]
  return [
    problem,
    example,
    line('check', name, ...words.map((w) => (w === word ? w.replace(/^[-–—]+/, '') : w))),
  ]
}

/** One of several targets, or a name with blanks that lacks its quotation marks. What else was asked for stays: it may say where. */
function oneTarget({ name, args }: Declaration, words: string[], known: string[]): string | undefined {
  const options = words.filter((word) => /^[a-z][a-z-]*=/i.test(word))
  const others = words.filter((word) => !options.includes(word))
  if (others.some((word) => word === '=' || known.includes(word.toLowerCase()))) return undefined
  const whole = others.join(' ')
  return line('check', name, args.safeParse({ target: whole }).success ? whole : others[0]!, ...options)
}

const line = (...words: string[]) => words.map(typed).join(' ')

function refuse(problem: string, example: string | undefined, near?: string): Parsed {
  return { ok: false, refusal: { problem, tryThis: near ?? example, near: near !== undefined } }
}

/** The words before a suggestion. */
export function suggestionLead({ near }: Refusal): string {
  return near ? 'Did you mean' : 'For instance'
}

/** A word from outside, short and without what could break out of the code marks around it. */
export function shown(word: string): string {
  const visible = word.replace(/[\p{C}`]/gu, '·')
  return visible.length > 60 ? `${visible.slice(0, 60)}…` : visible
}

/** The known word that was probably meant: at most a third of its letters off. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known.map((candidate) => ({
    candidate,
    distance: leven(word.toLowerCase(), candidate.toLowerCase()),
  }))
  ranked.sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best && best.distance <= Math.max(1, Math.ceil(best.candidate.length / 3))
    ? best.candidate
    : undefined
}
