import type { Teller } from '../../shared/linux/telling.ts'
import { waitKind } from '../../shared/linux/wchan.ts'
import { code } from '../../shared/text.ts'
import { LEASE_S } from '../judge.ts'
import { lockCommand, stuckCommand } from './commands.ts'
import { meaningIn } from './meaning.ts'
import type { HungTask, SeenInText, SeenServer } from './seen.ts'

/** The last word on each NFS server decides; what stands before it is history. */
export function aboutServers(seen: SeenInText, tell: Teller): void {
  const groups = Map.groupBy(seen.servers, ({ server, host }) => `${server} ${host ?? ''}`)
  for (const group of groups.values()) {
    const last = group.at(-1)!
    const since = group.slice(group.findLastIndex(({ answers }) => answers) + 1)[0] ?? last
    const name = code(last.server)
    const client = last.host === undefined ? 'this client' : code(last.host)
    const lines = [since.line, ...group.slice(-4).map(({ line }) => line)]
    if (last.answers) {
      tell.find({
        code: 'server-answers-again',
        verdict: 'ruled-out',
        severity: 'info',
        summary: `NFS server ${name} was silent for ${client} and answers again${at(last)}, by the last word of the log.`,
        details: ['Programs on hard mounts went on by themselves.'],
        lines,
      })
      continue
    }
    const blocked = seen.hung.length > 0 || seen.processes.some(({ state }) => state?.startsWith('D'))
    tell.find({
      code: 'server-not-responding',
      verdict: 'inconclusive',
      severity: blocked ? 'critical' : 'warning',
      summary: `NFS server ${name} did not answer ${client}${at(since)}, and the log does not say that it does again${blocked ? '; what uses it hangs until then' : ''}.`,
      details: [
        last.how === 'timed out'
          ? '"timed out": a soft mount, programs get an error.'
          : '"still trying": a hard mount, programs wait as long as it takes. It may be the server, its disks or the network.',
      ],
      lines,
    })
    tell.next(
      stuckCommand(undefined, undefined, last.host),
      'What hangs on that client, and whether its server is still silent',
    )
    tell.doNot(
      'reboot the client, or unmount by force (`umount -f`, `umount -l`), while the server is silent',
      'on a hard mount programs go on by themselves when it answers; by force what they have not written is lost, and a lazy unmount only hides the mount',
    )
  }
}

const at = ({ time }: Pick<SeenServer, 'time'>) => (time === undefined ? '' : ` (logged at ${time})`)

/** The kernel's watchdog saw it not move for so long: that is proven for then, and nothing is said about now. */
export function aboutHungTasks(seen: SeenInText, tell: Teller): void {
  for (const group of Map.groupBy(
    seen.hung,
    ({ pid, name, host }) => `${name} ${pid} ${host ?? ''}`,
  ).values()) {
    const longest = group.toSorted((a, b) => Number(b.seconds) - Number(a.seconds))[0]!
    const frames = group.findLast(({ stack }) => stack.length > 0)?.stack ?? []
    const stack = frames.filter((frame) => !/^(?:__)?schedule$/.test(frame))
    aboutTask({ ...longest, stack, lines: group.flatMap(({ lines }) => lines) }, group.length, seen, tell)
  }
}

function aboutTask(
  { name, pid, seconds, time, host, stack, lines }: HungTask,
  times: number,
  seen: SeenInText,
  tell: Teller,
): void {
  const kind = waitKind({ wchan: undefined, stack })
  const meaning = meaningIn(stack)
  const isRemote = kind === 'lock' || kind === 'nfs' || /FUSE|CephFS/.test(meaning ?? '')
  const silent = seen.servers.length > 0 && !seen.servers.at(-1)!.answers
  const over = seen.servers.length > 0 && !silent && seen.servers.at(-1)!.line.n > lines.at(-1)!.n
  tell.find({
    code: 'hung-task',
    verdict: 'confirmed',
    severity: over && isRemote ? 'info' : isRemote || silent ? 'critical' : 'warning',
    summary: `${code(name)} (pid ${pid})${host === undefined ? '' : ` on ${code(host)}`} did not move for more than ${seconds} s, says the kernel${time === undefined ? '' : ` at ${time}`}${times > 1 ? `, ${times} times` : ''}${kind === 'lock' ? '; it waited for a lock' : meaning === undefined ? '' : `; it ${meaning}`}. ${over && isRemote ? 'Its server answered after that.' : 'Whether it still hangs the log does not say.'}`,
    details:
      stack.length > 0
        ? [`Innermost first: ${stack.slice(0, 8).map(code).join(', ')}.`]
        : ['Its stack is not in the text.'],
    lines,
  })
  tell.next(stuckCommand(name, pid, host), 'Whether it still hangs, and for what')
  tell.doNot(
    `kill ${code(name)} (\`kill -9 ${pid}\`) or switch off \`hung_task_timeout_secs\``,
    'it does not take the signal until what it waits for answers, and the setting only silences the message',
  )
}

/** NFSv4 clients of a server: a lease that has run out keeps its locks until somebody wants them (Linux 5.19 and later). */
export function aboutClients({ clients, locks }: SeenInText, tell: Teller): void {
  const late = clients.filter(
    ({ fields }) =>
      fields.status === 'courtesy' || Number(fields['seconds from last renew'] ?? 0) > 2 * LEASE_S,
  )
  for (const { fields, states, lines, host, number } of late) {
    const who = code(fields.address ?? fields.clientid ?? '')
    const renewed = fields['seconds from last renew']
    tell.find({
      code: 'courtesy-client',
      verdict: 'inconclusive',
      severity: states > 0 ? 'warning' : 'info',
      summary: `NFSv4 client ${who} (${code(fields.name ?? '')})${number === undefined ? '' : `, number ${number},`} ${renewed === undefined ? 'does not renew its lease' : `has not renewed its lease for ${renewed} s`}${states > 0 ? `, and has ${states === 1 ? 'a lock' : `${states} locks`}` : ''}.`,
      details: [
        'It may be dead, or cut off and coming back; the server keeps its locks until somebody wants them, or for ever.',
        ...(fields.status === 'courtesy'
          ? []
          : [
              'The server does not call it `courtesy`: it may as well live, with a request that hangs in the server.',
            ]),
      ],
      lines,
    })
    for (const lock of locks
      .filter(
        ({ client, kind }) => kind === 'lock' && client !== undefined && fields.address?.includes(client),
      )
      .slice(0, 3)) {
      const command = lockCommand(lock.target, host)
      if (command) tell.next(command, 'Who waits for it, and whether that client lives')
    }
    tell.doNot(
      `expire client ${number ?? who} by hand (\`echo expire > …/ctl\`), or restart nfsd`,
      'if it lives it loses its locks in the middle of its work; a restart takes the state of every client',
    )
  }
  if (clients.length > 0 && late.length === 0)
    tell.find({
      code: 'leases-good',
      verdict: clients.some(({ fields }) => fields['seconds from last renew'] === undefined)
        ? 'inconclusive'
        : 'ruled-out',
      severity: clients.some(({ fields }) => fields['seconds from last renew'] === undefined) ? 'info' : 'ok',
      summary: clients.some(({ fields }) => fields['seconds from last renew'] === undefined)
        ? `${clients.length === 1 ? 'One NFSv4 client is' : `${clients.length} NFSv4 clients are`} known to the server; when they renewed their leases this kernel does not tell.`
        : `${clients.length === 1 ? 'The NFSv4 client renews its lease' : `All ${clients.length} NFSv4 clients renew their leases`}.`,
      lines: clients.flatMap(({ lines }) => lines),
    })
}

export function aboutStale({ stale }: SeenInText, tell: Teller): void {
  if (stale.length === 0) return
  const paths = [...new Set(stale.flatMap(({ path }) => path ?? []))]
  tell.find({
    code: 'stale-handle',
    verdict: 'confirmed',
    severity: 'warning',
    summary: `${paths.length === 0 ? 'A file handle' : `The handle of ${paths.slice(0, 3).map(code).join(', ')}`} is stale: the server does not know that file any more.`,
    details: [
      'It was removed or replaced on the server, or the export or the file system behind it changed. Mount again, or restart what has it open.',
    ],
    lines: stale.map(({ line }) => line),
  })
  for (const { path, host } of stale.slice(0, 3)) {
    if (path !== undefined) tell.fact('files', { path, state: 'stale', host })
    const command = lockCommand(path, host)
    if (command) tell.next(command, 'Whether the path can be followed again')
  }
  tell.fact('errors', { code: '116', name: 'ESTALE', meaning: 'stale file handle' })
  tell.doNot(
    'reboot the client for it',
    'mounting that one file system again, or restarting what has the file open, is enough',
  )
}
