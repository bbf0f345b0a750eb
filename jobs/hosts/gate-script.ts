import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ANY, type AnyKind, type AsRoot } from '../../playbooks/shared/as-root.ts'

/** A gate, as it is to be installed. */
export type Gate = {
  /** what `unwedge-gate --version` says: `unwedge-gate checks HASH changes HASH`, or `changes none` */
  version: string
  script: string
}

const part = (name: string) => readFileSync(new URL(`./gate/${name}.sh`, import.meta.url), 'utf8')
const kinds = new Map(Object.entries(ANY).map(([kind, token]) => [token as string, kind as AnyKind]))
const TOKEN = new RegExp(`([${Object.values(ANY).join('')}])`, 'u')
/** What each takes, as in gate/common.sh: as many as there are, so what follows must not begin with one of them. */
const takes: Record<AnyKind, RegExp> = {
  digits: /[0-9]/,
  list: /[0-9|]/,
  name: /[A-Za-z0-9_-]/,
  word: /[A-Za-z0-9_.:@%+=,~-]/,
  plain: /[A-Za-z0-9_.:@%+=,~/-]/,
  address: /[\][0-9A-Fa-f.:]/,
  text: /./su,
  path: /./su,
  below: /./su,
}

/**
 * A POSIX sh script that runs the commands of these shapes and no other: it compares its arguments one by one and executes
 * what they name, with nothing evaluated or expanded. `about`: lines of comment at its top. The version is made of all that
 * decides what it allows. Throws when a shape cannot be compared.
 */
export function gateScript(shapes: readonly AsRoot[], about: readonly string[]): Gate {
  const [checks, changing] = [shapes.filter((each) => !each.changes), shapes.filter((each) => each.changes)]
  const looking = functions('check', checks)
  const doing = functions('change', changing)
  const version = `unwedge-gate checks ${hash(part('common') + part('run') + looking)} changes ${changing.length === 0 ? 'none' : hash(doing)}`
  const sections = [
    '#!/bin/sh',
    about.map((line) => `# ${line.replaceAll(/\p{Cc}/gu, ' ')}`.trimEnd()).join('\n'),
    part('common').trimEnd(),
    `# What only looks.\n${looking}`,
    ...(changing.length > 0
      ? [`# What changes something: steps of remedies that somebody approved.\n${doing}`]
      : []),
    `allowed() {\n  check "$@"${changing.length > 0 ? ' || change "$@"' : ''}\n}`,
    `version='${version}'`,
    part('run').trimEnd(),
  ]
  return { version, script: `${sections.join('\n\n')}\n` }
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)

/** One function per shape, and one that asks those of the program. */
function functions(name: 'check' | 'change', shapes: readonly AsRoot[]): string {
  const numbered = shapes.map((shape, at) => ({ shape, name: `${name}_${at + 1}` }))
  const programs = Map.groupBy(numbered, ({ shape }) => shape.argv[0]!)
  const cases = [...programs].map(
    ([program, own]) => `    ${quoted(program)}) ${own.map((each) => `${each.name} "$@"`).join(' || ')} ;;`,
  )
  return [
    ...numbered.map((each) => functionOf(each.name, each.shape)),
    `${name}() {\n  case $1 in\n${[...cases, '    *) return 1 ;;'].join('\n')}\n  esac\n}`,
  ].join('\n')
}

function functionOf(name: string, { argv, repeat }: AsRoot): string {
  const refuse = '|| return 1'
  if (argv.length === 0 || TOKEN.test(argv[0]!))
    throw new Error('a program has to be one word that never varies')
  const all = (words: readonly string[]) =>
    words.map((word, at) => comparison(word, at + 1)).join(' &&\n    ')
  if (!repeat) return `${name}() {\n  [ $# -eq ${argv.length} ] &&\n    ${all(argv)}\n}`
  const { from, size } = repeat
  const [before, again, after] = [argv.slice(0, from), argv.slice(from, from + size), argv.slice(from + size)]
  if (before.length === 0 || again.length !== size)
    throw new Error(`a repetition outside of ${argv.join(' ')}`)
  return [
    `${name}() {`,
    `  [ $# -ge ${argv.length} ] &&\n    ${all(before)} ${refuse}`,
    `  shift ${from}`,
    `  while [ $# -gt ${after.length} ]; do`,
    `    [ $# -ge ${size + after.length} ] &&\n    ${all(again)} ${refuse}`,
    `    shift ${size}`,
    '  done',
    ...(after.length > 0 ? [`  ${all(after)}`] : []),
    '}',
  ].join('\n')
}

/** What stands at the end is compared first, then from left to right; at last nothing may be left. */
function comparison(word: string, position: number): string {
  const value = `"\${${position}}"`
  const pieces = word.split(TOKEN).filter((piece) => piece !== '')
  if (!pieces.some((piece) => kinds.has(piece))) return `[ "X\${${position}}" = ${quoted(`X${word}`)} ]`
  const last = kinds.has(pieces.at(-1)!) ? undefined : pieces.pop()
  const steps = pieces.map((piece, at) => {
    const kind = kinds.get(piece)
    if (kind === undefined) return `p ${quoted(piece)}`
    const next = pieces[at + 1]
    if (next !== undefined && takes[kind].test(kinds.has(next) ? '0' : next[0]!))
      throw new Error(`${kind} takes what follows it in ${JSON.stringify(word)}`)
    return kind
  })
  return [`v ${value}`, ...(last === undefined ? [] : [`e ${quoted(last)}`]), ...steps, 'z'].join(' && ')
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
