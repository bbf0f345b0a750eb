import { join } from 'node:path'
import { root, run } from './tree.ts'

/** What is used of dependency-cruiser's report. */
export type Cruised = {
  modules: { source: string; dependencies: Dependency[] }[]
  summary: { violations: { rule: { name: string }; from: string; to: string }[] }
}
export type Dependency = { module: string; resolved: string; dependencyTypes: string[] }

/** Cruises these files or folders with our own rules. */
export async function cruise(what: string[], cwd = root): Promise<Cruised> {
  const flags = ['--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json']
  const { stdout, stderr } = await run(
    'dependency-cruiser/bin/dependency-cruise.mjs',
    [...flags, ...what],
    cwd,
  )
  if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser: ${stderr}`)
  return JSON.parse(stdout) as Cruised
}
