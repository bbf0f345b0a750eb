import { readJson } from '../json.ts'
import { finished, type Printed } from './errors.ts'
import { field, list, object, string } from './fields.ts'

/** One crash report. `inAccept`: it died in the messenger's accept, as it does after too many failing accepts. */
export type Crash = { id: string; daemon: string; at: number | undefined; inAccept: boolean }

/**
 * `ceph crash ls -f json` (Nautilus and later; needs a manager and the crash agent on the host). Empty: none reported,
 * which says nothing about hosts without the agent. `at` in ms since the epoch; undefined when the time is odd.
 */
export function readCrashes(printed: Printed): Crash[] {
  return list(readJson(finished(printed)), 'crash ls').map((value) => {
    const crash = object(value, 'crash')
    const at = Date.parse(string(field(crash, 'timestamp'), 'timestamp').replace(' ', 'T'))
    const trace = field(crash, 'backtrace')
    return {
      id: string(field(crash, 'crash_id'), 'crash_id'),
      daemon: string(field(crash, 'entity_name'), 'entity_name'),
      at: Number.isNaN(at) ? undefined : at,
      inAccept: Array.isArray(trace) && trace.some((line) => String(line).includes('Processor::accept')),
    }
  })
}
