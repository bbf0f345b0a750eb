import type { Recording } from '../jobs/contracts.ts'
import type { Observation } from '../playbooks/shared/observation.ts'
import type { Bot } from './bot.ts'

/** Puts everything a check saw into its thread, as a file. */
export async function showEvidence(
  bot: Bot,
  checkId: string,
  channel: string,
  threadTs: string,
): Promise<string | undefined> {
  const recording = await bot.records.recording(checkId)
  if (!recording) return 'The evidence of this check is not kept any more. Check again for fresh evidence.'
  await bot.client.filesUploadV2({
    channel_id: channel,
    thread_ts: threadTs,
    filename: `evidence-${checkId}.txt`,
    title: `What check ${checkId} saw`,
    content: evidenceText(recording),
  })
  return undefined
}

/** Every command of a check with what it printed, in the order they were started. */
export function evidenceText(recording: Recording): string {
  const head = `check ${recording.playbook} ${Object.values(recording.args).join(' ')} on ${recording.inventory.cluster}, ${new Date(recording.startedAt).toISOString()}\n`
  const observations = [...recording.observations].sort((a, b) => a.startedAt - b.startedAt)
  return [head, ...observations.map(observationText)].join('\n')
}

function observationText(seen: Observation): string {
  const end = seen.outcome === 'exited' ? `exit ${seen.exitCode}` : `${seen.outcome}: ${seen.reason ?? ''}`
  const parts = [
    `## ${seen.probe} on ${seen.host}, ${new Date(seen.startedAt).toISOString()}, ${Math.round(seen.durationMs)} ms, ${end}`,
    `$ ${seen.argv.map(quoted).join(' ')}`,
    seen.stdout.trimEnd(),
    seen.stderr.trim() === '' ? '' : `[stderr]\n${seen.stderr.trimEnd()}`,
    seen.truncated ? '[more was printed than is kept]' : '',
  ]
  return `${parts.filter((part) => part !== '').join('\n')}\n`
}

/** For people to copy; nothing is ever run from it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
