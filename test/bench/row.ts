/** What one run of one contender gave, by metric. */
export type Sample = Record<string, number>

/** `whole`: for the table; `short`: within a minute altogether, for CI. */
export type Effort = 'whole' | 'short'

/** One line of the table: a metric of ours against one of a peer, or against a number. */
export type Line = {
  name: string
  /** what is measured, and against what, in a few words */
  what: string
  unit: string
  /** `contender.metric` */
  ours: string
  /** `contender.metric`, or a number: a limit instead of somebody */
  peer: string | number
  /** bound of ours ÷ peer */
  target: number
  /** default `lower`: ours ÷ peer may be `target` at most; `higher`: it has to be at least that */
  better?: 'lower' | 'higher'
  /** not part of the short form, and why */
  onlyWhole?: string
}

/** A contest that is set up; `runs` by contender, each called once a round. */
export type Contest = { runs: Record<string, () => Promise<Sample>>; close(): Promise<void> }

/** Measurements that share a set-up. */
export type Row = {
  /** what `--only` takes; lines are named after it */
  name: string
  lines: readonly Line[]
  needs: { root?: true; programs?: readonly string[] }
  /** rounds that count, default 5; one more comes first and is dropped, unless `warmUp` is false */
  rounds?: Partial<Record<Effort, number>>
  warmUp?: false
  /** not part of the short form, and why */
  onlyWhole?: string
  open(effort: Effort): Promise<Contest>
}
