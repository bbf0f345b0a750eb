/** A row of output with what a tool that looks at many files or hosts puts before it. */
export type Prefixed<T> = { value: T; host: string | undefined; file: string | undefined }

const HOST = /^([A-Za-z0-9][\w.-]*): ?/
const FILE = /^(?:([A-Za-z0-9][\w.-]*):)?(\/[^\s:]+)[:-] ?/
const NUMBER = /^\d+[:-] ?/

/**
 * A row as it stands, or behind `host: ` (clush, pdsh), `/proc/locks:` (grep -H), `12:` (grep -n) and their
 * combinations. As it stands comes first: a number with a colon may be the row's own.
 */
export function readPrefixed<T>(
  text: string,
  read: (text: string) => T | undefined,
): Prefixed<T> | undefined {
  const plain = read(text)
  if (plain !== undefined) return { value: plain, host: undefined, file: undefined }
  let rest = text
  let host: string | undefined
  let file: string | undefined
  for (let part = 0; part < 3; part += 1) {
    const inFile = file === undefined ? FILE.exec(rest) : null
    const atHost = host === undefined && file === undefined && !inFile ? HOST.exec(rest) : null
    const found = inFile ?? (atHost && !/^\d+$/.test(atHost[1]!) ? atHost : NUMBER.exec(rest))
    if (!found) return undefined
    if (inFile) [, host = host, file] = [undefined, inFile[1] ?? host, inFile[2]]
    else if (found === atHost) host = atHost![1]
    rest = rest.slice(found[0].length).trimStart()
    const value = read(rest)
    if (value !== undefined) return { value, host, file }
  }
  return undefined
}
