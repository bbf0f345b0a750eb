import { code } from '../shared/text.ts'
import { type Draft, type Known, listOf, processLines, rests } from './draft.ts'
import { cutOff, type Hearing } from './hearing.ts'
import { earLines, nameOf, usesOf } from './words.ts'

export function down(evidence: Known, hearing: Hearing): Draft {
  const { view, stuck, map } = evidence
  const noup = map.seen && map.value.flags.includes('noup')
  const name = nameOf(view.osd.id)
  const blocked = stuck.seen ? stuck.value.filter(({ blockedBy }) => blockedBy.includes(view.osd.id)) : []
  const running = view.process.seen
    ? `Its process ${view.process.value.pid} runs on ${code(view.host!.name)}${hearing.state === 'deaf' ? ', and is deaf' : ''}; ${noup ? 'the flag `noup` is set, so the monitors mark no OSD up' : 'a process that lives reports itself up again within seconds'}.`
    : view.process.code === 'absent' && view.host
      ? `There is no process of it on ${code(view.host.name)}.`
      : `Whether its process runs could not be seen: ${view.process.why}.`
  const details = [running, ...(view.process.seen ? [...earLines(hearing), ...processLines(evidence)] : [])]
  const base = {
    verdict: 'confirmed' as const,
    evidence: [...rests(view), ...(stuck.observation ? [stuck.observation.probe] : [])],
  }
  if (blocked.length > 0) {
    return {
      ...base,
      code: 'down-and-peering',
      severity: 'critical',
      summary: `${name} is down, and ${blocked.length} PG${blocked.length === 1 ? '' : 's'} cannot go on without it: peering is blocked by it.`,
      details: [
        `Every request to ${blocked.length === 1 ? 'this PG' : 'these PGs'} waits: ${listOf(blocked.map(({ id }) => id))}.`,
        ...details,
        'Start it, if its disk is whole. `ceph osd lost` gives up writes that only it has.',
      ],
    }
  }
  return {
    ...base,
    code: 'down-osd',
    severity: 'warning',
    summary: `${name} is down${view.osd.in ? '' : ' and out'}${stuck.seen ? ', and no PG waits for it' : ''}.`,
    details,
  }
}

export function network(evidence: Known, hearing: Hearing): Draft | undefined {
  const { view, admin } = evidence
  const cut = cutOff(hearing).map(({ host, ears }) => ({
    host,
    // a host that only asks Ceph need not be on the cluster's own network
    ears:
      host === admin.name && !admin.roles.includes('osd-host')
        ? ears.filter(({ use }) => use === 'public' || use === 'heartbeat front')
        : ears,
  }))
  const pairs = cut.filter(({ ears }) => ears.length > 0)
  if (pairs.length === 0) return undefined
  const to = view.host ? code(view.host.name) : nameOf(view.osd.id)
  return {
    code: 'network-between-hosts',
    verdict: 'confirmed',
    severity: 'critical',
    summary: `${nameOf(view.osd.id)} listens, but ${pairs.map(({ host }) => code(host)).join(' and ')} cannot reach its ${usesOf(pairs.flatMap(({ ears }) => ears))} address: the network or a firewall between ${pairs.map(({ host }) => `${code(host)} and ${to}`).join(', ')}.`,
    details: [...earLines(hearing), 'A restart of the OSD does not help.'],
    evidence: rests(view),
  }
}

export function slow({ view, blockedOps, health }: Known): Draft | undefined {
  if (!blockedOps?.seen || blockedOps.value.total === 0) return undefined
  const { total, waitingForOthers, waitingForPgs, others } = blockedOps.value
  const inItself = total - waitingForOthers - waitingForPgs
  const name = nameOf(view.osd.id)
  const them = others.length > 0 ? ` (${others.map(nameOf).join(', ')})` : ''
  const [kind, where] =
    inItself >= Math.max(waitingForOthers, waitingForPgs)
      ? ['slow-requests-cause', `${inItself} of them wait in itself: its disk or its load`]
      : waitingForOthers >= waitingForPgs
        ? ['slow-requests-victim', `waits for other OSDs${them} in ${waitingForOthers} of them: look there`]
        : [
            'slow-requests-pgs',
            `${waitingForPgs} of them wait for a PG to peer or an object to be recovered: look at \`ceph health detail\``,
          ]
  return {
    code: kind,
    verdict: 'confirmed',
    severity: 'warning',
    summary: `${name} has ${total} slow requests, and ${where}.`,
    details: [],
    evidence: [blockedOps.observation.probe, ...(health.observation ? [health.observation.probe] : [])],
  }
}

/** PGs with this OSD that wait for others: the fault is elsewhere. */
export function waiting({ view, stuck }: Known): Draft | undefined {
  if (!stuck.seen) return undefined
  const own = stuck.value.filter(
    ({ up, acting, blockedBy }) =>
      [...up, ...acting].includes(view.osd.id) && !blockedBy.includes(view.osd.id),
  )
  if (own.length === 0) return undefined
  const by = [...new Set(own.flatMap(({ blockedBy }) => blockedBy))]
  return {
    code: 'pgs-wait',
    verdict: 'confirmed',
    severity: 'warning',
    summary: `${own.length} PG${own.length === 1 ? '' : 's'} of ${nameOf(view.osd.id)} do${own.length === 1 ? 'es' : ''} not serve${by.length > 0 ? `, blocked by ${by.map(nameOf).join(', ')}` : ''}.`,
    details: [listOf(own.map(({ id, state }) => `${id} ${state}`))],
    evidence: [stuck.observation.probe],
  }
}
