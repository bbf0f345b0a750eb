import type { Offer } from '../shared/finding.ts'
import { statNumber } from '../shared/linux/device.ts'
import type { Remedy, RemedyContext, RemedyPlan } from '../shared/remedy.ts'
import { code } from '../shared/text.ts'
import type { LockArgs } from './args.ts'
import { QuarantineParams, renameCommand } from './basis.ts'
import { renameArgv } from './scripts.ts'
import { act, allowedMount } from './steps.ts'

type Context = RemedyContext<LockArgs>

/** Gives a lock file its name back, if that name is still free and it is still the same file. */
export const restoreLockFile: Remedy<LockArgs> = {
  name: 'restore-lock-file',
  params: QuarantineParams,
  // what it rests on is checked where it is done: the same file, and nobody at its old name
  basis: (raw) => basisOfRestore(QuarantineParams.parse(raw)),
  plan: (raw, context) => planRestore(QuarantineParams.parse(raw), context),
}

export function offerToRestore(params: QuarantineParams): Offer {
  const { host, path, to } = params
  return {
    remedy: 'restore-lock-file',
    params,
    label: 'give the lock file its name back',
    plan: `rename ${code(to)} on ${code(host)} back to ${code(path)}, if nobody has made a new one.`,
    commands: [renameCommand({ ...params, path: to, to: path })],
    touches: 'whoever wants the lock finds the old file again, with the old lock on it.',
    approvals: 1,
    basis: basisOfRestore(params),
  }
}

function basisOfRestore({ host, path, to, device, ino }: QuarantineParams): string {
  return `${host}:${to}, ${device} inode ${ino}, goes back to ${path} if that name is free`
}

function planRestore(params: QuarantineParams, context: Context): RemedyPlan {
  const { host, path, to, device, ino } = params
  const mount = allowedMount(params, context)
  const back = act(
    host,
    'restore',
    renameArgv({ from: to, to: path, device: statNumber(device), ino }),
    mount,
    renameCommand({ ...params, path: to, to: path }),
    'renamed',
    `${code(path)} has its name back`,
  )
  return {
    steps: [back],
    outcome: { now: `${code(path)} is the old file again.`, next: 'Check again.', offers: [] },
    stoppedAt: () => ({
      now: `${code(path)} was not given back, as far as can be told.`,
      undone: 'Nothing was undone.',
      next: `Somebody may have made a new ${code(path)}; look on ${code(host)}: \`ls -li ${path}*\`.`,
    }),
  }
}
