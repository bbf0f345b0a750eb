import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quote } from '../../../jobs/hosts/far-end-script.ts'
import { ANY, type AnyKind, type AsRoot } from '../../../playbooks/shared/as-root.ts'

type Argv = readonly string[]

/** The shells of this machine that a far end may have as /bin/sh. */
export const SHELLS = [['dash'], ['bash', '--posix'], ['busybox', 'sh'], ['mksh']].filter(
  ([program]) => spawnSync(program!, ['-c', ':']).error === undefined,
) as [string, ...string[]][]

/** What the gate says of each argv, in one process: its own functions, without the part that runs something. */
export function allowedBy(
  shell: readonly [string, ...string[]],
  script: string,
  argvs: readonly Argv[],
): boolean[] {
  const functions = script.slice(0, script.indexOf('if [ $# -eq 1 ] && [ "X$1" = X--version ]'))
  const questions = argvs.map((argv) => `if allowed ${quote(argv)}; then echo yes; else echo no; fi`)
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-gate-'))
  try {
    const file = join(folder, 'ask')
    writeFileSync(file, `${functions}\n${questions.join('\n')}\n`)
    const [program, ...options] = shell
    const output = execFileSync(program, [...options, file], { encoding: 'utf8', maxBuffer: 2 ** 26 })
    return output
      .trim()
      .split('\n')
      .map((line) => line === 'yes')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What ANY stands for, said a second time and in another language: the shells have to agree with it. */
const MEANS: Record<AnyKind, string> = {
  digits: '[0-9]{1,20}',
  list: '[0-9|]+',
  name: '[A-Za-z0-9_-]+',
  word: '(?!-)[A-Za-z0-9_.:@%+=,~-]+',
  plain: '(?!-)[A-Za-z0-9_.:@%+=,~/-]+',
  address: '[\\][0-9A-Fa-f.:]+',
  text: '(?!-)[^\\n]+',
  path: '(?=/)(?!(?:[^\\n]*/)?\\.\\.(?:/|$))[^\\n]+',
  below: '(?!(?:[^\\n]*/)?\\.\\.(?:/|$))[^\\n]+',
}

const wordOf = (word: string) =>
  new RegExp(
    `^${[...word].map((each) => MEANS[kindOf(each)!] ?? each.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&')).join('')}$(?![^])`,
  )
const kindOf = (token: string) =>
  (Object.keys(ANY) as AnyKind[]).find((kind) => ANY[kind] === token) as AnyKind

/** Whether one of the shapes is this argv. */
export function allows(shapes: readonly AsRoot[]): (argv: Argv) => boolean {
  const compiled = shapes.map(({ argv, repeat }) => {
    const words = argv.map(wordOf)
    const [from, size] = [repeat?.from ?? argv.length, repeat?.size ?? 0]
    return { words, from, size }
  })
  return (argv) =>
    compiled.some(({ words, from, size }) => {
      const more = argv.length - words.length
      if (size === 0 ? more !== 0 : more < 0 || more % size !== 0) return false
      return argv.every((word, at) => {
        const inGroup = at >= from && at < from + size + more
        const place = at < from ? at : inGroup ? from + ((at - from) % size) : at - more
        return words[place]!.test(word)
      })
    })
}
