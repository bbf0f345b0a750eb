import type { Fault, FaultMode } from './types.ts'

export type Faults = {
  fail(method: string, fault: Fault): void
  /** the fault that this call runs into, counted down; undefined when it goes through */
  take(method: string): { mode: FaultMode; retryAfter: number } | undefined
  clear(): void
}

/** Faults to run into, by method; `*` is every method. They are used up in the order they were planned. */
export function createFaults(): Faults {
  const planned: (Fault & { method: string })[] = []
  return {
    fail: (method, fault) => void planned.push({ method, ...fault }),
    clear: () => void planned.splice(0),
    take(method) {
      const fault = planned.find((each) => (each.method === method || each.method === '*') && each.times > 0)
      if (!fault) return undefined
      fault.times -= 1
      return { mode: fault.mode, retryAfter: fault.retryAfter ?? 1 }
    },
  }
}
