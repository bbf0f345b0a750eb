import { readdirSync, readFileSync } from 'node:fs'

/** Every process of this machine, and the words of its command line; without kernel threads. */
export function processes(): { pid: number; argv: string[] }[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => {
    const line = commandLine(pid)
    return line === '' ? [] : [{ pid: Number(pid), argv: line.split('\0') }]
  })
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // gone meanwhile
    return ''
  }
}
