import type { Finding } from '../../shared/finding.ts'

/** What a log's lines of one kind about one OSD mean; `next` is why it should be checked. */
export type Told = {
  code: string
  severity: Finding['severity']
  summary: string
  next?: string
  doNot?: [string, string]
  details?: string[]
}
