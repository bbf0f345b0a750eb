import type { Recording } from '../jobs/contracts.ts'
import { maskDeep } from '../jobs/mask.ts'
import type { Observation } from '../playbooks/shared/observation.ts'
import type { Bot } from './bot.ts'
import { classify } from './slack-errors.ts'

/** Where a file goes, and which press of a button asked for it. */
export type Wanted = { channel: string; threadTs: string; trigger: string }

/** Puts everything a check saw into its thread, as a file to read. Returns what to tell who pressed. */
export function showEvidence(bot: Bot, checkId: string, wanted: Wanted): Promise<string | undefined> {
  return upload(bot, checkId, wanted, (recording) => ({
    filename: `evidence-${checkId}.txt`,
    title: `What check ${checkId} saw`,
    content: evidenceText(recording),
  }))
}

/** Puts the recording of a check into its thread, as a file for `unwedge replay`. Returns what to tell who pressed. */
export function exportRecording(bot: Bot, checkId: string, wanted: Wanted): Promise<string | undefined> {
  return upload(bot, checkId, wanted, (recording) => ({
    filename: `recording-${checkId}.json`,
    title: `Recording of check ${checkId}, for: unwedge replay recording-${checkId}.json`,
    // what is masked today may not have been when it was recorded
    content: `${JSON.stringify(maskDeep(recording), null, 1)}\n`,
  }))
}

async function upload(
  bot: Bot,
  checkId: string,
  { channel, threadTs, trigger }: Wanted,
  fileOf: (recording: Recording) => { filename: string; title: string; content: string },
): Promise<string | undefined> {
  if (!isNew(trigger)) return undefined
  try {
    const recording = await bot.records.recording(checkId)
    if (!recording) return 'The evidence of this check is not kept any more. Check again for fresh evidence.'
    await bot.client.filesUploadV2({ channel_id: channel, thread_ts: threadTs, ...fileOf(recording) })
    return undefined
  } catch (error) {
    const failure = classify(error)
    if (failure.kind !== 'later') throw error
    const seconds = Math.ceil(failure.retryAfterMs / 1000)
    return `Slack takes no file just now. Press again in ${seconds} s.`
  }
}

const PRESSES_REMEMBERED = 1000
const presses = new Set<string>()

/** Slack may deliver the same press twice; it makes one file. */
function isNew(trigger: string): boolean {
  if (presses.has(trigger)) return false
  presses.add(trigger)
  for (const oldest of presses) {
    if (presses.size <= PRESSES_REMEMBERED) break
    presses.delete(oldest)
  }
  return true
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
