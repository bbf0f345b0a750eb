import { z } from 'zod'
import type { Playbook } from '../shared/playbook.ts'
import { NotSeen, type Output } from '../shared/probe.ts'
import type { Act, Remedy, RemedyPlan, Verify } from '../shared/remedy.ts'
import { readAnswer, type SgAnswer } from '../shared/scsi/sg.ts'
import { code } from '../shared/text.ts'
import type { LunArgs } from './args.ts'
import { basisOfReserve, diskOf, releaseArgv, releaseCommand, reserveArgv } from './basis.ts'
import { gather } from './evidence.ts'
import { initiatorProbes } from './probes.ts'
import { isHeld } from './reservations.ts'

const Params = z.strictObject({
  host: z.string().min(1).max(253),
  device: z.string().regex(/^\/dev\/disk\/by-id\/[A-Za-z0-9_.:+=-]{1,200}$/),
})

/** In the incident it was answered, with an error, after 40 s. */
const RESERVE_LIMIT_MS = 60_000
const RELEASE_LIMIT_MS = 30_000

/** Reserves the LUN the old way and releases it at once: whether RESERVE is answered, and how fast. */
export function probeReserve(watchers: Playbook | undefined): Remedy<LunArgs> {
  return {
    name: 'probe-reserve',
    params: Params,
    basis: (raw, { args, inventory, seen }) =>
      basisOfReserve(Params.parse(raw), gather(args, inventory, seen, watchers).evidence),
    plan: (raw, { args, inventory, seen }) => {
      const params = Params.parse(raw)
      const { evidence } = gather(args, inventory, seen, watchers)
      const { persistent } = diskOf(params, evidence)
      if (isHeld(evidence))
        throw new NotSeen('failed', 'somebody holds a reservation right now: RESERVE would be refused')
      if (persistent.seen && persistent.value.registrations.length > 0)
        throw new NotSeen(
          'failed',
          'keys are registered for persistent reservations: RESERVE would be refused',
        )
      return planReserve(params)
    },
    takeBack: {
      left: Params,
      plan: (raw) => {
        const params = Params.parse(raw)
        return {
          steps: [release(params)],
          now: `${code(params.host)} holds no reservation on ${code(params.device)}.`,
          otherwise: `Run ${code(releaseCommand(params))} on ${code(params.host)}, or log that initiator out of the target: a reservation ends with its session.`,
        }
      },
    },
  }
}

function planReserve(params: z.infer<typeof Params>): RemedyPlan {
  const [host, device] = [code(params.host), code(params.device)]
  return {
    steps: [reserve(params), release(params), answers(params)],
    mustNotStay: { left: params, staysMs: 0, label: 'release the LUN' },
    outcome: {
      now: 'RESERVE and RELEASE are both answered: reservations work on this LUN, and nothing stays reserved.',
      next: '',
      offers: [],
    },
    stoppedAt: (step) => {
      if (step === 'reserve')
        return {
          now: `RESERVE from ${host} did not go through: that is what ESXi meets, too.`,
          undone: 'RELEASE is sent in any case: the target may have taken the reservation after all.',
          next: 'Check again; if a watcher is left over, that is the reason. A conflict means that another host holds it.',
        }
      if (step === 'release')
        return {
          now: `${device} was reserved by ${host}; that it is released is not proven.`,
          undone: 'RELEASE is sent again.',
          next: `If that does not help: ${code(releaseCommand(params))} on ${host}, or log it out of the target.`,
        }
      return {
        now: 'RESERVE and RELEASE were answered; TEST UNIT READY was not as it should be.',
        undone: 'The reservation was released.',
        next: 'Check again.',
      }
    },
  }
}

function good(output: Output): void {
  const { answer, said } = readAnswer(output)
  if (answer === 'good') return
  const words: Record<string, string> = {
    'reservation-conflict': 'RESERVATION CONFLICT: another initiator holds it',
    'no-answer': `no answer from the target (${said})`,
    busy: 'the target says that it is busy',
    'not-ready': 'the LUN is not ready',
    'not-there': `the target does not have this LUN any more (${said})`,
    offline: `the kernel has given the disk up (${said})`,
    other: said,
  }
  throw new NotSeen('failed', words[answer] ?? said)
}

const reserve = (params: z.infer<typeof Params>): Act => ({
  kind: 'act',
  id: 'reserve',
  host: params.host,
  argv: reserveArgv(params),
  limitMs: RESERVE_LIMIT_MS,
  touches: `device:${params.device}`,
  done: (took) => `RESERVE(6): good, in ${took}`,
  check: good,
})

/** A RELEASE by who holds nothing is answered with GOOD and changes nothing: it may be sent again. Source: SPC-2, 7.19. */
const release = (params: z.infer<typeof Params>): Act => ({
  kind: 'act',
  id: 'release',
  host: params.host,
  argv: releaseArgv(params),
  limitMs: RELEASE_LIMIT_MS,
  touches: `device:${params.device}`,
  done: (took) => `RELEASE(6): good, in ${took}`,
  undo: true,
  check: good,
})

const answers = ({ host, device }: z.infer<typeof Params>): Verify<SgAnswer> => ({
  kind: 'verify',
  id: 'answers',
  probe: { ...initiatorProbes(host).ready(device), id: 'answers' },
  unless: ({ answer, said }) => (answer === 'good' ? undefined : `TEST UNIT READY: ${said || answer}`),
  withinMs: 10_000,
  everyMs: 1_000,
  done: () => 'the LUN answers',
})
