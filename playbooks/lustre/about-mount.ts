import { code } from '../shared/text.ts'
import { netOf } from './nid.ts'
import {
  type Draft,
  knowsFirstOnly,
  logProbe,
  mgsNowhere,
  mgsServer,
  ownServers,
  pingProbes,
  type Server,
  type Situation,
} from './situation.ts'
import type { Attempt } from './story.ts'
import { errno, listed, when } from './words.ts'

/** LNet does not run on the client itself: nothing else can work, and no other finding would mean anything. */
export function lnetNotUp({ evidence, client }: Situation): Draft | undefined {
  const { lnet, net } = evidence.client
  if (lnet.seen && !lnet.value.up)
    return {
      code: 'lnet-not-up',
      verdict: 'confirmed',
      severity: 'critical',
      summary: `Lustre's network is not up on ${code(client)}: ${lnet.value.why}.`,
      details: [
        'Without LNet no server can be reached and nothing can be mounted: `modprobe lnet && lnetctl lnet configure --all` (2.7 and later), or `lctl network up`.',
      ],
      evidence: [lnet.observation.probe],
    }
  const down = net?.seen ? net.value.filter(({ nid, status }) => status === 'down' && nid !== '0@lo') : []
  const up = net?.seen ? net.value.filter(({ nid, status }) => status !== 'down' && nid !== '0@lo') : []
  if (!net?.seen || down.length === 0 || up.length > 0) return undefined
  return {
    code: 'lnet-not-up',
    verdict: 'confirmed',
    severity: 'critical',
    summary: `Lustre's network is down on ${code(client)}: ${listed(down.map(({ nid }) => nid))}.`,
    details: ['Its interface or its link is down.'],
    evidence: [net.observation.probe],
  }
}

/** None of the servers that the mount names can be reached over LNet. */
export function lnetUnreachable(situation: Situation, attempt: Attempt | undefined): Draft | undefined {
  const own = ownServers(situation)
  if (own.length === 0 || own.some(({ reached }) => reached !== 'no')) return undefined
  const { client, fsname, now, story } = situation
  const nids = own.flatMap(({ node }) => node.nids.map(({ nid }) => nid))
  const told = (story?.mgsTroubles ?? []).filter(
    (event) => event.kind === 'lnet' && event.nid !== undefined && nids.includes(event.nid),
  )
  const last = told.at(-1)
  const partial = knowsFirstOnly(situation)
  return {
    code: 'lnet-unreachable',
    verdict: partial ? 'inconclusive' : 'confirmed',
    severity: 'critical',
    summary: `${code(client)} cannot reach ${own.length === 1 ? 'the MGS of' : 'any server that may run the MGS of'} ${code(fsname)} over LNet: ${listed(nids)}.`,
    details: [
      ...own.map((server) => describePings(server, situation)),
      ...(partial
        ? ['Only the first server of the mount is known, from the log; name all with `mgs=NID:NID`.']
        : []),
      ...(last?.kind === 'lnet' ? [`The log says the same: ${last.what}, ${when(last.at, now)}.`] : []),
      ...(attempt?.outcome === 'failed'
        ? [`The last mount failed with ${errno(attempt.rc)}, ${when(attempt.at, now)}.`]
        : []),
      'Look at the link and the route to these addresses, and whether LNet runs there (`lctl list_nids` on the server).',
    ],
    evidence: [...own.flatMap(pingProbes), ...(last || attempt ? logProbe(situation) : [])],
  }
}

export function describePings({ node, hostName }: Server, { evidence }: Situation): string {
  const { lnet } = evidence.client
  const nets = lnet.seen && lnet.value.up ? lnet.value.nids.map(netOf) : []
  const parts = node.nids.map(({ nid, ping }) => {
    const off =
      nets.length > 0 && !nets.includes(netOf(nid))
        ? `, and this client has no NID on \`${netOf(nid)}\`, so it takes a router`
        : ''
    return `${code(nid)} ${ping.seen ? (ping.value.answers ? 'answers' : `does not answer (${ping.value.why}${off})`) : `was not asked: ${ping.why}`}`
  })
  return `${hostName === undefined ? '' : `${code(hostName)}: `}${parts.join('; ')}.`
}

/** LNet answers, but the MGS is not where the mount looks for it. */
export function mgsElsewhere(situation: Situation): Draft | undefined {
  const own = ownServers(situation)
  const mgs = mgsServer(situation)
  const reached = own.filter((server) => server.reached === 'yes')
  const nowhere = mgsNowhere(situation)
  const reachable = mgs !== undefined && own.includes(mgs) && mgs.reached !== 'no'
  if (
    reachable ||
    (!mgs && !nowhere) ||
    // the mount may well name the one where it runs
    (mgs !== undefined && knowsFirstOnly(situation)) ||
    reached.length === 0 ||
    reached.some((server) => server.mgs === 'unknown')
  )
    return undefined
  const { client, fsname, evidence } = situation
  const place =
    mgs &&
    `${mgs.hostName === undefined ? '' : `${code(mgs.hostName)}, `}${listed(mgs.node.nids.map(({ nid }) => nid))}`
  return {
    code: mgs ? 'mgs-elsewhere' : 'mgs-not-running',
    verdict: 'confirmed',
    severity: 'critical',
    summary: mgs
      ? `The MGS is not on ${listed(reached.flatMap(({ node }) => node.nids.map(({ nid }) => nid)))}, where ${code(client)} can look for it; it runs on ${place}${own.includes(mgs) ? ', which cannot be reached' : ', which the mount does not name'}.`
      : `The MGS of ${code(fsname)} is not running on any server that may run it.`,
    details: [
      ...own.map((server) => describePings(server, situation)),
      `A ping answers for LNet only. ${evidence.mgsHosts.map(({ host, devices }) => `${code(host.name)}: ${devices.seen ? (devices.value.some(({ type }) => type === 'mgs') ? 'has the device `MGS`' : 'no device of type `mgs`') : `not seen (${devices.why})`}`).join('; ')}.`,
    ],
    evidence: [
      ...evidence.mgsHosts.flatMap(({ devices }) => devices.observation?.probe ?? []),
      ...own.flatMap(pingProbes),
    ],
  }
}

/** EINTR, EIO, EAGAIN, ENOTCONN to ETIMEDOUT, ECONNREFUSED, EHOSTDOWN, EHOSTUNREACH, EALREADY, EINPROGRESS */
const COMES_AND_GOES = new Set([-4, -5, -11, -107, -108, -110, -111, -112, -113, -114, -115])

/** Not mounted, and none of the reasons above. */
export function notMounted(situation: Situation, attempt: Attempt | undefined): Draft {
  const { client, fsname, now, written, story, evidence } = situation
  const mgs = mgsServer(situation)
  // what refuses a mount for its options, its rights or its key does so again
  const mayPass = attempt?.rc === undefined || COMES_AND_GOES.has(attempt.rc)
  const ready = mgs?.reached === 'yes' && mayPass
  const servers = ownServers(situation).map((server) => describePings(server, situation))
  const base = { evidence: [...logProbe(situation), ...ownServers(situation).flatMap(pingProbes)] }
  const answers = mgs
    ? `The MGS runs on ${code(mgs.name)}${mgs.reached === 'yes' ? ' and LNet answers there' : ''}.`
    : 'Where the MGS runs was not seen.'
  if (attempt?.outcome === 'failed')
    return {
      ...base,
      code: ready ? 'mount-failed-before' : 'mount-failed',
      verdict: ready ? 'confirmed' : 'inconclusive',
      severity: 'warning',
      summary: ready
        ? `${code(fsname)} is not mounted on ${code(client)}: the mount failed ${when(attempt.at, now)}, but nothing seems to stop it now.`
        : `Mounting ${code(fsname)} on ${code(client)} failed ${when(attempt.at, now)} with ${errno(attempt.rc)}; I can't tell why.`,
      details: [`It failed with ${errno(attempt.rc)}.`, answers, ...servers, ...unanswered(situation)],
    }
  if (attempt?.outcome === 'waiting')
    return {
      ...base,
      code: 'mount-unanswered',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `${code(client)} asked the MGS for the configuration of ${code(fsname)} ${when(attempt.lock?.askedMs, now)} and got no answer yet.`,
      details: [answers, ...servers, ...unanswered(situation)],
    }
  return {
    ...base,
    code: 'not-mounted',
    verdict: story && situation.mounted ? 'confirmed' : 'inconclusive',
    severity: written ? 'warning' : 'info',
    summary: situation.mounted
      ? `${code(fsname)} is not mounted on ${code(client)}${story ? ', and the log knows of no failed try' : ''}${attempt?.outcome === 'unmounted' ? `; it was unmounted ${when(attempt.at, now)}` : ''}.`
      : `Whether ${code(fsname)} is mounted on ${code(client)} could not be seen.`,
    details: [
      ...(written
        ? [`fstab has it at ${code(written.path)}.`]
        : evidence.client.fstab.seen
          ? ['fstab does not have it.']
          : []),
      answers,
      ...servers,
      ...(evidence.namedBy === undefined ? ['Nobody names its servers; add `mgs=NID:NID`.'] : []),
    ],
  }
}

/** Requests to the MGS that came to nothing. */
function unanswered({ story, now }: Situation): string[] {
  const last = (story?.mgsTroubles ?? []).findLast(
    (event) => event.kind === 'request-failed' || event.kind === 'operation-failed',
  )
  if (last?.kind === 'request-failed')
    return [`A request to the MGS at ${code(last.nid)} ended with "${last.how}", ${when(last.at, now)}.`]
  if (last?.kind === 'operation-failed')
    return [
      `${code(last.nid)} answered ${code(last.operation)} with ${errno(last.rc)}, ${when(last.at, now)}.`,
    ]
  return []
}
