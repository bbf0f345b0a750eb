import type { Notes } from '../../shared/ceph/pasted/notes.ts'
import type { Passage } from '../../shared/triage.ts'

/**
 * Ceph's own source where it accepts connections: `Accepter::entry` of the SimpleMessenger, `Processor::accept` of the
 * AsyncMessenger before PR 23306. Source: src/msg/simple/Accepter.cc, src/msg/async/AsyncMessenger.cc.
 */
const FUNCTION = /\b(?:Accepter::entry|Processor::accept)\s*\(/
const GIVES_UP = /\+\+\s*(?:accept_)?errors\s*>\s*(\d+|\w+)/

/** Somebody shows the code instead of a log: which fault it describes, and that it says nothing about a cluster. */
export function readAcceptLoop(passages: readonly Passage[], notes: Notes): void {
  const lines = passages.flatMap((passage) => passage.lines)
  const begins = lines.findIndex(({ text }) => FUNCTION.test(text))
  if (begins < 0) return
  const ends = lines.findIndex(({ text }, at) => at > begins && GIVES_UP.test(text))
  if (ends < 0) return
  const [first, last] = [lines[begins]!, lines[ends]!]
  notes.recognise('source of Ceph’s accept loop', first.n, last.n)
  const limit = GIVES_UP.exec(last.text)?.[1]
  notes.fact('sources', {
    function: FUNCTION.exec(first.text)![0].replace(/\s*\($/, ''),
    givesUpAfter: limit,
  })
  notes.finding({
    ...{ code: 'accept-loop-gives-up', verdict: 'inconclusive', severity: 'info' },
    summary: `This is Ceph's source, not a log: after more than ${limit} failed accepts in a row the loop ends, and the OSD takes no new connection although it is up.`,
    details: [
      'The usual reason is errno 24, the process’s limit on open files (`max open files`); what is connected stays connected, heartbeats too.',
      'Since https://github.com/ceph/ceph/pull/23306 the OSD aborts instead.',
    ],
    evidence: [first.text.trim(), last.text.trim()],
  })
  notes.next('check osds', 'Whether an OSD here is up, but deaf')
  notes.doNot(
    'trust that an OSD is `up`, or restart all OSDs',
    'a deaf OSD stays up in the map; only that one needs a restart, after `ok-to-stop`, and a higher limit',
  )
}
