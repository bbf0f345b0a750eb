import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FOLDERS, root, run, sources, withTree } from './tree.ts'

const scripts = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts as Record<string, string>
const BIOME = '@biomejs/biome/bin/biome'

test('npm run check runs every one of its parts', () => {
  const parts = Object.keys(scripts).filter((name) => name.startsWith('check:'))
  expect(parts.length).toBeGreaterThanOrEqual(4)
  for (const part of parts) expect(scripts.check).toContain(`npm run -s ${part}`)
  expect(scripts.check).not.toContain('||')
})

test('the type check reads every one of our files', async () => {
  const { stdout } = await run('typescript/bin/tsc', ['-p', '.', '--listFilesOnly'])
  const read = new Set(stdout.split('\n').map((line) => line.replace(root, '')))
  expect(sources().filter((file) => !read.has(file))).toEqual([])
})

test('the type check fails on a seeded error', async () => {
  await withTree(
    ['tsconfig.json'],
    { 'bot/wrong.ts': "export const wrong: number = 'one'\n" },
    async (folder) => {
      const { exitCode, stdout } = await run('typescript/bin/tsc', ['-p', folder, '--types', ''])
      expect(exitCode).not.toBe(0)
      expect(stdout).toContain('bot/wrong.ts(1,14): error TS2322')
    },
  )
})

test('the style check fails on seeded layout, and on what is only a warning', async () => {
  const seeds = {
    'bot/layout.ts': 'export const layout = "double"\n',
    'bot/warned.ts': 'export function warned(): number {\n  const unused = 1\n  return 2\n}\n',
  }
  await withTree(['biome.json', '.gitignore'], seeds, async (folder) => {
    const flags = scripts['check:style']?.replace(/^biome /, '').split(' ') ?? []
    const all = await run(BIOME, flags, folder)
    expect(all.exitCode).not.toBe(0)
    expect(all.stderr + all.stdout).toMatch(/layout\.ts format/)
    const warned = await run(BIOME, [...flags.slice(0, -1), 'bot/warned.ts'], folder)
    expect(warned.exitCode).not.toBe(0)
    expect(warned.stderr + warned.stdout).toContain('noUnusedVariables')
  })
})

test('the check for unused code finds a file, an export and a dependency that nobody needs', async () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  manifest.dependencies['left-behind'] = '^1.0.0'
  const seeds = {
    'package.json': JSON.stringify(manifest),
    'jobs/nobody-imports.ts': 'export const nobody = 1\n',
    'jobs/clock.ts': `${readFileSync(join(root, 'jobs/clock.ts'), 'utf8')}\nexport const nobodyNeeds = 1\n`,
  }
  const copies = [...FOLDERS, 'knip.json', 'tsconfig.json', 'vitest.config.ts']
  await withTree(copies, seeds, async (folder) => {
    const { exitCode, stdout } = await run('knip/bin/knip.js', ['--no-config-hints'], folder)
    expect(exitCode).not.toBe(0)
    expect(stdout).toMatch(/^jobs\/nobody-imports\.ts/m)
    expect(stdout).toMatch(/^nobodyNeeds\s+jobs\/clock\.ts/m)
    expect(stdout).toMatch(/^left-behind\s+package\.json/m)
  })
})
