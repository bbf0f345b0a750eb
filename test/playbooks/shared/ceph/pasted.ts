import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { passagesOf } from '../../../../playbooks/shared/pasted/passages.ts'
import type { Reader, Told } from '../../../../playbooks/shared/triage.ts'

/** A fixture with its header taken off: `# command: …`, `# version: …`, `# date: …`, `# captured|by hand`, `---`. */
export type Pasted = { name: string; command: string; how: string; body: string }

export function pastedIn(folder: string): Map<string, Pasted> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.txt'))
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(folder, file), 'utf8')
      const [, command, how, body] =
        /^# command: (.*)\n# version: .*\n# date: .*\n# (captured|by hand).*\n---\n([\s\S]*)$/.exec(text) ??
        []
      if (command === undefined || how === undefined || body === undefined)
        throw new Error(`${file}: no header`)
      const name = file.slice(0, -4)
      return [name, { name, command, how, body }]
    }),
  )
}

export const NOW = Date.parse('2026-11-20T22:00:00Z')

export function tell(reader: Reader, text: string): Told {
  return reader.read(passagesOf(text), NOW)
}

/** As it stands below its prompt in a terminal. */
export const prompted = ({ command, body }: Pasted) => `[root@node1 ~]# ${command}\n${body}`

const eachLine = (text: string, change: (line: string) => string) =>
  text.replace(/\n$/, '').split('\n').map(change).join('\n')

/** What happens to a text on its way into a message; nothing is lost. */
export const DAMAGES: Record<string, (text: string) => string> = {
  quoted: (text) => eachLine(text, (line) => `> ${line}`),
  'quoted twice': (text) => eachLine(text, (line) => `> > ${line}`),
  html: (text) =>
    `<pre>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')}</pre>`,
  fenced: (text) => `Please look:\n\n\`\`\`\n${text}\`\`\`\n`,
  crlf: (text) => text.replaceAll('\n', '\r\n'),
  coloured: (text) => eachLine(text, (line) => `\u001b[0;32m${line}\u001b[0m`),
  'no-break blanks': (text) => text.replaceAll('  ', ' \u00a0'),
}

/** A terminal breaks every line at its width, wherever that is. */
export function wrapped(text: string, width: number): string {
  return eachLine(text, (line) => {
    const pieces: string[] = []
    for (let at = 0; at === 0 || at < line.length; at += width) pieces.push(line.slice(at, at + width))
    return pieces.join('\n')
  })
}

/** An editor breaks between words. */
export function folded(text: string, width: number): string {
  return eachLine(text, (line) => {
    const out: string[] = []
    let rest = line
    while (rest.length > width && rest.lastIndexOf(' ', width) > 20) {
      const at = rest.lastIndexOf(' ', width)
      out.push(rest.slice(0, at))
      rest = rest.slice(at + 1)
    }
    return [...out, rest].join('\n')
  })
}

/** Whether each wanted field is in some fact of its kind, exactly. */
export function missingFacts(
  told: Told,
  wanted: Record<string, Record<string, string | string[]>[]>,
): string[] {
  return Object.entries(wanted).flatMap(([kind, all]) =>
    all.flatMap((fields) => {
      const found = (told.facts[kind] ?? []).some((fact) =>
        Object.entries(fields).every(([name, value]) => JSON.stringify(fact[name]) === JSON.stringify(value)),
      )
      return found ? [] : [`${kind} ${JSON.stringify(fields)}`]
    }),
  )
}

/** The identifiers of a text: nothing damaged may become another of them. */
export function identifiers(told: Told): Set<string> {
  const names =
    /^(?:address|addresses|client|cookie|id|header|object|locker|pid|fsid|osdFsid|globalId|peer|local)$/
  return new Set(
    Object.entries(told.facts).flatMap(([kind, facts]) =>
      facts.flatMap((fact) =>
        Object.entries(fact).flatMap(([name, value]) =>
          names.test(name)
            ? (Array.isArray(value) ? value : [String(value)]).map((each) => `${kind}.${name}=${each}`)
            : [],
        ),
      ),
    ),
  )
}

export const worst = ({ findings }: Told) =>
  (['critical', 'warning', 'info', 'ok'] as const).find((severity) =>
    findings.some((each) => each.severity === severity),
  )
