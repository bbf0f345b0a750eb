import { isBelow } from '../shared/linux/mountinfo.ts'
import { waitKind } from '../shared/linux/wchan.ts'
import { NotSeen, type Output } from '../shared/probe.ts'
import type { Act, RemedyContext, Step, Verify } from '../shared/remedy.ts'
import { code } from '../shared/text.ts'
import type { LockArgs } from './args.ts'
import type { QuarantineParams } from './basis.ts'
import type { Evidence, FileView } from './evidence.ts'
import { waiting } from './judge.ts'
import { probesOf } from './probes.ts'
import { askingFor, hungBehind } from './waits.ts'

type Context = RemedyContext<LockArgs>

/** A waiting program may have to try again first; longer than this, and somebody should know. */
const RELEASE_WITHIN_MS = 60_000

/** Keeps the value's type from the probe to the condition. */
export const verify = <T>(step: Omit<Verify<T>, 'kind'>): Verify<T> => ({ kind: 'verify', ...step })

export function act(
  host: string,
  id: string,
  argv: Act['argv'],
  mount: string,
  shown: string,
  says: string,
  done: string,
): Act {
  return {
    kind: 'act',
    id,
    host,
    argv,
    shown,
    done,
    limitMs: 30_000,
    touches: `mount:${mount}`,
    check: (output: Output) => {
      if (output.exitCode !== 0 || output.stdout.trim() !== says)
        throw new NotSeen('failed', output.stderr.trim().slice(0, 300) || `it ended with ${output.exitCode}`)
    },
  }
}

/** The proof: processes out of state D, waiters gone from /proc/locks. */
export function releaseOf(view: FileView, evidence: Evidence): Step[] {
  const hung = hungBehind(view, evidence).map(({ wait }) => wait)
  const asking = askingFor(view, evidence)
  const both = [...hung, ...asking]
  const host = evidence.processes?.host.name
  const steps: Step[] = []
  if (host !== undefined && both.length > 0) {
    const names = [...new Set(both.map(({ name, pid }) => `${code(name)} (pid ${pid})`))].join(', ')
    steps.push(
      verify({
        id: 'running',
        withinMs: RELEASE_WITHIN_MS,
        everyMs: 2_000,
        probe: { ...probesOf(host).waits(1, both), id: 'running' },
        unless: (waits) => {
          const [still] = waits.filter(
            (wait) =>
              (wait.state === 'D' || (asking.length > 0 && waitKind(wait) === 'lock')) &&
              both.some(({ tid, startTicks }) => wait.tid === tid && wait.startTicks === startTicks),
          )
          return (
            still &&
            `${code(still.name)} (pid ${still.pid}) ${still.state === 'D' ? 'is still in state D' : 'still waits for the lock'}`
          )
        },
        done: () => `${names} ${asking.length > 0 ? 'waits no more' : 'out of state D'}`,
      }),
    )
  }
  for (const at of new Set(waiting(view).map((record) => record.host.name))) {
    const lines = waiting(view).filter((record) => record.host.name === at)
    const devices = new Set(lines.map(({ lock }) => lock.device))
    steps.push(
      verify({
        id: `waiters@${at}`,
        withinMs: RELEASE_WITHIN_MS,
        everyMs: 2_000,
        probe: { ...probesOf(at).locks(1, [view.file.ino]), id: `waiters@${at}` },
        unless: (locks) =>
          locks.some(({ waits, device }) => waits && devices.has(device))
            ? `somebody on ${code(at)} still waits for it`
            : undefined,
        done: () => `nobody waits any more on ${code(at)}`,
      }),
    )
  }
  return steps
}

/** The folders may have been taken out of the configuration since the offer; this worker's word counts. */
export function allowedMount(
  { host, path }: QuarantineParams,
  { inventory }: Context,
  view?: FileView,
): string {
  const roots = inventory.hosts.find(({ name }) => name === host)?.lockRoots ?? []
  if (!roots.some((root) => isBelow(path, root) && path !== root))
    throw new NotSeen('denied', `no folder of ${host} is configured for ${path}`)
  return view?.name?.mount.path ?? path.slice(0, path.lastIndexOf('/'))
}
