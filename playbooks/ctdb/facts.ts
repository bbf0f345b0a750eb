import type { Diagnosis } from '../shared/finding.ts'
import type { CtdbNode } from './node.ts'

/** What was seen of each node, for machines. Times are ms since the epoch by the worker's clock; null means not known. */
export function factsOf(nodes: readonly CtdbNode[]): Diagnosis['facts'] {
  return {
    nodes: nodes.map((node) => ({
      host: node.name,
      pnn: node.self?.pnn ?? null,
      flags: node.self?.flags ?? null,
      version: node.view.version.seen ? node.view.version.value : null,
      leader: node.view.state.seen ? (node.view.state.value.leader ?? null) : null,
      lock: node.lock ?? null,
      mount: node.mount ? { path: node.mount.path, type: node.mount.type, source: node.mount.source } : null,
      script: node.script ?? null,
      enabled: node.enabled ?? null,
      counter: node.counter ? { path: node.counter.path, count: node.counter.count } : null,
      failingSince: node.prediction?.failingSince ?? null,
      shutdownAt: node.prediction?.shutdownAt ?? null,
      intervalMs: node.prediction?.intervalMs ?? null,
      armed: node.armed,
      guns: node.guns.map(({ pid, waitsFor, child }) => ({ pid, waitsFor, child })),
      stuck: {
        stat: node.stuck.filter(({ role }) => role === 'stat').length,
        df: node.stuck.filter(({ role }) => role === 'df').length,
        helper: node.stuck.filter(({ role }) => role === 'helper').length,
        oldestAt: node.stuck.length === 0 ? null : Math.min(...node.stuck.map(({ startedAt }) => startedAt)),
      },
    })),
  }
}
