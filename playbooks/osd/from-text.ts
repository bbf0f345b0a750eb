import { documentsOf } from '../shared/ceph/pasted/documents.ts'
import { sayAtLeast, takeNotes } from '../shared/ceph/pasted/notes.ts'
import { type Section, sectionsOf } from '../shared/ceph/pasted/sections.ts'
import type { Reader } from '../shared/triage.ts'
import { readAcceptLoop } from './text/accept-loop.ts'
import { FORMS } from './text/forms.ts'
import { judgeHealth } from './text/judge-health.ts'
import { judgeLog } from './text/judge-log.ts'
import { judgeOutputs } from './text/judge-outputs.ts'
import { readDocument } from './text/read-documents.ts'
import { readLines } from './text/read-lines.ts'
import { emptyScene, type Scene } from './text/scene.ts'

const KEYS =
  'pgid|osd|osds|nodes|num_osds|crash_id|entity_name|checks|health|status|overall|ops|description|state|blocked_by|peering_blocked_by|whoami|hostname|utilization|acting|up'
/** A table's bare numbers and a line of any log are too common to sift for. */
const COMMON = new Set(['numbers', 'log-line', 'objecter'])

/**
 * Ceph's OSDs, PGs, health, daemons and their logs in pasted text; releases from Firefly to Squid, text and JSON.
 * Outputs tell of one moment, logs of what happened; an OSD that is up may still be deaf, which only a check can tell.
 */
export const osdReader: Reader = {
  playbook: 'osd',
  wants: new RegExp(
    [
      ...FORMS.filter(({ name }) => !COMMON.has(name)).map(({ starts }) => `(?:${starts.source})`),
      `^\\s*"(?:${KEYS})":`,
      String.raw`\bosd\.\d+\b`,
      String.raw`(?:Accepter::entry|Processor::accept)\s*\(`,
      String.raw`\+\+\s*(?:accept_)?errors\s*>`,
    ].join('|'),
    'i',
  ),
  read: (passages) => {
    const notes = takeNotes('osd')
    const scene = emptyScene(notes)
    for (const section of sectionsOf(passages)) {
      const { documents, rest } = documentsOf(section.lines)
      for (const document of documents) readDocument(scene, document, section)
      readLines(scene, section, rest)
      noteCommand(scene, section)
    }
    readAcceptLoop(passages, notes)
    judgeHealth(scene)
    judgeOutputs(scene)
    judgeLog(scene)
    return sayAtLeast(notes)
  },
}

/** The daemon that a command asked, and what it means that some commands print nothing. */
function noteCommand({ notes, asked }: Scene, { command, lines }: Section): void {
  const [verb, what, ...more] = command?.words ?? []
  const id = /^osd\.(\d+)$/.exec(what ?? '')?.[1]
  if ((verb === 'daemon' || verb === 'tell') && id !== undefined) {
    notes.know('osds', 'id', { id })
    asked.add(id)
  }
  const said = lines.map(({ text }) => text.trim()).filter((text) => text !== '' && text !== '[]')
  const nothing = said.length === 0 || (said.length === 1 && said[0] === 'ok')
  const about = `${verb} ${what}`
  const kind =
    about === 'crash ls' || about === 'crash ls-new'
      ? 'crash'
      : about === 'pg dump_stuck'
        ? 'stuck'
        : undefined
  if (kind === undefined || !nothing || command?.program !== 'ceph' || more.includes('--help')) return
  const [first, last] = [lines[0]?.n ?? command.line, lines.at(-1)?.n ?? command.line]
  if (first !== undefined && last !== undefined) notes.recognise(`ceph ${about}`, first, last)
  notes.finding({
    ...{
      code: kind === 'crash' ? 'no-crash-reports' : 'no-stuck-pgs',
      verdict: 'inconclusive',
      severity: 'ok',
      evidence: said,
    },
    summary: kind === 'crash' ? 'There is no crash report.' : 'No PG is stuck.',
  })
}
