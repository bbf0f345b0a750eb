import { parseFile, parseProcesses } from '../args.ts'

const HOST = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/

const on = (host: string | undefined) => (host !== undefined && HOST.test(host) ? ` on=${host}` : '')

/** `check lock 00:14:2199054015793 on=Storage5`; undefined where that would not be understood as typed. */
export function lockCommand(file: string | undefined, host: string | undefined): string | undefined {
  if (file === undefined || /["'\\\n]/.test(file) || file.endsWith('...') || 'problem' in parseFile(file))
    return undefined
  return `check lock ${file.includes(' ') ? `"${file}"` : file}${on(host)}`
}

/** programs of everyday use, of which many run, and names that top has cut: their number says which one is meant */
const ANYBODY =
  /^(?:dd|tar|rsync|cp|mv|ls|df|du|cat|stat|touch|rm|find|flock|tee|less|vi|vim|sync|sleep|bash|sh|dash|zsh|python[\d.]*|perl|ruby|java|node)$|\+$/

/** `check stuck nova-compute on=ECM-043`; without a name: whatever hangs there. */
export function stuckCommand(
  name: string | undefined,
  pid: string | undefined,
  host: string | undefined,
): string {
  const order = name !== undefined && ANYBODY.test(name) ? [pid, name] : [name, pid]
  const isWord = (each: string) => /^[\w.+:@-]+$/.test(each) && !('problem' in parseProcesses(each))
  const word = order.find((each) => each !== undefined && isWord(each))
  return `check stuck${word === undefined ? '' : ` ${word}`}${on(host)}`
}
