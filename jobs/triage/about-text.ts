import type { Finding } from '../../playbooks/shared/finding.ts'
import type { Seen } from './seen.ts'

const KINDS = 'Ceph, NFS and file locks, CTDB, Lustre, SCST and iSCSI, ESXi'

/** What has to be said about a text as such: that nobody knows it, or that not all of it was read. */
export function aboutTheText(seen: Seen, nothingRead: boolean): Finding[] {
  const { form } = seen
  if (form.is === 'empty') return [about('not-recognised', 'The text is empty.')]
  if (form.is === 'binary')
    return [
      about(
        'binary',
        `This is binary (${form.what}), not text.${form.unpack === undefined ? '' : ` Unpack it first: \`${form.unpack}\`.`}`,
      ),
    ]
  const gaps = [...leftOut(seen), ...notInTime(seen), ...failed(seen)]
  if (!nothingRead) return gaps
  const size = seen.lines === 1 ? '1 line' : `${count(seen.lines)} lines`
  return [
    about('not-recognised', `Unknown text: nothing in its ${size} is of a kind I can read (${KINDS}).`),
    ...gaps,
  ]
}

function leftOut({ sifted, lines, bytes }: Seen): Finding[] {
  if (!sifted) return []
  const { wanted, kept, tooLong } = sifted
  const rest = wanted - kept
  const words = `Of ${count(lines)} lines (${megabytes(bytes)}) ${count(wanted)} could say something; ${rest > 0 ? `the first and the last ${count(kept)} of them were read, ${count(rest)} in between were not` : 'all of them were read'}.`
  const cut = tooLong > 0 ? ` Of ${count(tooLong)} very long lines only the beginning was read.` : ''
  return [about('large-text', words + cut)]
}

function notInTime({ inTime, lines, bytes }: Seen): Finding[] {
  if (inTime) return []
  return [
    about(
      'not-all-read',
      `The time was over after ${count(lines)} lines (${megabytes(bytes)}); what follows them was not read.`,
    ),
  ]
}

function failed({ failed }: Seen): Finding[] {
  return failed.map(({ playbook, why }) =>
    about(
      'not-all-read',
      why === 'late'
        ? `What this text says about ${playbook} was not read: it took too long. A shorter piece of it may go.`
        : `What this text says about ${playbook} was not read: its reader failed, which is a fault of this program.`,
    ),
  )
}

function about(code: string, summary: string): Finding {
  return {
    playbook: 'triage',
    code,
    verdict: 'inconclusive',
    severity: 'info',
    summary,
    details: [],
    evidence: [],
  }
}

const count = (n: number) => n.toLocaleString('en-US')
const megabytes = (bytes: number) =>
  bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${Math.round(bytes / 1_000_000)} MB`
