import { statNumber } from '../shared/linux/device.ts'
import { NotSeen } from '../shared/probe.ts'
import type { Remedy, RemedyContext, RemedyPlan } from '../shared/remedy.ts'
import { code } from '../shared/text.ts'
import type { LockArgs } from './args.ts'
import { basisOfQuarantine, QuarantineParams, renameCommand } from './basis.ts'
import { type Evidence, type FileView, gather } from './evidence.ts'
import { holderOf } from './judge.ts'
import { probesOf } from './probes.ts'
import { offerToRestore } from './restore.ts'
import { renameArgv } from './scripts.ts'
import { act, allowedMount, releaseOf, verify } from './steps.ts'

type Context = RemedyContext<LockArgs>

/** Renames a lock file beside itself, so that the next program makes a new one. Nothing is ever removed. */
export const quarantineLockFile: Remedy<LockArgs> = {
  name: 'quarantine-lock-file',
  params: QuarantineParams,
  // one look cannot tell a holder that hangs from one that works, nor a lock that is left over from one on its way
  looksTwice: true,
  basis: (raw, context) => {
    const params = QuarantineParams.parse(raw)
    const { view, evidence } = viewOf(params.ino, context, params)
    return basisOfQuarantine(params, view, holderOf(view, evidence, context.inventory))
  },
  plan: (raw, context) => planQuarantine(QuarantineParams.parse(raw), context),
}

export function viewOf(
  ino: string,
  { args, inventory, seen }: Context,
  at?: { host: string; path: string },
): { view: FileView; evidence: Evidence } {
  const { evidence } = gather(args, inventory, seen)
  const views = evidence.files.filter(({ file }) => file.ino === ino)
  const view =
    views.find(({ name }) => at && name?.host.name === at.host && name.path === at.path) ?? views[0]
  if (!view) throw new NotSeen('absent', 'the file is not found any more, or nobody has it open')
  return { view, evidence }
}

function planQuarantine(params: QuarantineParams, context: Context): RemedyPlan {
  const { view, evidence } = viewOf(params.ino, context, params)
  const mount = allowedMount(params, context, view)
  const probes = probesOf(params.host)
  const { path, to, ino, host } = params
  const rename = act(
    host,
    'rename',
    renameArgv({ from: path, to, device: statNumber(params.device), ino }),
    mount,
    renameCommand(params),
    'renamed',
    `renamed to ${code(to)}`,
  )
  const moved = verify({
    id: 'moved',
    probe: { ...probes.name(to, mount), id: 'moved' },
    withinMs: 5_000,
    everyMs: 1_000,
    unless: (stat) => (stat.kind === 'regular' && stat.ino === ino ? undefined : `${to} is another file`),
    done: () => `it is there, inode ${ino} as before`,
  })
  const released = releaseOf(view, evidence)
  const back = [offerToRestore(params)]
  const { hung = [], asking = [] } = evidence.processes ?? {}
  const waits = [...hung.map(({ wait }) => wait), ...asking]
  const restart = evidence.processes
    ? `Restart the service of ${[...new Set(waits.map(({ name, pid }) => `${code(name)} (pid ${pid})`))].join(', ') || 'what waits'}: it opens the new file.`
    : 'Restart what waits: it opens the new file.'
  return {
    steps: [rename, moved, ...released],
    outcome: {
      now: `${code(path)} is out of the way; the old file is ${code(to)}${released.length > 0 ? ', and nobody waits for it any more' : ''}.`,
      next: `Keep ${code(to)} until it is clear who held it. The way back is below; it works while nobody has made a new ${code(path)}.`,
      offers: back,
    },
    stoppedAt: (step) => {
      if (step === 'rename')
        return {
          now: `It is not certain whether ${code(path)} was renamed.`,
          undone: 'Nothing was undone.',
          next: `Look on ${code(host)}: \`ls -li ${path}*\`. Then check again.`,
        }
      if (step === 'moved')
        return {
          now: `${code(path)} was renamed, but ${code(to)} could not be seen.`,
          undone: 'Nothing was undone.',
          next: `Look on ${code(host)}: \`ls -li ${path}*\`.`,
          offers: back,
        }
      return {
        now: `${code(path)} is out of the way (it is ${code(to)} now), but who waited still waits: a program inside the kernel waits for the old file, whatever its name is.`,
        undone: 'Nothing was undone: whoever comes next can make a new lock file.',
        next: restart,
        offers: back,
      }
    },
  }
}
