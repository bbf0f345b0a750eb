import { z } from 'zod'
import { NotSeen, type Output } from '../shared/probe.ts'
import type { Act, Remedy, RemedyContext, RemedyPlan, Verify } from '../shared/remedy.ts'
import { code } from '../shared/text.ts'
import type { LustreArgs } from './args.ts'
import { gather } from './evidence.ts'
import { fsnameOf, type Import, works } from './imports.ts'
import { lustreMounts } from './mounts.ts'
import { basisOfRetry, MOUNT_POINT } from './offers.ts'
import { hostProbes } from './probes.ts'
import { type Situation, situationOf } from './situation.ts'

const RetryParams = z.strictObject({ path: z.string().regex(MOUNT_POINT) })

/** A mount that finds its MGS takes seconds; one that does not waits for minutes and is ended before that. */
const MOUNT_LIMIT_MS = 90_000

/** Without a device, mount takes it and its options from fstab. */
export const mountArgv = (path: string) => ['mount', path] as const

/** Mounts what fstab has at this place, and proves it. Undone by unmounting. */
export const retryMount: Remedy<LustreArgs> = {
  name: 'retry-mount',
  params: RetryParams,
  basis: (params, context) => basisOfRetry(situationIn(context), RetryParams.parse(params).path),
  plan: (params, context) => plan(RetryParams.parse(params).path, context),
}

function situationIn({ args, inventory, seen, now }: RemedyContext<LustreArgs>): Situation {
  const { evidence } = gather(args, inventory, seen)
  if ('code' in evidence) throw new NotSeen('no-host', 'there is no Lustre client of that name')
  return situationOf(args, evidence, now)
}

function plan(path: string, context: RemedyContext<LustreArgs>): RemedyPlan {
  const { fsname, evidence, written } = situationIn(context)
  const { host } = evidence.client
  if (written?.path !== path)
    throw new NotSeen('absent', `fstab does not have ${code(fsname)} at ${code(path)}`)
  const probes = hostProbes(host)
  const mount: Act = {
    kind: 'act',
    id: 'mount',
    host: host.name,
    argv: mountArgv(path),
    limitMs: MOUNT_LIMIT_MS,
    touches: `mount:${path}`,
    done: `mounted ${code(path)}`,
    check: refuseFailure,
  }
  const isThere: Verify<ReturnType<typeof lustreMounts>> = {
    kind: 'verify',
    id: 'is-mounted',
    probe: {
      ...probes.mounts(),
      id: 'is-mounted',
      parse: (output) => lustreMounts(probes.mounts().parse(output)),
    },
    unless: (mounts) =>
      mounts.some((each) => each.path === path && each.spec.fsname === fsname)
        ? undefined
        : 'it is not in the list of mounts',
    withinMs: 5_000,
    everyMs: 500,
    done: () => 'it is in the list of mounts',
  }
  const connected: Verify<Import[]> = {
    kind: 'verify',
    id: 'connected',
    probe: { ...probes.imports(), id: 'connected' },
    unless: (imports) => notConnected(imports, fsname),
    withinMs: 30_000,
    everyMs: 2_000,
    done: (imports) =>
      `${imports.filter((each) => fsnameOf(each.target) === fsname).length} servers are connected`,
  }
  const undo = `umount ${path}`
  return {
    steps: [mount, isThere, connected],
    outcome: {
      now: `${code(fsname)} is mounted at ${code(path)} on ${code(host.name)}, and its servers are connected.`,
      next: `To take it back: \`${undo}\` there.`,
      offers: [],
    },
    stoppedAt: (step) =>
      step === 'connected'
        ? {
            now: `${code(fsname)} is mounted at ${code(path)}, but not all its servers are connected.`,
            undone: 'Nothing was undone: it connects by itself when they answer.',
            next: `Check again. To take it back: \`${undo}\`.`,
          }
        : {
            now: `Whether ${code(fsname)} is mounted at ${code(path)} is not certain.`,
            undone: 'Nothing was undone.',
            next: `Check again; the kernel's log now has the reason. If it is mounted and should not be: \`${undo}\`.`,
          },
  }
}

/** mount(8) is silent when it worked; `already mounted` would be somebody else's mount. */
function refuseFailure({ exitCode, stderr, stdout }: Output): void {
  if (exitCode !== 0 || /failed:|error/i.test(stderr))
    throw new NotSeen(
      'failed',
      (stderr.trim() || stdout.trim() || `mount ended with ${exitCode}`).split('\n')[0]!.slice(0, 300),
    )
}

/** Undefined when every server of the file system works and there is at least one MDT. */
function notConnected(imports: Import[], fsname: string): string | undefined {
  const own = imports.filter(({ target, inactive }) => fsnameOf(target) === fsname && !inactive)
  if (!own.some(({ type }) => type === 'mdc')) return 'it has no connection to an MDT'
  const broken = own.filter((each) => !works(each))
  return broken.length === 0
    ? undefined
    : `not connected: ${broken.map(({ target }) => code(target)).join(', ')}`
}
