import type { Observation } from './observation.ts'

/**
 * One observation to make on one host. Always an argv, never a shell string.
 * A probe only reads: whatever changes the system is a step of a remedy.
 */
export type Probe<T> = {
  /** unique within one check; also the key in recordings, e.g. `blocklist` or `krbd@wsg-2` */
  id: string
  /** name of a host of the inventory */
  host: string
  /** hosts that can answer in its place, in this order, when it cannot be reached; the observation says who did */
  orHosts?: readonly string[]
  argv: readonly [string, ...string[]]
  /** after this it is ended and counts as not seen */
  limitMs: number
  /** bytes of stdout kept; more is dropped and marked as truncated */
  maxBytes?: number
  /** what hangs if this hangs, e.g. `ceph` or `mount:/srv/nfs`; a stuck child quarantines it on that host */
  touches: string
  /** earliest start: this long after the start of another probe of the same check */
  after?: { probe: string; ms: number }
  /** what is being looked at, for the progress line: "watchers", "host wsg-2" */
  looking: string
  /** output → value; throws NotSeen when the output does not answer the question */
  parse: (output: Output) => T
}

/** What a parser gets: a command that ran to its end. */
export type Output = Pick<Observation, 'stdout' | 'stderr' | 'exitCode' | 'truncated' | 'startedAt'>

export type NotSeenCode =
  | Exclude<Observation['outcome'], 'exited'>
  | 'pending' // not run (yet)
  | 'failed' // ran, and reported an error
  | 'unparsable' // ran, and its output is not what this program is known to print
  | 'denied' // also: ran, and was refused: keyring, capability, permission
  | 'absent' // ran, and says that the thing asked for does not exist
  | 'no-host' // nowhere to run it

/** Why something is not known. Never caught into a default: it makes a finding inconclusive. */
export class NotSeen extends Error {
  readonly code: NotSeenCode
  constructor(code: NotSeenCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'NotSeen'
    this.code = code
  }
}

/** What a probe says: a value, or why there is none. */
export type Reading<T> =
  | { seen: true; value: T; at: number; observation: Observation }
  | { seen: false; code: NotSeenCode; why: string; observation?: Observation }

/** The observations of one check so far, by probe id. */
export type Observations = ReadonlyMap<string, Observation>

// a check reads its evidence again whenever a command ends; a large output is parsed once
const parsed = new WeakMap<Observation, { parse: unknown; reading: Reading<unknown> }>()

/** The reading of a probe: its parser applied to what was observed. Never throws for bad output. */
export function read<T>(observations: Observations, probe: Probe<T> | undefined): Reading<T> {
  if (!probe) return { seen: false, code: 'no-host', why: 'there is no host to look at it from' }
  const observation = observations.get(probe.id)
  if (!observation) return { seen: false, code: 'pending', why: 'not looked at yet' }
  const known = parsed.get(observation)
  if (known?.parse === probe.parse) return known.reading as Reading<T>
  const reading = readingOf(observation, probe)
  parsed.set(observation, { parse: probe.parse, reading })
  return reading
}

function readingOf<T>(observation: Observation, { parse }: Probe<T>): Reading<T> {
  if (observation.outcome !== 'exited') {
    const why = observation.reason ?? observation.outcome
    return { seen: false, code: observation.outcome, why, observation }
  }
  try {
    return { seen: true, value: parse(observation), at: observation.startedAt, observation }
  } catch (error) {
    if (!(error instanceof NotSeen)) throw error
    return { seen: false, code: error.code, why: error.message, observation }
  }
}
