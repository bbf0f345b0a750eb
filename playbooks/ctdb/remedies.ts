import { z } from 'zod'
import type { Relative } from '../shared/linux/family.ts'
import { readStat, statArgv } from '../shared/linux/stat.ts'
import { NotSeen, type Probe } from '../shared/probe.ts'
import type { Act, Remedy, RemedyContext, RemedyPlan, Step, Verify } from '../shared/remedy.ts'
import { code } from '../shared/text.ts'
import type { CtdbArgs } from './args.ts'
import { emptyArgv, endArgv, switchArgv, timerArgv, typed } from './commands.ts'
import type { ScriptRun } from './events.ts'
import { gather } from './evidence.ts'
import { nodeOf } from './node.ts'
import { basisOf, HOLD_S, offerToReset, type RemedyName } from './offers.ts'
import { nodeProbes } from './probes.ts'
import { isReady, type Ready } from './ready.ts'
import type { FileFact } from './reclock-script.ts'
import { gunsIn } from './waiting.ts'
import { clockTime } from './words.ts'

type Context = RemedyContext<CtdbArgs>

const NodeParams = z.strictObject({ node: z.string().min(1).max(200) })

/** Switches 01.reclock off with a deadline, ends what waits to shut the node down, and proves that nothing is left of it. */
export const disarm = remedy('disarm', planStop)
/** The same before it has come so far: the count stands still. */
export const holdMonitoring = remedy('hold-monitoring', planStop)
/** Empties the counter once the lock answers, and switches the script on again where it was off. */
export const resetCounter = remedy('reset-counter', planReset)

function remedy(name: RemedyName, plan: (node: Ready, context: Context) => RemedyPlan): Remedy<CtdbArgs> {
  const nodeIn = (params: Record<string, string>, context: Context) =>
    readyNode(NodeParams.parse(params).node, context)
  return {
    name,
    params: NodeParams,
    basis: (params, context) => basisOf(nodeIn(params, context), name),
    plan: (params, context) => plan(nodeIn(params, context), context),
  }
}

function readyNode(name: string, { args, inventory, seen }: Context): Ready {
  const view = gather(args, inventory, seen).nodes.find(({ host }) => host.name === name)
  if (!view) throw new NotSeen('no-host', `${code(name)} is no CTDB node here any more`)
  const node = nodeOf(view)
  if (!isReady(node))
    throw new NotSeen(
      'failed',
      `the lock, the script, its counter or the processes of ${code(name)} could not be seen`,
    )
  return node
}

function planStop(node: Ready, { args, now }: Context): RemedyPlan {
  const steps = stepsFor(node, args)
  const until = clockTime(now + HOLD_S * 1000)
  const name = code(node.name)
  const waiting = node.guns.map(({ pid }) => pid)
  return {
    steps: [
      ...(node.enabled ? [steps.timer(until), steps.timerRuns, steps.off, steps.isOff] : []),
      ...(waiting.length > 0 ? [steps.end(waiting)] : []),
      steps.nonePending,
    ],
    outcome: {
      now: `No \`ctdb shutdown\` is pending on ${name}, and \`01.reclock\` is off until ${until} at the latest.`,
      next: 'Bring the storage back. When its file system answers, start the count again from 0, below.',
      offers: [offerToReset(node, false)],
    },
    stoppedAt: (step) => ({
      now:
        step === 'timer' || step === 'timer-runs'
          ? `\`01.reclock\` runs on ${name} as before; whether the timer was set is not certain.`
          : step === 'off' || step === 'is-off'
            ? `Whether \`01.reclock\` on ${name} is off is not certain.`
            : `\`01.reclock\` on ${name} is off, but a \`ctdb shutdown\` may still be pending there.`,
      undone: `Nothing was undone. If the timer was set, it switches \`01.reclock\` on again at ${until}, with its count at 0.`,
      next: 'Leave the storage as it is, and check again now.',
      offers: step === 'timer' || step === 'timer-runs' ? [] : [offerToReset(node, false)],
    }),
  }
}

function planReset(node: Ready, { args }: Context): RemedyPlan {
  const steps = stepsFor(node, args)
  const name = code(node.name)
  return {
    steps: [
      steps.answers,
      steps.empty,
      ...(node.enabled ? [] : [steps.on]),
      steps.content(node.script.unhealthyAt),
      steps.ran,
    ],
    outcome: {
      now: `The lock's file answers on ${name}, \`01.reclock\` runs and counts from 0.`,
      next: '',
      offers: [],
    },
    stoppedAt: (step) =>
      step === 'answers'
        ? {
            now: `The lock's file does not answer on ${name}.`,
            undone: 'Nothing was changed.',
            next: 'Bring its file system back first; then check again.',
          }
        : {
            now: `The counter on ${name} was emptied${node.enabled ? '' : ' and `01.reclock` switched on, perhaps'}; that it is content is not proven.`,
            undone:
              'Nothing was undone: a counter at 0 is where it starts, and gives the node its full time.',
            next: 'Check again.',
          },
  }
}

/** The steps that the remedies are made of, bound to one node. */
function stepsFor(node: Ready, { base }: CtdbArgs) {
  const { script, counter, lock, view, mount } = node
  const probes = nodeProbes(view.host, base)
  const host = node.name
  const tunables = view.tunables.seen ? view.tunables.value : { monitorIntervalS: 15, scriptTimeoutS: 30 }
  const act = (id: string, argv: Act['argv'], done: string, differs: Partial<Act> = {}): Act => ({
    kind: 'act',
    id,
    host,
    argv,
    shown: typed(argv),
    limitMs: 10_000,
    touches: `ctdb:${id}`,
    done,
    check: ({ exitCode, stderr, stdout }) => {
      if (exitCode !== 0)
        throw new NotSeen('failed', (stderr || stdout).trim().slice(0, 200) || `it ended with ${exitCode}`)
    },
    ...differs,
  })
  const verify = <T>(
    id: string,
    probe: Probe<T>,
    unless: (value: T) => string | undefined,
    withinMs: number,
    done: string,
  ): Verify<T> => ({
    kind: 'verify',
    id,
    probe: { ...probe, id },
    unless,
    withinMs,
    everyMs: 500,
    done: () => done,
  })
  const isOn = (files: FileFact[]) => files.find(({ path }) => path === script.path)?.executable === true
  const steps = {
    timer: (until: string) =>
      act(
        'timer',
        timerArgv(script, counter.path, HOLD_S),
        `set a timer on ${code(host)}: back on at ${until}`,
      ),
    timerRuns: verify(
      'timer-runs',
      probes.family(),
      (family: Relative[]) => (hasTimer(family) ? undefined : 'the timer does not run'),
      5_000,
      'the timer runs',
    ),
    off: act('off', switchArgv(script, 'off'), 'switched `01.reclock` off'),
    isOff: verify(
      'is-off',
      probes.files(),
      (files: FileFact[]) => (isOn(files) ? '`01.reclock` is still on' : undefined),
      5_000,
      'it is off',
    ),
    end: (pids: string[]) =>
      act('end', endArgv(pids), `ended the \`01.reclock\` that waited (pid ${pids.join(', ')})`, {
        check: ({ exitCode, stderr }) => {
          // CTDB may have ended it in this moment; what counts is what is left, below
          const others = stderr
            .split('\n')
            .filter((line) => line.trim() !== '' && !/No such process/.test(line))
          if (exitCode !== 0 && others.length > 0) throw new NotSeen('failed', others[0]!.slice(0, 200))
        },
      }),
    nonePending: verify(
      'none-pending',
      probes.family(),
      (family: Relative[]) => {
        const [gun] = gunsIn(family, true)
        return gun && `\`01.reclock\` (pid ${gun.pid}) still waits for \`${gun.waitsFor}\``
      },
      // one that was started before the switch ends at CTDB's own limit
      (tunables.scriptTimeoutS + 15) * 1000,
      'no `ctdb shutdown` is pending',
    ),
    answers: verify(
      'answers',
      {
        id: 'answers',
        host,
        argv: statArgv(lock.path),
        limitMs: 4_000,
        touches: `mount:${mount?.path ?? lock.path}`,
        looking: 'the lock',
        parse: readStat,
      },
      (stat) =>
        stat.kind === 'regular' ? undefined : `${code(lock.path)} is not a regular file (${stat.kind})`,
      // asked once: whoever hangs there stays there
      0,
      "the lock's file answers",
    ),
    empty: act('empty', emptyArgv(counter.path), 'emptied the counter'),
    on: act('on', switchArgv(script, 'on'), 'switched `01.reclock` on'),
    content: (unhealthyAt: number) =>
      verify(
        'content',
        probes.files(),
        (files: FileFact[]) => {
          const count = files.find(({ path }) => path === counter.path)?.bytes
          if (!isOn(files)) return '`01.reclock` is off'
          return count === undefined || count >= unhealthyAt
            ? `the count is ${count ?? 'not known'}`
            : undefined
        },
        5_000,
        'the count is low',
      ),
    ran: verify(
      'ran',
      probes.runs(),
      (runs: ScriptRun[]) => {
        const state = runs.find(({ name }) => name === '01.reclock')?.state
        return state === 'OK' ? undefined : `\`01.reclock\` says ${state ?? 'nothing yet'}`
      },
      (3 * tunables.monitorIntervalS + tunables.scriptTimeoutS + 5) * 1000,
      '`01.reclock` ran and is content',
    ),
  }
  return steps satisfies Record<string, Step | ((...values: never[]) => Step)>
}

/** A find with a young sleep below it. */
function hasTimer(family: readonly Relative[]): boolean {
  return family.some(
    ({ name, ppid, ageS }) =>
      name === 'sleep' &&
      ageS < 120 &&
      family.some((parent) => parent.pid === ppid && parent.name === 'find'),
  )
}
