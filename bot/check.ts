import { readFileSync, writeFileSync } from 'node:fs'
import { parseWords, suggestionLead } from '../handlers/command-line.ts'
import { howFar, replayRecording, runCheck } from '../jobs/check.ts'
import { Recording } from '../jobs/contracts.ts'
import { maskDeep } from '../jobs/mask.ts'
import { catalogue } from '../playbooks/catalogue.ts'
import { playbookNamed } from '../playbooks/shared/playbook.ts'
import { defaultCluster } from './clusters.ts'
import { loadConfig } from './config.ts'
import { openNamed } from './open-cluster.ts'
import { answerJson, answerText, exitCode } from './terminal.ts'
import { UsageError } from './usage-error.ts'

export type CheckFlags = { config?: string; json?: boolean; record?: string }

/** `unwedge check …`: a check in this terminal, without Slack and Redis. Returns the exit code. */
export async function checkInTerminal(words: string[], flags: CheckFlags): Promise<number> {
  const { config } = loadConfig(flags.config)
  const parsed = parseWords(['check', ...words], catalogue)
  if (!parsed.ok) {
    const { problem, tryThis } = parsed.refusal
    if (flags.json) console.log(JSON.stringify({ error: { problem, tryThis: tryThis ?? null } }, null, 2))
    throw new UsageError(
      `${problem}${tryThis === undefined ? '' : `\n${suggestionLead(parsed.refusal)}: unwedge ${tryThis}`}`,
    )
  }
  if (parsed.command.verb !== 'check') throw new UsageError('Nothing to check.')
  const { playbook: name, args } = parsed.command
  const clusterName = parsed.command.cluster ?? defaultCluster(config)
  if (clusterName === undefined)
    throw new UsageError(`Which cluster? Add cluster=NAME: ${Object.keys(config.clusters).join(', ')}.`)
  const playbook = (await playbookNamed(catalogue, name))!
  const cluster = await openNamed(config, clusterName, (problem) => console.error(problem))
  const controller = new AbortController()
  const interrupt = () => controller.abort(new Error('interrupted'))
  process.once('SIGINT', interrupt)
  const tty = process.stderr.isTTY && !flags.json
  try {
    const { result, recording } = await runCheck({
      playbook,
      args,
      cluster,
      signal: controller.signal,
      onProgress: ({ firstLook, ...progress }) => {
        if (!tty) return
        if (firstLook)
          process.stderr.write(`\r\x1b[K${firstLook.diagnosis.findings[0]?.summary ?? ''} (first look)\n`)
        process.stderr.write(`\r\x1b[K${howFar(progress)}`)
      },
    })
    if (tty) process.stderr.write('\r\x1b[K')
    if (flags.record !== undefined)
      writeFileSync(flags.record, `${JSON.stringify(maskDeep(recording), null, 1)}\n`)
    console.log(flags.json ? answerJson(result, args) : answerText(result, process.stdout.isTTY))
    return exitCode(result)
  } finally {
    process.off('SIGINT', interrupt)
    await cluster.close()
  }
}

/** `unwedge replay FILE`: today's findings from what was seen then. Returns the exit code. */
export async function replayInTerminal(file: string, flags: { json?: boolean }): Promise<number> {
  let recording: Recording
  try {
    recording = Recording.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    throw new UsageError(
      `${file} is not a recording (\`unwedge check … --record FILE\` makes one): ${(cause as Error).message.split('\n')[0]}`,
      { cause },
    )
  }
  const playbook = await playbookNamed(catalogue, recording.playbook)
  if (!playbook)
    throw new UsageError(
      `${file} was made by the playbook ${recording.playbook}, which this version does not have.`,
    )
  const result = replayRecording(playbook, recording)
  console.log(flags.json ? answerJson(result, recording.args) : answerText(result, process.stdout.isTTY))
  return exitCode(result)
}
