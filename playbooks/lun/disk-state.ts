import { code } from '../shared/text.ts'
import type { Draft } from './draft.ts'
import type { Disk, InitiatorView } from './initiators.ts'

/**
 * What a Linux initiator is told when it asks for the disk itself: not there, not ready, or not asked any more. Where ESXi has
 * the LUN, that is a matter between the target and this host.
 */
export function stateOf(
  { host }: InitiatorView,
  { byId, kernelName, ready, inquiry }: Disk,
  others: 'have-it' | 'not-known',
): Draft[] {
  const severity = others === 'have-it' ? 'warning' : 'critical'
  const turs = [`lun-turs:${byId}@${host.name}`]
  const here = `${code(kernelName)} of ${code(host.name)}`
  if (inquiry.seen && inquiry.value.answer === 'not-there')
    return [
      {
        ...{ code: 'permanent-device-loss', verdict: 'confirmed', severity },
        summary:
          others === 'have-it'
            ? `The target does not show the LUN to ${code(host.name)} any more; ESXi has it.`
            : `The target has no such LUN any more: it says so to ${code(host.name)}.`,
        details: [
          'INQUIRY is answered with peripheral qualifier 3: the LUN was deleted, or is not shown to this initiator.',
        ],
        evidence: [`lun-inq:${byId}@${host.name}`, ...turs],
      },
    ]
  if (!ready.seen) return []
  const { answer, said } = ready.value
  if (answer === 'offline')
    return [
      {
        ...{ code: 'device-offline', verdict: 'confirmed', severity, evidence: turs },
        summary: `The disk ${here} is offline: its kernel lets nobody open it${others === 'have-it' ? '; ESXi has it' : ''}.`,
        details: [
          `${said}. It was lost for too long, or set offline by hand; \`cat /sys/block/${kernelName}/device/state\` says which.`,
        ],
      },
    ]
  if (answer === 'not-ready')
    return [
      {
        ...{ code: 'not-ready', verdict: 'confirmed', severity: 'warning', evidence: turs },
        summary: `The target answers ${code(host.name)} that the LUN is not ready.`,
        details: [
          `TEST UNIT READY: ${said}. Targets say so for a LUN that was taken offline, or a passive path.`,
        ],
      },
    ]
  if (answer === 'busy' || answer === 'other' || answer === 'not-there')
    return [
      {
        ...{ code: 'commands-fail', verdict: 'confirmed', severity: 'warning', evidence: turs },
        summary: `TEST UNIT READY from ${code(host.name)} fails: ${said || 'no reason was given'}.`,
        details: [],
      },
    ]
  return []
}
