/** What became of a text before anybody said what it means. */
export type Seen = {
  /** `binary`: no text; `unpack` names what would make one of it */
  form: { is: 'text' } | { is: 'empty' } | { is: 'binary'; what: string; unpack?: string }
  /** lines and bytes that came in */
  lines: number
  bytes: number
  /** a large text: lines that a reader could use, and how many of them were read */
  sifted?: { wanted: number; kept: number; tooLong: number }
  /** the time was over, and the rest of the input was not looked at */
  inTime: boolean
  /** playbooks whose reader failed, or did not end in time */
  failed: { playbook: string; why: 'failed' | 'late' }[]
}

export const nothingSeen: Seen = { form: { is: 'empty' }, lines: 0, bytes: 0, inTime: true, failed: [] }
