import type { Reply } from '../shared/scenario.ts'

/** Files of a replayed host, by path; a symlink of /proc/PID/fd stands as its target. */
export type Files = Readonly<Record<string, string>>

/** What `cat` and `grep` print of such files; undefined for other programs and for options that no probe uses. */
export function readWith(argv: readonly string[], files: Files): Reply | undefined {
  const [program, options, ...rest] = argv
  if (program === 'cat' && options !== undefined) return cat([options, ...rest], files)
  if (program !== 'grep') return undefined
  if (options === '-F')
    return print(patterns(rest), rest.slice(-1), files, (line, words) =>
      words.some((word) => line.includes(word)),
    )
  const matches = (line: string, [pattern]: string[]) => new RegExp(posix(pattern!)).test(line)
  if (options === '-E') return print([rest[0]!], rest.slice(1), files, matches)
  if (options === '-sHE') return { ...print([rest[0]!], rest.slice(1), files, matches, true), stderr: '' }
  if (options === '-rsHE' || options === '-rHE') return below(rest, files)
  return undefined
}

function cat(paths: string[], files: Files): Reply {
  const missing = paths.filter((path) => files[path] === undefined)
  const stderr = missing.map((path) => `cat: ${path}: No such file or directory\n`).join('')
  return {
    stdout: paths.map((path) => files[path] ?? '').join(''),
    stderr,
    exitCode: missing.length > 0 ? 1 : 0,
  }
}

/** `-e A -e B` → A, B. */
const patterns = (words: string[]) => words.flatMap((word, at) => (words[at - 1] === '-e' ? [word] : []))

/** POSIX classes, in JavaScript's words. */
const posix = (pattern: string) => pattern.replaceAll('[[:space:]]', '\\s')

function print(
  words: string[],
  paths: string[],
  files: Files,
  matches: (line: string, words: string[]) => boolean,
  named = false,
): Reply {
  const missing = paths.filter((path) => files[path] === undefined)
  const found = paths.flatMap((path) =>
    (files[path] ?? '')
      .split('\n')
      .filter((line) => line !== '' && matches(line, words))
      .map((line) => (named ? `${path}:${line}` : line)),
  )
  const stderr = missing.map((path) => `grep: ${path}: No such file or directory\n`).join('')
  return {
    stdout: found.map((line) => `${line}\n`).join(''),
    stderr,
    exitCode: missing.length > 0 ? 2 : found.length > 0 ? 0 : 1,
  }
}

/** grep -r: every file below the folders that stand last; a folder without files does not exist. */
function below(words: string[], files: Files): Reply {
  const folders = words.filter((word) => word.startsWith('/'))
  const pattern = words.find((word) => !word.startsWith('-') && !word.startsWith('/'))
  const paths = folders.map((folder) =>
    Object.keys(files).filter((path) => path === folder || path.startsWith(`${folder}/`)),
  )
  const reply = print(
    [pattern!],
    paths.flat(),
    files,
    (line, [text]) => new RegExp(posix(text!)).test(line),
    true,
  )
  const missing = folders.filter((_, at) => paths[at]!.length === 0)
  return missing.length === 0
    ? reply
    : {
        ...reply,
        stderr: missing.map((folder) => `grep: ${folder}: No such file or directory\n`).join(''),
        exitCode: 2,
      }
}
