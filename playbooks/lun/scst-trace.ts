import { z } from 'zod'
import type { Playbook } from '../shared/playbook.ts'
import { NotSeen, type Output } from '../shared/probe.ts'
import type { Act, Remedy, RemedyPlan, Step, Verify } from '../shared/remedy.ts'
import { code } from '../shared/text.ts'
import type { LunArgs } from './args.ts'
import { basisOfTrace, scstOf } from './basis.ts'
import { gather } from './evidence.ts'
import { commandOf } from './next.ts'
import { DEBUG_CONTROL, type DebugSite, FUNCTIONS } from './scst.ts'
import { targetProbes } from './targets.ts'
import {
  addedTokens,
  backLines,
  onLines,
  shownWrite,
  silentSites,
  sitesFrom,
  sitesText,
  TRACE_LEVEL,
  writeArgv,
} from './trace.ts'

const Host = z.string().min(1).max(253)
const Params = z.strictObject({
  host: Host,
  minutes: z.string().regex(/^(?:[1-9]|[12]\d|30)$/),
})

/** What was so before: the sites that were silent, with their flags, and the tokens that were not there. */
const Left = z.strictObject({
  host: Host,
  sites: z.string().refine((text) => {
    const sites = sitesFrom(text)
    return (
      sites?.every(
        ({ file, func }) => /^[\w./+-]+$/.test(file) && (FUNCTIONS as readonly string[]).includes(func),
      ) === true
    )
  }, 'not the debug sites of SCST'),
  tokens: z.string().regex(/^(?:(?:scsi|pr)(?: (?:scsi|pr))*)?$/),
})

/** Lets SCST log reservations for some minutes. Only what was off is switched on, and exactly that is switched off again. */
export function scstTrace(watchers: Playbook | undefined): Remedy<LunArgs> {
  return {
    name: 'scst-trace',
    params: Params,
    basis: (raw, { args, inventory, seen }) =>
      basisOfTrace(Params.parse(raw), gather(args, inventory, seen, watchers).evidence),
    plan: (raw, { args, inventory, seen }) => {
      const params = Params.parse(raw)
      const { level, sites } = scstOf(params, gather(args, inventory, seen, watchers).evidence)
      const tokens = level === undefined ? [] : addedTokens(level)
      const silent = silentSites(sites)
      if (tokens.length === 0 && silent.length === 0)
        throw new NotSeen('absent', `SCST on ${params.host} logs reservations already`)
      return planTrace(params, silent, tokens, commandOf(args))
    },
    takeBack: {
      left: Left,
      plan: (raw) => {
        const { host, sites: text, tokens: words } = Left.parse(raw)
        const sites = sitesFrom(text)!
        const tokens = words.split(' ').filter(Boolean)
        return {
          steps: [
            ...(sites.length > 0
              ? [
                  write(host, 'debug-off', DEBUG_CONTROL, backLines(sites), 'debug messages as before'),
                  asBefore(host, sites),
                ]
              : []),
            ...(tokens.length > 0
              ? [
                  write(
                    host,
                    'level-off',
                    TRACE_LEVEL,
                    tokens.map((token) => `del ${token}`),
                    'trace level as before',
                  ),
                  withoutTokens(host, tokens),
                ]
              : []),
          ],
          now: `SCST on ${code(host)} logs as it did before.`,
          otherwise: `On ${code(host)}: ${[
            ...shownWrite(DEBUG_CONTROL, backLines(sites)),
            ...shownWrite(
              TRACE_LEVEL,
              tokens.map((token) => `del ${token}`),
            ),
          ]
            .map(code)
            .join(', ')}.`,
        }
      },
    },
  }
}

function planTrace(
  { host, minutes }: z.infer<typeof Params>,
  sites: DebugSite[],
  tokens: string[],
  again: string,
): RemedyPlan {
  const steps: Step[] = [
    ...(sites.length > 0
      ? [write(host, 'debug-on', DEBUG_CONTROL, onLines(sites), 'debug messages on'), printing(host, sites)]
      : []),
    ...(tokens.length > 0
      ? [
          write(
            host,
            'level-on',
            TRACE_LEVEL,
            tokens.map((token) => `add ${token}`),
            `trace level: added ${tokens.join(', ')}`,
          ),
          withTokens(host, tokens),
        ]
      : []),
  ]
  return {
    steps,
    mustNotStay: {
      left: { host, sites: sitesText(sites), tokens: tokens.join(' ') },
      staysMs: Number(minutes) * 60_000,
      label: 'turn the trace off',
    },
    outcome: {
      now: `SCST on ${code(host)} logs who reserves and releases, for ${minutes} min; then everything is set back to what it was.`,
      next: `Meanwhile ${code(again)} reads what it logs; in the kernel's log: \`scst_reserve_dev\`, \`Reservation conflict\`.`,
      offers: [],
    },
    stoppedAt: () => ({
      now: `Not all of the trace on ${code(host)} could be switched on.`,
      undone: 'What was switched on is set back now.',
      next: `Look at ${code(`cat ${TRACE_LEVEL}`)} on ${code(host)}.`,
    }),
  }
}

function write(host: string, id: string, file: string, lines: readonly string[], done: string): Act {
  return {
    kind: 'act',
    id,
    host,
    argv: writeArgv(file, lines),
    shown: shownWrite(file, lines).join('; '),
    limitMs: 10_000,
    touches: `file:${file}`,
    done,
    undo: id.endsWith('-off'),
    check: (output: Output) => {
      if (output.exitCode !== 0 || output.stdout.trim() !== `written ${lines.length}`)
        throw new NotSeen('failed', output.stderr.trim().slice(0, 300) || `it ended with ${output.exitCode}`)
    },
  }
}

const soon = { withinMs: 5_000, everyMs: 500 } as const
const same = (a: DebugSite, b: DebugSite) => a.file === b.file && a.line === b.line && a.func === b.func

const printing = (host: string, sites: readonly DebugSite[]): Verify<DebugSite[]> => ({
  ...{ kind: 'verify', id: 'debug-is-on', ...soon },
  probe: { ...targetProbes(host).debugSites(), id: 'debug-is-on' },
  unless: (now) =>
    sites.every((site) => now.some((each) => same(each, site) && each.flags.includes('p')))
      ? undefined
      : 'debug messages are not on',
  done: () => 'they are on',
})

const asBefore = (host: string, sites: readonly DebugSite[]): Verify<DebugSite[]> => ({
  ...{ kind: 'verify', id: 'debug-is-off', ...soon },
  probe: { ...targetProbes(host).debugSites(), id: 'debug-is-off' },
  // a module that was loaded again begins without
  unless: (now) =>
    now.every(
      (each) =>
        !sites.some((site) => same(each, site)) ||
        sites.some((site) => same(each, site) && order(each.flags) === order(site.flags)),
    )
      ? undefined
      : 'debug messages are not as before',
  done: () => 'they are as before',
})

const order = (flags: string) => [...flags].sort().join('')

const withTokens = (host: string, tokens: readonly string[]): Verify<string[]> => ({
  ...{ kind: 'verify', id: 'level-is-on', ...soon },
  probe: { ...targetProbes(host).traceLevel(), id: 'level-is-on' },
  unless: (level) =>
    tokens.every((token) => level.includes(token)) ? undefined : 'the trace level was not taken',
  done: (level) => `it is ${level.join(' | ')}`,
})

const withoutTokens = (host: string, tokens: readonly string[]): Verify<string[]> => ({
  ...{ kind: 'verify', id: 'level-is-off', ...soon },
  probe: { ...targetProbes(host).traceLevel(), id: 'level-is-off' },
  unless: (level) =>
    tokens.some((token) => level.includes(token)) ? 'the trace level is not as before' : undefined,
  done: (level) => `it is ${level.join(' | ') || 'empty'} again`,
})
