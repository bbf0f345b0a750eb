import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { missing, runRow } from './rounds.ts'
import type { Row } from './row.ts'
import { rows } from './rows/index.ts'
import { table } from './table.ts'
import { exitCode, hasFailed, notRun, type Result } from './verdict.ts'

/** `npm run bench [-- --json] [-- --short] [-- --only NAME]`; docs/speed.md says what is measured and how. */
const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
  },
})
/** how often a row that fails is measured, before that counts */
const TRIES = 5

const effort = flags.short ? 'short' : 'whole'
const unknown = flags.only?.filter((name) => !rows.some((row) => row.name === name)) ?? []
if (unknown.length > 0) {
  console.error(`No such row: ${unknown.join(', ')}. There are: ${rows.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

const chosen = rows.filter(({ name }) => !flags.only || flags.only.includes(name))
const results: Result[] = []
for (const row of chosen) {
  const began = performance.now()
  const found = await (chosen.length === 1 ? runHere(row) : runFairly(row))
  results.push(...found)
  if (flags.json) for (const result of found) console.log(JSON.stringify(result))
  if (chosen.length > 1) console.error(`${row.name}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
}
if (!flags.json) console.log(table(results))
process.exit(exitCode(results))

async function runHere(row: Row): Promise<Result[]> {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].filter(Boolean)
  const has = (program: string) => folders.some((folder) => isProgram(join(folder, program)))
  const why = missing(row, { root: process.getuid?.() === 0, has }, effort)
  if (why !== undefined) return notRun(row, why)
  try {
    return await runRow(row, effort)
  } catch (error) {
    console.error(error)
    return notRun(row, `broke: ${error instanceof Error ? error.message.split('\n')[0] : error}`)
  }
}

/** Again when it fails: for a while a machine can be slower for one of two contenders than it ever is for both. */
async function runFairly(row: Row, tries = TRIES): Promise<Result[]> {
  const results = await runApart(row)
  if (!hasFailed(results) || tries === 1) return results
  console.error(`${row.name}: failed, so it is measured again`)
  return await runFairly(row, tries - 1)
}

/** In a process of its own: what one row leaves in memory makes every process that the next one starts slower. */
async function runApart(row: Row): Promise<Result[]> {
  const args = ['--json', '--only', row.name, ...(flags.short ? ['--short'] : [])]
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = await Promise.all([text(child.stdout), once(child, 'close')])
  const lines = said.split('\n').filter((line) => line !== '')
  return lines.length === 0
    ? notRun(row, 'broke: it ended without a word')
    : lines.map((line) => JSON.parse(line))
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
