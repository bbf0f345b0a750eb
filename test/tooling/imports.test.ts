import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { cruise } from './cruise.ts'
import { FOLDERS, sources, withTree } from './tree.ts'

const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
  forbidden: { name: string }[]
}

/** One file for each rule that breaks it, and what it needs to do so. */
const SEEDS: Record<string, [file: string, text: string]> = {
  'playbooks-are-pure': ['playbooks/a/reads.ts', "import 'node:fs'"],
  'playbooks-do-not-know-each-other': ['playbooks/a/peeks.ts', "import '../b/index.ts'"],
  'shared-knows-no-playbook': ['playbooks/shared/peeks.ts', "import '../b/index.ts'"],
  'jobs-import-no-handlers': ['jobs/talks.ts', "import '@slack/bolt'"],
  'handlers-import-no-bot': ['handlers/composes.ts', "import '../bot/cli.ts'"],
  'bot-imports-no-test': ['bot/fakes.ts', "import '../test/fake.ts'"],
  'blocks-read-nothing': ['handlers/blocks/reads.ts', "import 'node:fs'"],
  'blocks-are-pure': ['handlers/blocks/queues.ts', "import '@slack/bolt'"],
  'worker-loads-no-slack': ['bot/start-worker.ts', "import './detour.ts'"],
  'only-hosts-start-processes': ['jobs/spawns.ts', "import 'execa'"],
  'no-cycles': ['jobs/hosts/ring.ts', "import './ring-2.ts'"],
  resolvable: ['bot/lost.ts', "import './nowhere.ts'"],
}
const GOOD: Record<string, string> = {
  'bot/cli.ts': "import '../handlers/bot.ts'",
  'bot/detour.ts': "import '../handlers/words.ts'",
  'handlers/words.ts': 'export const words = 1',
  'handlers/bot.ts': "import '../jobs/hosts/runs.ts'",
  'jobs/hosts/runs.ts': "import 'execa'\nimport '../../playbooks/b/index.ts'",
  'jobs/hosts/ring-2.ts': "import './ring.ts'",
  'playbooks/b/index.ts': "import '../shared/text.ts'",
  'playbooks/shared/text.ts': 'export const text = 1',
  'test/fake.ts': 'export const fake = 1',
  'node_modules/execa/package.json': '{ "name": "execa", "type": "module", "exports": "./index.js" }',
  'node_modules/execa/index.js': 'export const execa = 1',
  'node_modules/@slack/bolt/package.json':
    '{ "name": "@slack/bolt", "type": "module", "exports": "./index.js" }',
  'node_modules/@slack/bolt/index.js': 'export const App = 1',
}

test('reads every one of our files, and finds what they import', async () => {
  const { modules } = await cruise(FOLDERS)
  const read = new Map(modules.map(({ source, dependencies }) => [source, dependencies]))
  expect(sources().filter((file) => !read.has(file))).toEqual([])
  const cli = read.get('bot/start-bot.ts')?.map(({ resolved }) => resolved)
  expect(cli).toContain('handlers/listen.ts')
  expect(read.get('jobs/hosts/run.ts')?.length).toBeGreaterThan(0)
})

test('has a seed for each of its rules', () => {
  expect(Object.keys(SEEDS).sort()).toEqual(forbidden.map(({ name }) => name).sort())
})

test('fails on a seeded violation of each rule, and on nothing else', async () => {
  const texts = { ...GOOD, ...Object.fromEntries(Object.values(SEEDS)) }
  await withTree([], texts, async (folder) => {
    const { summary } = await cruise(FOLDERS, folder)
    const found = summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`)
    const seeded = Object.entries(SEEDS).map(([rule, [file]]) => `${rule}: ${file}`)
    // a ring may be told from any of its files
    const told = found.map((each) => each.replace('ring-2.ts', 'ring.ts'))
    expect([...new Set(told)].sort()).toEqual(seeded.sort())
  })
})
