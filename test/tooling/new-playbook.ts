import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/**
 * `npm run new-playbook NAME`: a folder that compiles, with its README, a test and a fixture. The tests fail until
 * it is registered in playbooks/catalogue.ts and its README is written.
 */
export function newPlaybook(name: string, at = root): string[] {
  if (!/^[a-z][a-z-]{1,30}$/.test(name))
    throw new Error('A playbook is named in small letters, e.g. `snapshots`.')
  const folder = join(at, 'playbooks', name)
  if (existsSync(folder)) throw new Error(`${folder} is there already.`)
  const files = templates(name)
  for (const [path, text] of Object.entries(files)) {
    const file = join(at, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  return Object.keys(files)
}

function templates(name: string): Record<string, string> {
  const symbol = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  return {
    [`playbooks/${name}/declaration.ts`]: `import { z } from 'zod'
import type { Declaration } from '../shared/playbook.ts'

const Args = z.strictObject({ target: z.string().regex(/^[\\w.]+$/, 'The target is a name of letters, digits, dots.') })
export type Args = z.infer<typeof Args>

export const ${symbol}: Declaration<Args> = {
  name: '${name}',
  title: 'TODO: the question it answers, in one line',
  usage: { target: '<TARGET>', options: {}, examples: ['check ${name} example'] },
  args: Args,
  subject: ({ target }) => \`${name} of \\\`\${target}\\\`\`,
}
`,
    [`playbooks/${name}/index.ts`]: `import type { Playbook } from '../shared/playbook.ts'
import * as declaration from './declaration.ts'
import { diagnose } from './diagnose.ts'
import { gather } from './evidence.ts'

export const ${symbol}: Playbook<declaration.Args> = {
  ...declaration.${symbol},
  probes: (args, inventory, seen) => gather(args, inventory, seen).wanted,
  diagnose,
  remedies: {},
}
`,
    [`playbooks/${name}/parse.ts`]: `import { NotSeen, type Output } from '../shared/probe.ts'

/** TODO: command, release, a sample line; what comes out, in which units; what empty means. */
export function parseUptime(output: Output): number {
  const seconds = /^(\\d+\\.\\d+) /.exec(output.stdout)?.[1]
  if (seconds === undefined) throw new NotSeen('unparsable', '/proc/uptime does not start with seconds')
  return Number(seconds)
}
`,
    [`playbooks/${name}/evidence.ts`]: `import type { Inventory } from '../shared/inventory.ts'
import { lookAt } from '../shared/look.ts'
import type { Observations, Probe, Reading } from '../shared/probe.ts'
import type { Args } from './declaration.ts'
import { parseUptime } from './parse.ts'

export type Evidence = { uptimeS: Reading<number> }

/** One pass: what is known, and what is wanted next. */
export function gather(_args: Args, inventory: Inventory, seen: Observations): { evidence: Evidence; wanted: Probe<unknown>[] } {
  const look = lookAt(seen)
  const host = inventory.hosts[0]
  const uptimeS = look.ask(
    host && { id: 'uptime', host: host.name, argv: ['cat', '/proc/uptime'], limitMs: 3000, touches: 'proc', looking: 'uptime', parse: parseUptime },
  )
  return { evidence: { uptimeS }, wanted: look.wanted() }
}
`,
    [`playbooks/${name}/diagnose.ts`]: `import type { Diagnosis } from '../shared/finding.ts'
import type { Inventory } from '../shared/inventory.ts'
import type { Observations } from '../shared/probe.ts'
import { gather } from './evidence.ts'
import type { Args } from './declaration.ts'

/** Evidence → what it means. Whatever was not seen makes a finding inconclusive, never healthy. */
export function diagnose(args: Args, inventory: Inventory, seen: Observations): Diagnosis {
  const { uptimeS } = gather(args, inventory, seen).evidence
  const rest = { offers: [], next: [], doNot: [] }
  const finding = { playbook: '${name}', details: [], evidence: ['uptime'] }
  if (!uptimeS.seen) {
    return {
      ...rest,
      looked: false,
      facts: {},
      unseen: [{ what: 'uptime', why: uptimeS.why }],
      findings: [{ ...finding, code: 'could-not-look', verdict: 'inconclusive', severity: 'warning', summary: \`I could not look: \${uptimeS.why}.\` }],
    }
  }
  return {
    ...rest,
    looked: true,
    facts: { uptimeS: uptimeS.value },
    unseen: [],
    findings: [{ ...finding, code: 'up', verdict: 'ruled-out', severity: 'ok', summary: 'TODO: one sentence a tired person can act on.' }],
  }
}
`,
    [`playbooks/${name}/README.md`]: `# ${name}: TODO

## Meaning

## Impact

## Diagnosis

## Mitigation

## Sources
`,
    [`test/playbooks/${name}/fixtures/uptime.txt`]: '318.92 601.44\n',
    [`test/playbooks/${name}/fixtures/README.md`]:
      '| file | command | version | date | captured or by hand |\n|---|---|---|---|---|\n| uptime.txt | cat /proc/uptime | Linux | TODO | by hand |\n',
    [`test/playbooks/${name}/parse.test.ts`]: `import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseUptime } from '../../../playbooks/${name}/parse.ts'

const output = (stdout: string) => ({ stdout, stderr: '', exitCode: 0, truncated: false, startedAt: 0 })
const fixture = readFileSync(new URL('./fixtures/uptime.txt', import.meta.url), 'utf8')

test('reads the seconds since boot', () => {
  expect(parseUptime(output(fixture))).toBe(318.92)
})

test('refuses what is not uptime', () => {
  expect(() => parseUptime(output('garbage'))).toThrow('seconds')
})
`,
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const made = newPlaybook(process.argv[2] ?? '')
  console.log(`${made.join('\n')}\nNext: register it in playbooks/catalogue.ts, and write its README.`)
}
