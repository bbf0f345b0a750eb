import type { Unseen } from '../shared/finding.ts'
import type { Reading } from '../shared/probe.ts'
import { code } from '../shared/text.ts'
import { inUse, type Situation } from './situation.ts'

type Part = [what: string, reading: Reading<unknown> | undefined]

/** What should have been seen and wasn't, with its reason. */
export function unseenOf(situation: Situation): Unseen[] {
  const { client, mgsHosts, nodes } = situation.evidence
  const at = code(client.host.name)
  const parts: Part[] = [
    [`kernel log of ${at}`, client.log],
    [`mounts of ${at}`, client.mounts],
    [`connections of ${at}`, client.imports],
    [`devices of ${at}`, client.devices],
    [`LNet of ${at}`, client.lnet],
    [`LNet interfaces of ${at}`, client.net],
    [`fstab of ${at}`, client.fstab],
    ...nodes.flatMap(({ nids }) => nids.map(({ nid, ping }): Part => [`NID ${code(nid)}`, ping])),
    ...mgsHosts.flatMap(({ host, log, devices, lnet, fileSystems, exports, pings }): Part[] => [
      [`devices of ${code(host.name)}`, devices],
      [`kernel log of ${code(host.name)}`, log],
      [`LNet of ${code(host.name)}`, lnet],
      [`file systems of the MGS on ${code(host.name)}`, fileSystems],
      [`clients of the MGS on ${code(host.name)}`, exports],
      ...pings.map(({ nid, ping }): Part => [`${code(nid)} from ${code(host.name)}`, ping]),
    ]),
  ]
  const gaps = parts.flatMap(([what, reading]): Unseen[] =>
    !reading || reading.seen || reading.code === 'pending'
      ? []
      : [{ what, why: reading.why, ...(reading.observation && { probe: reading.observation.probe }) }],
  )
  return [...gaps, ...beyond(situation)]
}

/** What nobody looked at. */
function beyond(situation: Situation): Unseen[] {
  const { evidence, servers, now } = situation
  const gaps: Unseen[] = []
  if (evidence.mgsHosts.length === 0 && inUse(situation) !== 'yes')
    gaps.push({ what: 'the MGS itself', why: 'no host of the inventory has the role `lustre-mgs`' })
  for (const { name, hostName, node } of servers)
    if (node.named && hostName === undefined && evidence.mgsHosts.length > 0)
      gaps.push({
        what: `the server behind ${code(name)}`,
        why: 'no host with the role `lustre-mgs` has this NID',
      })
  const { log } = evidence.client
  if (!log.seen) return gaps
  const { from, cut } = log.value.log
  if (from === undefined)
    gaps.push({ what: 'when things happened', why: 'the log’s times could not be read' })
  else if (now - from < 600_000 && log.value.source !== 'dmesg')
    gaps.push({ what: 'what happened earlier', why: 'the log reaches back only a few minutes' })
  if (cut.start) gaps.push({ what: 'the first message of the log', why: 'its beginning is cut off' })
  return gaps
}
