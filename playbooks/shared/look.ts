import { type Observations, type Probe, type Reading, read } from './probe.ts'

/** Asks for probes while it reads them: what was asked is what a check has to run, what is read is what it knows. */
export type Look = {
  /** The reading of a probe, which is thereby wanted. */
  ask<T>(probe: Probe<T> | undefined): Reading<T>
  /** every probe asked for so far, once each */
  wanted(): Probe<unknown>[]
}

/**
 * One pass over what has been seen. A playbook writes down once what depends on what (ask for the header, and once
 * that is seen, for its watchers); the same pass gives the probes to run and the evidence to judge.
 */
export function lookAt(seen: Observations): Look {
  const asked = new Map<string, Probe<unknown>>()
  return {
    ask: (probe) => {
      if (probe) asked.set(probe.id, probe)
      return read(seen, probe)
    },
    wanted: () => [...asked.values()],
  }
}
