import type { Wait } from '../shared/linux/threads.ts'
import { isWanted, meaningOf } from '../shared/linux/wchan.ts'
import { code } from '../shared/text.ts'
import { type Draft, listed } from './about-file.ts'
import type { Evidence } from './evidence.ts'
import type { Hung, ProcessView } from './processes.ts'
import { gaveUpOn, type SilentServer } from './silence.ts'
import { askingFor, explains, silentServer } from './waits.ts'
import { askingLine, duration, hungLine } from './words.ts'

/** What hangs and is not explained by a lock: a server that does not answer, something else, or nothing at all. */
export function aboutProcesses(view: ProcessView, evidence: Evidence): Draft[] {
  const hanging = view.hung.filter(({ is }) => is === 'hangs')
  const explained = new Set(
    hanging
      .filter((hung) => evidence.files.some((file) => explains(file, hung, view)))
      .map(({ wait }) => wait.tid),
  )
  const rest = hanging.filter(({ wait }) => !explained.has(wait.tid))
  const groups = Map.groupBy(rest, ({ wait, waitsFor }) => `${waitsFor} ${wait.wchan ?? ''}`)
  const asking = view.asking.filter(
    ({ pid, tid }) =>
      !evidence.files.some(
        (file) =>
          askingFor(file, evidence).some((wait) => wait.tid === tid) ||
          file.records.some(
            ({ lock, host }) => lock.waits && lock.pid === pid && host.name === view.host.name,
          ),
      ),
  )
  return [
    ...[...groups.values()].map((group) => asSeen(aboutGroup(group, view), group)),
    ...(asking.length > 0 ? [aboutAsking(asking, view)] : []),
  ]
}

/** It waits, but for what is not seen: that is not the same as a process that does not wait. */
function aboutAsking(asking: Wait[], view: ProcessView): Draft {
  const [first] = asking as [Wait, ...Wait[]]
  const pids = new Set(asking.map(({ pid }) => pid))
  const others = pids.size > 1 ? ` and ${pids.size - 1} more` : ''
  return {
    code: 'waits-for-lock',
    verdict: 'inconclusive',
    severity: 'warning',
    summary: `${code(first.name)} (pid ${first.pid})${others} on ${code(view.host.name)} ${pids.size > 1 ? 'wait' : 'waits'} for a lock; I can't tell who holds it.`,
    details: [
      ...asking.slice(0, 8).map(askingLine),
      ...openOnNfs(
        asking.map(({ pid }) => pid),
        view,
      ),
    ],
    evidence: ['threads', 'waits-1', 'waits-2'],
  }
}

/** State D at one look is what any busy process shows: only two looks make it a fault. */
function asSeen(draft: Draft, group: Hung[]): Draft {
  if (group.some(({ twice }) => twice)) return draft
  return {
    ...draft,
    verdict: 'inconclusive',
    severity: draft.severity === 'info' ? 'info' : 'warning',
    details: ['Seen once only: a busy process is in state D at any moment, too.', ...draft.details],
  }
}

function aboutGroup(group: Hung[], view: ProcessView): Draft {
  const [first] = group as [Hung, ...Hung[]]
  const names = [...new Set(group.map(({ wait }) => `${code(wait.name)} (pid ${wait.pid})`))]
  const who = `${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''} on ${code(view.host.name)}`
  const hang = names.length === 1 ? 'hangs' : 'hang'
  const details = [
    ...group.slice(0, 8).map((hung) => hungLine(hung, sinceS(hung, view))),
    ...openOnNfs(
      group.map(({ wait }) => wait.pid),
      view,
    ),
  ]
  const base = { details, evidence: ['threads', 'waits-1', 'waits-2', 'kernel-log'] }
  if (first.waitsFor === 'nfs' || first.waitsFor === 'nfs-unclear' || first.waitsFor === 'lock') {
    const server = group.map((hung) => silentServer(hung, view)).find((silent) => silent !== undefined)
    if (server && !wasThere(group, server, view))
      return {
        ...base,
        code: 'waits-for-server',
        verdict: 'inconclusive',
        severity: 'warning',
        summary: `${who} ${hang} waiting for an NFS server; the kernel's log called ${code(server.server)} silent before ${names.length === 1 ? 'that process was' : 'those processes were'} started, and says nothing since.`,
        details: [
          ...details,
          'Who ended what hung then left the log without an `OK`, so that line may be over. What hangs now is logged after some minutes.',
        ],
      }
    if (server) {
      const ago =
        server.bootS !== undefined && view.uptimeS.seen
          ? ` for ${duration(view.uptimeS.value - server.bootS)}`
          : ''
      return {
        ...base,
        code: 'server-not-responding',
        verdict: 'confirmed',
        severity: 'critical',
        summary: `NFS server ${code(server.server)} has not answered ${code(view.host.name)}${ago}; ${who} ${hang} until it does.`,
        details: [
          ...details,
          `The kernel's log says \`nfs: server … not responding\`, and nothing since. On a hard mount programs wait as long as it takes.`,
        ],
      }
    }
    if (first.waitsFor === 'lock')
      return {
        ...base,
        code: 'waits-for-lock',
        verdict: 'inconclusive',
        severity: 'warning',
        summary: `${who} ${hang} waiting for a lock; I can't tell on which file.`,
      }
    return {
      ...base,
      code: 'waits-for-server',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `${who} ${hang} waiting for an NFS server; the kernel's log does not say that one is silent.`,
      details: [...details, ...givenUp(group, view)],
    }
  }
  const meaning =
    first.wait.wchan === undefined
      ? undefined
      : (meaningOf(first.wait.wchan) ?? first.wait.stack.map(meaningOf).find((text) => text !== undefined))
  const where =
    first.wait.wchan === undefined ? 'the kernel does not say in what' : `in ${code(first.wait.wchan)}`
  return {
    ...base,
    code: 'not-a-lock',
    verdict: first.waitsFor === 'unknown' ? 'inconclusive' : 'confirmed',
    severity: first.wait.wchan !== undefined && isWanted(first.wait.wchan) ? 'info' : 'critical',
    summary:
      first.waitsFor === 'unknown'
        ? `${who} ${hang} in state D, ${where}.`
        : `${who} ${hang} in state D, and not for a lock: ${where}${meaning === undefined ? '' : `, ${group.length === 1 ? 'it ' : 'which '}${meaning}`}.`,
  }
}

/** Whether one of them was running when the server was last called silent; true where the times are not known. */
function wasThere(group: Hung[], { lastS }: SilentServer, { uptimeS }: ProcessView): boolean {
  if (lastS === undefined || !uptimeS.seen) return true
  const agoS = uptimeS.value - lastS
  // both are cut to whole seconds
  return group.some(({ ageS }) => ageS + 2 >= agoS)
}

/** A soft mount that gave up is no proof that the server is silent now, and worth a line. */
function givenUp(group: Hung[], { log, files, uptimeS }: ProcessView): string[] {
  const pids = group.map(({ wait }) => wait.pid)
  const mounts = files.filter(({ pid }) => pids.includes(pid)).map(({ mount }) => mount)
  const server = gaveUpOn(log, mounts)
  if (!server) return []
  const ago =
    server.bootS !== undefined && uptimeS.seen ? `, ${duration(uptimeS.value - server.bootS)} ago` : ''
  return [
    `A request of a soft mount to ${code(server.server)} got no answer and ended with an error${ago}; whether it answers again is never logged.`,
  ]
}

/** How long ago the kernel's own watchdog (khungtaskd) found it blocked for the first time; it may have moved since, and hang again. */
export function sinceS({ wait }: Hung, { log, uptimeS }: ProcessView): number | undefined {
  if (!log.seen || !uptimeS.seen) return undefined
  const first = log.value.hung.find(({ pid, name }) => pid === wait.tid && name === wait.name)
  return first?.bootS === undefined ? undefined : uptimeS.value - first.bootS + first.seconds
}

function openOnNfs(pids: readonly string[], { files }: ProcessView): string[] {
  const open = files.filter(({ pid }) => pids.includes(pid))
  if (open.length === 0) return []
  const paths = [...new Set(open.map(({ path }) => path))]
  const servers = [...new Set(open.flatMap(({ mount }) => mount.nfs?.server ?? []))]
  return [`Open on NFS (${servers.map(code).join(', ')}): ${listed(paths)}.`]
}
