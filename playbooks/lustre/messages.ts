import { parseResourceId, type ResourceId } from './resource-id.ts'

/** One lock as LDLM_ERROR prints it, on a client or on a server. */
export type LockText = {
  /** `MGC10.1.0.202@o2ib` on a client, `MGS` on the server */
  namespace: string
  /** `--`: nothing is granted */
  granted: string
  requested: string
  resource: ResourceId
  /** the client, on a server; `local`: this machine */
  nid: string
  /** handle that the other side gave; `0x0`: it has not answered yet */
  remote: string
}

/** What a message of Lustre says. Names of devices are as Lustre has them: `shlfs-OST0003-osc-ffff8817`, `MGC10.1.0.202@o2ib`. */
export type LustreMessage =
  | { kind: 'lost'; device: string; target: string; nid: string; waits: boolean }
  | { kind: 'restored'; device: string; target: string; nid: string }
  | { kind: 'evicted'; device: string; target: string }
  | {
      kind: 'lock-timeout'
      enqueuedS: number
      waitedS: number
      side: 'client' | 'server'
      lock: LockText | undefined
    }
  | { kind: 'lock-left'; namespace: string; resource: ResourceId; references: number }
  | { kind: 'lock-listed'; lock: LockText }
  | { kind: 'config-failed'; mgc: string; log: string; rc: number }
  | { kind: 'no-profile'; profile: string }
  | { kind: 'mount-failed'; source: string; rc: number }
  | { kind: 'mounted' | 'unmounted'; profile: string }
  | { kind: 'version-refused'; target: string; theirs: string; ours: string }
  | {
      kind: 'request-failed'
      how: 'network error' | 'not sent' | 'no reply'
      target: string
      nid: string
      opcode: number
    }
  | { kind: 'operation-failed'; device: string; operation: string; nid: string; rc: number }
  | { kind: 'lnet'; nid: string | undefined; what: string }
  | { kind: 'no-target'; target: string; from: string }
  | { kind: 'client-evicted'; device: string; nid: string; why: string; lock: LockText | undefined }
  | { kind: 'discarded'; fsname: string; fid: string; path: string; rc: number }

type Groups = Record<string, string | undefined>
type Rule = [pattern: RegExp, make: (groups: Groups, text: string) => LustreMessage | undefined]

const NID = '[^\\s,;()]+@[a-z][a-z0-9]*'
const WHO = `(?<target>\\S+) \\(at (?<nid>${NID})\\)`
const RC = '(?<rc>-?\\d+)'

/**
 * The console messages that the findings rest on. Their texts were read in Lustre's source at the tags 2.1.6, 2.5.0, 2.8.0,
 * 2.10.0, 2.12.0, 2.15.0 and 2.15.8 (README, Sources); where releases differ, both wordings stand here.
 */
const RULES: Rule[] = [
  [
    new RegExp(
      `^(?<device>\\S+): Connection to ${WHO} was lost; in progress operations using this service will (?<what>fail|wait)`,
    ),
    (g) => ({ kind: 'lost', device: g.device!, target: g.target!, nid: g.nid!, waits: g.what === 'wait' }),
  ],
  [
    new RegExp(`^(?<device>\\S+): Connection restored to ${WHO}`),
    (g) => ({ kind: 'restored', device: g.device!, target: g.target!, nid: g.nid! }),
  ],
  [
    /^(?<device>\S+): This client was evicted by (?<target>\S+?); in progress operations using this service will fail/,
    (g) => ({ kind: 'evicted', device: g.device!, target: g.target! }),
  ],
  [
    /lock timed out \(enqueued at (?<at>\d+), (?<ago>\d+)s ago\)(?<side>, entering recovery| ?; not entering recovery in server code)?/,
    (g, text) => ({
      kind: 'lock-timeout',
      enqueuedS: Number(g.at),
      waitedS: Number(g.ago),
      side: g.side?.startsWith(',') ? 'client' : 'server',
      lock: lockIn(text),
    }),
  ],
  [
    /^(?<ns>\S+): namespace resource (?<res>\[[^\]]+\]\.\S+|\d+\/\d+\S*) \(\S+\) refcount nonzero \((?<n>\d+)\) after lock cleanup/,
    (g) => {
      const resource = parseResourceId(g.res!)
      return resource && { kind: 'lock-left', namespace: g.ns!, resource, references: Number(g.n) }
    },
  ],
  [
    /lock callback timer expired after (?<after>\d+)s: evicting client at (?<nid>\S+)/,
    (g, text) => ({
      kind: 'client-evicted',
      device: lockIn(text)?.namespace ?? '',
      nid: g.nid!,
      why: `did not give a lock back within ${g.after} s`,
      lock: lockIn(text),
    }),
  ],
  // 2.8 and later; before that the client is told of, and evicted with the next message
  [
    /^client \(nid (?<nid>[^)]+)\) (?<what>failed to reply to|returned error from) (?<ast>\w+) AST \(.*\), evict it/,
    (g, text) => ({
      kind: 'client-evicted',
      device: lockIn(text)?.namespace ?? '',
      nid: g.nid!,
      why: `${g.what} a ${g.ast} callback`,
      lock: lockIn(text),
    }),
  ],
  [
    /^(?<device>\S+): A client on nid (?<nid>\S+) was evicted due to a lock (?<ast>\w+) callback time out: rc/,
    (g) => ({
      kind: 'client-evicted',
      device: g.device!,
      nid: g.nid!,
      why: `no answer to a ${g.ast} callback`,
      lock: undefined,
    }),
  ],
  [
    /^(?<device>\S+): haven't heard from client \S+ \(at (?<nid>[^)]+)\) in (?<s>\d+) seconds/,
    (g) => ({
      kind: 'client-evicted',
      device: g.device!,
      nid: g.nid!,
      why: `silent for ${g.s} s`,
      lock: undefined,
    }),
  ],
  // until 2.12, and from 2.13 on with its own spelling
  [
    new RegExp(
      `^(?<mgc>\\S+): The configuration from log '(?<log>[^']+)' ?failed (?:from the MGS )?\\(${RC}\\)`,
    ),
    (g) => ({ kind: 'config-failed', mgc: g.mgc!, log: g.log!, rc: Number(g.rc) }),
  ],
  [
    new RegExp(`^(?<mgc>\\S+): Conf(?:i)?guration from log (?<log>\\S+) failed from MGS ${RC}\\b`),
    (g) => ({ kind: 'config-failed', mgc: g.mgc!, log: g.log!, rc: Number(g.rc) }),
  ],
  [
    /^The client profile '(?<profile>[^']+)' could not be read from the MGS/,
    (g) => ({ kind: 'no-profile', profile: g.profile! }),
  ],
  [
    new RegExp(`(?:^|: )Unable to mount +(?<source>\\S*?) *(?:\\(${RC}\\)|: rc = (?<rc2>-?\\d+))`),
    (g) => ({ kind: 'mount-failed', source: (g.source ?? '').replace(/:$/, ''), rc: Number(g.rc ?? g.rc2) }),
  ],
  // ptlrpc/import.c, since 1.8; a line about the profile follows, as if the name were wrong
  [
    /^Server (?<target>\S+) version \((?<theirs>[^)]+)\) refused connection from this client with an incompatible version \((?<ours>[^)]+)\)/,
    (g) => ({ kind: 'version-refused', target: g.target!, theirs: g.theirs!, ours: g.ours! }),
  ],
  [/^Mounted (?<profile>\S+)$/, (g) => ({ kind: 'mounted', profile: g.profile! })],
  [/^Unmounted (?<profile>\S+)$/, (g) => ({ kind: 'unmounted', profile: g.profile! })],
  [
    /Request sent has (?<how>failed due to network error|timed out for sent delay|timed out for slow reply): .* o(?<op>\d+)->(?<target>\S+)@(?<nid>[^\s@]+@[a-z][a-z0-9]*):/,
    (g) => ({
      kind: 'request-failed',
      how: g.how!.startsWith('failed') ? 'network error' : g.how!.includes('sent') ? 'not sent' : 'no reply',
      target: g.target!,
      nid: g.nid!,
      opcode: Number(g.op),
    }),
  ],
  [
    new RegExp(`^(?<device>\\S+): operation (?<op>\\S+) to node (?<nid>${NID}) failed: rc = ${RC}`),
    (g) => ({ kind: 'operation-failed', device: g.device!, operation: g.op!, nid: g.nid!, rc: Number(g.rc) }),
  ],
  // 2.5
  [
    new RegExp(
      `^(?<device>\\S+): Communicating with (?<nid>${NID}), operation (?<op>\\S+) failed with ${RC}`,
    ),
    (g) => ({ kind: 'operation-failed', device: g.device!, operation: g.op!, nid: g.nid!, rc: Number(g.rc) }),
  ],
  [
    new RegExp(`^(?<target>\\S+?)(?:_UUID)?: not available for connect from (?<from>${NID}) \\(no target\\)`),
    (g) => ({ kind: 'no-target', target: g.target!, from: g.from! }),
  ],
  [
    /dirty page discard: \S+:\/(?<fs>[^/\s]+)\S*?\/fid: (?<fid>\[[^\]]+\])\/(?<path>.*?) ?may get corrupted \(rc (?<rc>-?\d+)\)/,
    (g) => ({ kind: 'discarded', fsname: g.fs!, fid: g.fid!, path: g.path!, rc: Number(g.rc) }),
  ],
  // o2iblnd_cb.c, acceptor.c, socklnd_cb.c, lib-move.c: what says that a peer cannot be reached
  [
    new RegExp(
      `^(?:Connection to (?<a>${NID}) at host \\S+ (?:on port \\d+ )?(?<x>was refused|was unreachable|took too long|was reset)|(?<b>${NID}): (?<y>ADDR ERROR|ROUTE ERROR|UNREACHABLE|CONNECT ERROR)|(?<d>${NID}) rejected: (?<z>no listener)|Can't resolve (?:address|route) for (?<e>${NID})|No route to (?:\\d+-)?(?<f>${NID}))`,
    ),
    (g) => ({
      kind: 'lnet',
      nid: g.a ?? g.b ?? g.d ?? g.e ?? g.f,
      what: (g.x ?? g.y ?? g.z ?? 'no route').toLowerCase(),
    }),
  ],
]

/** One message without the log's prefix, `LustreError: 28143:0:(file.c:125:function()) ### text`; undefined: nothing we know. */
export function readMessage(line: string): LustreMessage | undefined {
  const text = line
    .replace(/^(?:Lustre|LNet)(?:Error)?: /, '')
    .replace(/^\d+:\d+:\([^()]+\(\)\) ?/, '')
    .replace(/^[0-9a-f]{1,3}-[0-9a-f]: /, '')
    .replace(/^(?:### |@@@ )+/, '')
  for (const [pattern, make] of RULES) {
    const groups = pattern.exec(text)?.groups
    if (groups) return make(groups, text)
  }
  const lock = lockIn(text)
  return lock && { kind: 'lock-listed', lock }
}

const LOCK =
  /\bns: (?<ns>\S+) lock: \S+ lrc: \S+ mode: (?<granted>[A-Z-]{2,3})\/(?<requested>[A-Z-]{2,3}) res: (?<res>\S+) .*?(?:\bnid: (?<nid>\S+) )?remote: (?<remote>0x[0-9a-f]+)/

/** The lock that a message prints; undefined when it prints none, or not all of it. */
function lockIn(text: string): LockText | undefined {
  const g = LOCK.exec(text)?.groups
  const resource = g && parseResourceId(g.res!)
  return (
    resource && {
      namespace: g.ns!,
      granted: g.granted!,
      requested: g.requested!,
      resource,
      nid: g.nid ?? 'local',
      remote: g.remote!,
    }
  )
}
