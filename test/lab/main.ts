import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install, missingPackages } from './install.ts'
import { problemsOf, type Report } from './verdict.ts'

/** `npm run test:lab [-- FILE …]`: brings what the lab needs, runs it, and never passes by skipping. */
const args = process.argv.slice(2)

if (process.getuid?.() !== 0)
  giveUp('The lab mounts file systems and starts daemons: it has to run as root (sudo npm run test:lab).')
for (const device of ['/dev/fuse', '/dev/loop-control'])
  if (!existsSync(device)) giveUp(`The lab needs ${device}, which this kernel or container does not offer.`)
const missing = missingPackages()
if (missing.length > 0) {
  if (!existsSync('/usr/bin/apt-get')) giveUp(`The lab needs these Debian packages: ${missing.join(' ')}`)
  console.log(`Installing ${missing.join(' ')}`)
  try {
    install(missing)
  } catch (error) {
    giveUp(`${(error as Error).message}\nThe lab needs these Debian packages: ${missing.join(' ')}`)
  }
  const still = missingPackages()
  if (still.length > 0) giveUp(`Installed, but the programs of ${still.join(' ')} are not there.`)
}

const folder = mkdtempSync(join(tmpdir(), 'unwedge-lab-'))
const report = process.env.UNWEDGE_TEST_REPORT ?? join(folder, 'report.json')
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))
const ran = spawnSync(process.execPath, [vitest, 'run', '--config', 'test/lab/vitest.config.ts', ...args], {
  cwd: fileURLToPath(new URL('../..', import.meta.url)),
  env: { ...process.env, UNWEDGE_TEST_REPORT: report },
  stdio: 'inherit',
})
const problems = existsSync(report)
  ? problemsOf(JSON.parse(readFileSync(report, 'utf8')) as Report, args.length === 0)
  : ['There is no report of the run.']
rmSync(folder, { recursive: true })
if (problems.length > 0) giveUp(problems.join('\n'))
process.exitCode = ran.status === 0 ? 0 : 1

function giveUp(why: string): never {
  console.error(why)
  process.exit(1)
}
