import { code } from '../../shared/text.ts'
import { LOOP_STARTS } from '../draft.ts'
import { nameOf } from '../words.ts'
import { clientOf } from './client-meaning.ts'
import type { Happening, Scene } from './scene.ts'
import type { Told } from './told.ts'

const GAVE_UP = 5

/** It was so later in the same text. */
function after(scene: Scene, kinds: string[], osd: string | undefined, some: Happening[]): boolean {
  const last = scene.happenings.lastIndexOf(some.at(-1)!)
  return scene.happenings.some(
    (each, at) => at > last && kinds.includes(each.kind) && (osd === undefined || each.osd === osd),
  )
}

export function meaningOf(
  scene: Scene,
  kind: string,
  osd: string | undefined,
  some: Happening[],
): Told | undefined {
  const name = osd === undefined ? 'An OSD' : nameOf(osd)
  const first = some[0]!
  switch (kind) {
    case 'accept':
      return acceptOf(scene, name, some)
    case 'accept-abort':
      return {
        ...{
          code: 'accept-abort',
          severity: 'critical',
          next: 'Whether it runs, and how near its limit it is',
        },
        summary: `${name} aborted, because it could not take new connections five times in a row`,
        details: [
          'Releases with PR 23306 abort instead of going deaf. A restart alone does not help; a higher limit on open files does.',
        ],
      }
    case 'no-reply': {
      const reporters = [...new Set(some.flatMap(({ what }) => what ?? []))]
      return {
        ...{ code: 'heartbeat-no-reply', severity: 'warning', next: 'Whether it runs and takes connections' },
        summary: `${name} did not answer heartbeats${reporters.length > 0 ? ` of ${reporters.slice(0, 4).map(code).join(', ')}` : ''}`,
        details: [
          'One target and many reporters: that OSD or its host. Many targets and one reporter: the reporter or its network.',
        ],
      }
    }
    case 'failed':
    case 'marked-down':
    case 'kernel-down':
      return after(scene, ['boot', 'kernel-up'], osd, some)
        ? {
            code: 'osd-came-back',
            severity: 'info',
            summary: `${name} was marked down and came back later in this text`,
          }
        : {
            code: 'osd-marked-down',
            severity: 'warning',
            summary: some.every(({ text }) => /marked itself (?:down|dead)/.test(text))
              ? `${name} told the monitors that it stops, as in an orderly stop`
              : `${name} was reported failed or marked down`,
            next: 'Whether it is back, and why it went',
          }
    case 'marked-out':
      return {
        code: 'osd-marked-out',
        severity: 'warning',
        summary: `${name} was marked out, so its data is copied elsewhere`,
        next: 'How it is now',
      }
    case 'wrongly':
      return {
        ...{
          code: 'wrongly-marked-down',
          severity: 'warning',
          next: 'Whether it takes connections on all of its addresses',
        },
        summary: `${name} was marked down while it ran: its peers could not reach it`,
        details: [
          'Network, a deaf address, a stalled disk or an overloaded host; it comes back by itself, perhaps again and again.',
        ],
      }
    case 'slow': {
      const waits = some.findLast(({ what }) => what !== undefined)?.what
      return {
        ...{ code: 'slow-ops', severity: 'warning', next: 'What its requests wait for' },
        summary: `${name} had slow requests${waits === undefined ? '' : ` (${code(waits)})`}`,
        doNot: [
          'restart all OSDs, or every one that is slow',
          'each restart makes PGs peer anew; look at the one that the others wait for',
        ],
      }
    }
    case 'slow-heartbeat':
      return {
        code: 'slow-heartbeats',
        severity: 'warning',
        summary: `Heartbeats to ${name} were slow`,
        next: 'How it is now',
      }
    case 'crash':
      return {
        ...{ code: 'daemon-crashed', severity: 'critical', next: 'Whether it runs, or dies again and again' },
        summary: `${name === 'An OSD' ? 'A daemon' : name} crashed: ${code(first.what ?? 'signal')}`,
        details: [
          'The assert and the lines below it (the backtrace) say why; look at them before another restart.',
        ],
      }
    case 'suicide':
      return {
        ...{ code: 'suicide-timeout', severity: 'critical', next: 'Its process, its disk and its log' },
        summary: `${name} ended itself, because one of its threads stood still for too long`,
        details: ['Most often its disk does not answer; look at the kernel log of that host.'],
      }
    case 'stalled':
      return {
        code: 'thread-stalled',
        severity: 'warning',
        summary: `A thread of ${name} stood still (${code(first.what ?? '')})`,
        next: 'Its disk and its requests',
      }
    case 'start':
      return startsAgainAndAgain(some)
        ? {
            code: 'many-starts',
            severity: 'warning',
            summary: `${name} was started ${some.length} times in this text`,
            next: 'Whether it dies again and again',
          }
        : undefined
    case 'cleared':
      return {
        code: 'complaint-cleared',
        severity: 'info',
        summary: `${some
          .map(({ what }) => code(what ?? ''))
          .slice(0, 4)
          .join(', ')} was over later in this text`,
      }
    case 'disk':
      return {
        code: 'disk-errors',
        severity: 'critical',
        summary: `${name} met errors of its disk or its store`,
        next: 'Its process and its disk',
      }
    default:
      return clientOf(kind, name, first)
  }
}

/** Starts at different times; several OSDs of a host that start together are no loop. */
function startsAgainAndAgain(some: readonly Happening[]): boolean {
  const times = new Set(some.flatMap(({ at }) => at?.slice(0, -1) ?? []))
  return times.size >= LOOP_STARTS
}

function acceptOf(scene: Scene, name: string, all: Happening[]): Told {
  // ECONNABORTED: whoever connected was gone before it was taken
  const some = all.filter(({ errno }) => errno !== '103')
  if (some.length === 0)
    return {
      code: 'accept-aborted',
      severity: 'info',
      summary: `Somebody broke off connecting to ${name === 'An OSD' ? 'an OSD' : name} before it was taken (errno 103), as port scans and timeouts do`,
    }
  const errno = some.at(-1)!.errno
  const why =
    errno === '24'
      ? 'it had no free descriptor'
      : errno === '23'
        ? 'the machine had no free file'
        : `errno ${errno ?? 'unknown'}`
  const aborted = scene.happenings.some(({ kind }) => kind === 'accept-abort')
  const old = some.some(({ text }) => /accepter no incoming/.test(text))
  return {
    ...{ code: errno === '23' ? 'accept-enfile' : errno === '24' ? 'accept-emfile' : 'accept-failed' },
    severity: errno === '24' || errno === '23' ? 'critical' : 'warning',
    next: 'Whether it still takes connections, and its limits',
    summary: `${name} could not take new connections, because ${why}`,
    details: [
      ...(old
        ? [
            `Old releases stop listening for good after ${GAVE_UP} such errors in a row: the OSD stays up, and nobody can connect anew.`,
          ]
        : []),
      ...(aborted ? [] : ['Heartbeats go on over old connections, so the cluster may call it healthy.']),
    ],
    doNot: [
      'trust that the OSD is `up`, or restart all OSDs',
      'a deaf OSD stays up in the map; only that one needs a restart, after `ok-to-stop`, and a higher limit',
    ],
  }
}
