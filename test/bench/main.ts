import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { missing, runRow } from './rounds.ts'
import { rows } from './rows/index.ts'
import { table } from './table.ts'
import { exitCode, type Result } from './verdict.ts'

/** `npm run bench [-- --json] [-- --short] [-- --only NAME]`; docs/speed.md says what is measured and how. */
const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
  },
})
const effort = flags.short ? 'short' : 'whole'
const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].filter(Boolean)
const machine = {
  root: process.getuid?.() === 0,
  has: (program: string) => folders.some((folder) => isProgram(join(folder, program))),
}
const unknown = flags.only?.filter((name) => !rows.some((row) => row.name === name)) ?? []
if (unknown.length > 0) {
  console.error(`No such row: ${unknown.join(', ')}. There are: ${rows.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

const results: Result[] = []
for (const row of rows.filter(({ name }) => !flags.only || flags.only.includes(name))) {
  const why = missing(row, machine, effort)
  const began = performance.now()
  const found = why === undefined ? await runRow(row, effort).catch(broken) : why
  if (typeof found !== 'string') results.push(...found)
  else
    results.push(
      ...row.lines.map(({ name, what }) => ({ name, what, verdict: 'not-run' as const, why: found })),
    )
  if (process.stderr.isTTY) console.error(`${row.name}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
}

if (flags.json) for (const result of results) console.log(JSON.stringify(result))
else console.log(table(results))
// a row that broke is no measurement, and no pass either
process.exit(
  results.some((result) => result.verdict === 'not-run' && result.why.startsWith('broke'))
    ? 1
    : exitCode(results),
)

function broken(error: unknown): string {
  console.error(error)
  return `broke: ${error instanceof Error ? error.message.split('\n')[0] : error}`
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
