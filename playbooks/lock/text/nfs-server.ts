import type { Teller } from '../../shared/linux/telling.ts'
import type { Line, Passage } from '../../shared/triage.ts'

const IP = '(?:\\d{1,3}(?:\\.\\d{1,3}){3}|[0-9a-f]*:[0-9a-f:]+)'

/** What an NFS server offers, and who asks it: showmount, exportfs, rpcinfo, statd's folder. */
export function readServerTools(passage: Passage, tell: Teller): void {
  readShowmount(passage, tell)
  readRpcinfo(passage, tell)
  readRpcErrors(passage, tell)
  readMonitored(passage, tell)
}

/** `Export list for nfs1:` and `/srv 10.0.0.0/24`; with -a `All mount points on nfs1:` and `10.55.4.9:/srv`. */
function readShowmount({ lines }: Passage, tell: Teller): void {
  let server: string | undefined
  let used: Line[] = []
  const end = () => {
    if (used.length > 1) {
      tell.saw('showmount', used)
      tell.find({
        code: 'server-answers',
        verdict: 'ruled-out',
        severity: 'ok',
        summary: `mountd on \`${server}\` answered showmount. That is the way of NFSv3; nfsd itself was not asked.`,
        lines: used,
      })
    }
    used = []
  }
  for (const line of lines) {
    const heading = /^\s*(?:Export list for|All mount points on|Hosts on|Directories on) (\S+?):\s*$/.exec(
      line.text,
    )
    if (heading) {
      end()
      server = heading[1]
      used = [line]
      tell.fact('nfsServers', { server })
      continue
    }
    if (server === undefined || used.length === 0) continue
    const shared = /^\s*(\/\S*)\s+(\S.*)$/.exec(line.text)
    const client = new RegExp(`^\\s*(${IP}|[A-Za-z0-9][\\w.-]*)(?::(/\\S*))?\\s*$`).exec(line.text)
    if (shared) tell.fact('exports', { server, path: shared[1], clients: shared[2]!.trim().split(/[,\s]+/) })
    else if (client) tell.fact('nfsClients', { address: client[1], server, mountPoint: client[2] })
    else {
      end()
      server = undefined
      continue
    }
    used.push(line)
  }
  end()
}

const PROGRAMS: Record<string, string> = {
  '100003': 'nfs',
  '100005': 'mountd',
  '100021': 'nlockmgr',
  '100024': 'status',
}

/** `    100003    3   tcp   2049  nfs` of `rpcinfo -p`; without -p `100003  3  tcp  0.0.0.0.8.1  nfs  superuser`. */
function readRpcinfo({ lines }: Passage, tell: Teller): void {
  const rows = lines.flatMap((line) => {
    const found = /^\s*(\d{6,})\s+(\d+)\s+(tcp6?|udp6?|local)\s+(\S+)(?:\s+([\w-]+))?(?:\s+\S+)?\s*$/.exec(
      line.text,
    )
    return found
      ? [
          {
            line,
            program: found[1]!,
            version: found[2]!,
            protocol: found[3]!,
            port: found[4]!,
            service: found[5],
          },
        ]
      : []
  })
  if (rows.length === 0) return
  for (const { line: _, ...row } of rows) tell.fact('rpcServices', row)
  const used = rows.map(({ line }) => line)
  tell.saw('rpcinfo', used)
  const has = (program: string) => rows.some((row) => row.program === program)
  if (!has('100003') && !has('100000')) return
  const missing = Object.entries(PROGRAMS).filter(([program]) => !has(program))
  tell.find(
    has('100003')
      ? {
          code: 'server-answers',
          verdict: 'ruled-out',
          severity: 'ok',
          summary: `rpcbind answers, and nfs is registered${missing.length === 0 ? ' with everything that NFSv3 needs' : ''}.`,
          details:
            missing.length === 0
              ? []
              : [
                  `Not registered: ${missing.map(([, name]) => name).join(', ')}. NFSv4 needs none of them; locks over NFSv3 need \`nlockmgr\` and \`status\`.`,
                ],
          lines: used,
        }
      : {
          code: 'nfs-not-registered',
          verdict: 'inconclusive',
          severity: 'info',
          summary:
            'rpcbind answers, and nfs is not registered there: that is no NFS server, it serves NFSv4 only, or nfsd does not run.',
          lines: used,
        },
  )
}

/** How showmount, rpcinfo and mount.nfs say that the other side does not answer. Source: libtirpc, clnt_perror.c. */
function readRpcErrors({ lines, host }: Passage, tell: Teller): void {
  for (const line of lines) {
    const found =
      /(?:clnt_create|rpcinfo|showmount|mount\.nfs4?|rpc mount export)\b.*?(RPC: [^;]*?(?:; errno = (.*))?|Connection timed out|Connection refused|No route to host|access denied by server.*|Protocol not supported|requested NFS version.*|mounting \S+ failed.*)\s*$/i.exec(
        line.text,
      )
    const reason = found?.[2] ?? found?.[1]
    if (reason === undefined) continue
    tell.saw("an RPC tool's error", [line])
    const source = /mounting (\S+?)(?: failed|:? *$)/.exec(line.text)?.[1]
    if (source !== undefined) tell.fact('mounts', { source })
    tell.find({
      code: 'server-not-reached',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `The NFS server, or the part of it that was asked, did not answer: ${reason.replace(/^RPC: /, '')}.`,
      details: ['rpcbind and mountd belong to NFSv3: with them silent or filtered, mounts of NFSv4 go on.'],
      lines: [line],
    })
    if (host !== undefined)
      tell.next(`check stuck on=${host}`, 'Whether something on that client hangs behind its NFS server')
  }
}

const LISTED =
  /^\s*-[rwx-]{9}[.+]?\s+\d+\s+(?<owner>\S+)\s+\S+\s+\d+\s+(?<since>[A-Z][a-z]{2}\s+\d+\s+[\d:]+|\d{4}-\d\d-\d\d \d\d:\d\d(?::[\d.]+ [+-]\d{4})?)\s+(?<name>\S+)\s*$/
const FOLDER = /\/var\/lib\/nfs\/(?:statd\/)?sm(?:\.bak)?\b/

/** `ls -l /var/lib/nfs/sm`: one file per client that holds, or held, locks over NFSv2/v3. Source: rpc.statd(8). */
function readMonitored({ lines, host, command }: Passage, tell: Teller): void {
  const here = FOLDER.test(command?.join(' ') ?? '') || lines.some(({ text }) => FOLDER.test(text))
  const rows = lines.flatMap((line) => {
    const groups = LISTED.exec(line.text)?.groups
    return groups && (here || /^(?:statd|rpcuser)$/.test(groups.owner!))
      ? [{ line, name: groups.name!, since: groups.since! }]
      : []
  })
  const bare = here && rows.length === 0 ? namesIn(lines) : []
  const all = [...rows, ...bare]
  if (all.length === 0) return
  const isAddress = new RegExp(`^${IP}$`)
  for (const { name, since } of all)
    tell.fact('nfsClients', { [isAddress.test(name) ? 'address' : 'name']: name, since, host })
  tell.saw(
    '/var/lib/nfs/sm',
    all.map(({ line }) => line),
  )
  tell.find({
    code: 'statd-clients',
    verdict: 'inconclusive',
    severity: 'info',
    summary: `rpc.statd watches ${all.length === 1 ? 'one client' : `${all.length} clients`}: each of them may hold locks over NFSv3; which one holds a given lock the list does not say.`,
    details: [
      'The date of a file is the first lock of that client since its last restart, not of the lock in question.',
    ],
    lines: all.map(({ line }) => line),
  })
  tell.doNot(
    'delete files in `/var/lib/nfs/sm`',
    'statd would no longer learn that these clients were restarted, and their locks would stay for good',
  )
}

/** `ls /var/lib/nfs/sm` without -l. */
function namesIn(lines: readonly Line[]): { line: Line; name: string; since: undefined }[] {
  return lines.flatMap((line) =>
    /^[\s\w.:-]+$/.test(line.text)
      ? line.text
          .trim()
          .split(/\s+/)
          .filter((name) => new RegExp(`^(?:${IP}|[\\w-]+\\.[\\w.-]+)$`).test(name))
          .map((name) => ({ line, name, since: undefined }))
      : [],
  )
}
