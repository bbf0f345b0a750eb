import { rejoined } from '../../shared/linux/pasted-rows.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import type { Line, Passage } from '../../shared/triage.ts'

/** `20/11/2026 17:29:40 : epoch 6b008384 : vm : nfs-ganesha-20594[main] function :COMPONENT :LEVEL :text`. */
const ROW =
  /(\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d) : epoch ([0-9a-f]+) : (\S+) : (?:ganesha\.nfsd|nfs-ganesha)-(\d+)\[([^\]]*)\] (\S+) :([^:]+) :(\w+) ?:(.*)$/

/** Its messages that are worth a line, whatever their level: a start is full of harmless ones of level CRIT. */
const SAID: readonly [pattern: RegExp, code: string, severity: 'info' | 'warning', meaning: string][] = [
  [
    /NFS Server Now NOT IN GRACE/i,
    'grace-over',
    'info',
    'The grace period of Ganesha has ended; new locks are given again.',
  ],
  [
    /NFS Server Now IN GRACE|NFS Server recovery event/i,
    'grace-period',
    'info',
    'Ganesha is in its grace period: clients take their locks again, and new locks wait.',
  ],
  [
    /Health status is unhealthy/i,
    'ganesha-unhealthy',
    'warning',
    'Ganesha takes requests in and finishes none: its threads, or the file system below it, hang.',
  ],
  [
    /Futility count exceeded/i,
    'ganesha-unhealthy',
    'warning',
    'Ganesha can close no more files and runs out of descriptors.',
  ],
  [
    /expir(?:ed|ing) client|client.*expired/i,
    'client-expired',
    'info',
    'Ganesha has dropped a client whose lease had run out, and its locks with it.',
  ],
]

/** Lines of ganesha.log. */
export function readGanesha({ lines }: Passage, tell: Teller): void {
  const used: Line[] = []
  let starts = false
  const whole = rejoined(lines, {
    read: (text) => ROW.exec(text)?.[0],
    begins: /^\d\d\/\d\d\/\d{4} \d\d:/,
    open: 'log',
  })
  for (const line of whole) {
    const found = ROW.exec(line.text)
    if (!found) continue
    used.push(line)
    const [, time, , host, pid, , , , , text = ''] = found
    tell.fact('nfsServers', { server: host, pid, program: 'ganesha.nfsd' })
    for (const [address] of text.matchAll(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/g))
      tell.fact('addresses', { address })
    starts ||= /NFS SERVER INITIALIZED/i.test(text)
    const said = SAID.find(([pattern]) => pattern.test(text))
    if (!said) continue
    const [, code, severity, meaning] = said
    tell.find({
      code,
      verdict: 'inconclusive',
      severity,
      summary: `${meaning} Logged at ${time}.`,
      lines: [line],
    })
  }
  tell.saw('ganesha.log', used)
  if (starts)
    tell.find({
      code: 'ganesha-started',
      verdict: 'ruled-out',
      severity: 'ok',
      summary: 'Ganesha has started and serves.',
      lines: used,
    })
}
