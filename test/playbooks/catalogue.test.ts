import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseCommandLine } from '../../handlers/command-line.ts'
import { runCheck } from '../../jobs/check.ts'
import { fastClock } from '../../jobs/clock.ts'
import { openCluster } from '../../jobs/hosts/cluster.ts'
import { catalogue } from '../../playbooks/catalogue.ts'
import { scenarios } from '../../playbooks/scenarios.ts'
import { allPlaybooks, type Playbook, playbookNamed } from '../../playbooks/shared/playbook.ts'

const root = join(import.meta.dirname, '../../playbooks')
const folders = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'shared')
  .map(({ name }) => name)

/** What a folder exports as playbooks; a folder may hold several that share their knowledge. */
async function playbooksIn(folder: string): Promise<string[]> {
  const module: Record<string, unknown> = await import(join(root, folder, 'index.ts'))
  return Object.values(module).flatMap((value) => (isPlaybook(value) ? [value.name] : []))
}

function isPlaybook(value: unknown): value is Playbook {
  return typeof value === 'object' && value !== null && 'probes' in value && 'diagnose' in value
}

test('the catalogue lists every playbook of every folder, once, and nothing else', async () => {
  const found = (await Promise.all(folders.map(playbooksIn))).flat()
  expect(catalogue.map(({ name }) => name).sort()).toEqual(found.sort())
})

test('an entry of the catalogue says the same as the playbook that it loads', async () => {
  for (const [index, { load, ...declared }] of catalogue.entries())
    expect((await allPlaybooks(catalogue))[index]).toMatchObject(declared)
})

test.each(folders)('%s has a README with the headings of a run-book', (folder) => {
  const file = join(root, folder, 'README.md')
  expect(existsSync(file), file).toBe(true)
  const headings = readFileSync(file, 'utf8').match(/^## .+$/gm)
  expect(headings).toEqual(
    expect.arrayContaining(['## Meaning', '## Impact', '## Diagnosis', '## Mitigation', '## Sources']),
  )
})

describe.each(catalogue.map((playbook) => [playbook.name, playbook] as const))('%s', (name, playbook) => {
  test('its examples are commands that it takes', () => {
    expect(playbook.usage.examples.length).toBeGreaterThan(0)
    for (const example of playbook.usage.examples) {
      const parsed = parseCommandLine(example, catalogue)
      expect(parsed, example).toMatchObject({ ok: true, command: { verb: 'check', playbook: name } })
      if (parsed.ok && parsed.command.verb === 'check')
        expect(playbook.args.safeParse(parsed.command.args).success, example).toBe(true)
    }
  })
})

describe.each(scenarios.map((scenario) => [scenario.playbook, scenario] as const))(
  'the incident of %s',
  (name, scenario) => {
    test('is found by its playbook, and every offer carries exact commands, a basis and a remedy that exists', async () => {
      const playbook = (await playbookNamed(catalogue, name))!
      const hosts = scenario.hosts.map((host) => ({ ...host, transport: 'replay' as const }))
      const cluster = openCluster({ name: 'demo', hosts, scenarios: [scenario], clock: fastClock(600) })
      const example = parseCommandLine(playbook.usage.examples[0]!, catalogue)
      if (!example.ok || example.command.verb !== 'check') throw new Error('no example')
      const { result } = await runCheck({ playbook, args: example.command.args, cluster })
      await cluster.close()
      expect(result.diagnosis.looked).toBe(true)
      expect(result.diagnosis.findings[0]?.verdict).toBe('confirmed')
      for (const offer of result.diagnosis.offers) {
        const remedy = playbook.remedies[offer.remedy]
        expect(remedy?.params.safeParse(offer.params).success).toBe(true)
        expect(offer.commands.length).toBeGreaterThan(0)
        for (const command of offer.commands) expect(command).not.toMatch(/undefined|<|\$|\{/)
        expect(offer.basis).not.toBe('')
      }
    })
  },
)
