import { FAMILY_ARGV } from '../shared/linux/family.ts'
import type { Reply, Scenario } from '../shared/scenario.ts'
import { CLOCK_ARGV } from './log.ts'
import {
  countOf,
  EVERY_S,
  gunOf,
  isDown,
  isOff,
  START,
  type State,
  started,
  statsOf,
  storageIsBack,
  storageReturns,
} from './story.ts'

const LOCK = '/var/share/ezfs/ctdb/recovery.lock'
const MONITORS = '192.168.137.137,192.168.137.138,192.168.137.139'
const COUNTER = '/var/lib/ctdb/failcount/01.reclock'
const SCRIPT = '/etc/ctdb/events.d/01.reclock'
const NODES = ['ctl-1', 'ctl-2', 'ctl-3']
const BOOT_S = 31 * 86_400
// the report's kernel waits for CephFS in this function
const WCHAN = 'ceph_mdsc_do_request'

/**
 * The incident of 2017: CephFS, which holds the recovery lock of three CTDB nodes, hangs. `ctl-1` has counted to 200 and
 * shuts itself down when the storage returns while its `df` waits; the others have some minutes left. The storage returns
 * five minutes after `ctl-1` was disarmed. Paths, addresses and messages are the report's, in the words of CTDB 2.5;
 * outputs that it does not show are written by hand after that release's source.
 */
export const lockFileSystemHangs: Scenario<State> = {
  playbook: 'ctdb',
  hosts: NODES.map((name, at) => ({
    name,
    addresses: [`192.168.137.${137 + at}`],
    roles: ['ctdb-node' as const],
  })),
  start: () => START,
  answer: (before, host, argv, now) => {
    if (!NODES.includes(host)) return undefined
    const state = started(before, now)
    const reply = answer(state, host, argv, now)
    return reply && { state: reply.state ?? state, reply: { tookMs: 30, ...reply.text } }
  },
}

type Answer = { text: Reply; state?: State } | undefined

function answer(state: State, host: string, argv: readonly string[], now: number): Answer {
  const [tool, ...words] = argv
  const say = (stdout: string): Answer => ({ text: { stdout } })
  if (tool === 'ctdb') return ctdbCommand(state, host, words, now)
  if (tool === 'ps' && argv.length === FAMILY_ARGV.length) return say(familyOf(state, host, now))
  if (tool === 'grep' && words[0] === '-sHE') return say(waitsOf(state, host, words.slice(2), now))
  if (tool === 'grep' && words[0] === '-sH')
    return {
      text: { stdout: words.some((word) => word === SCRIPT) ? scriptText() : configText(), exitCode: 2 },
    }
  if (tool === 'stat' && words[0] === '-L') return say(filesOf(state, host, now))
  if (tool === 'stat' && words.at(-1) === LOCK)
    return storageIsBack(state, now)
      ? say('1f 1099511627778 81a4 1 0 1494582540\n')
      : { text: { tookMs: 600_000 } }
  if (tool === 'date' && words.join() === CLOCK_ARGV.slice(1).join())
    return say(`${Math.floor(now / 1000)} ${stamp(now)}\n`)
  if (tool === 'cat' && words[0] === '/proc/uptime')
    return say(`${(uptime(state, now) / 1).toFixed(2)} 9000000.10\n`)
  if (tool === 'cat' && words[0] === '/proc/self/mountinfo') return say(mounts())
  if (tool === 'tail') return say(logOf(state, host, now))
  if (tool === 'kill') return { text: {}, state: { ...state, ended: { ...state.ended, [host]: now } } }
  if (tool === 'truncate')
    return { text: {}, state: { ...state, emptied: { ...state.emptied, [host]: now } } }
  // the timer of a hold: two hours are longer than the story
  if (tool === 'timeout') return { text: {}, state: { ...state, timers: { ...state.timers, [host]: now } } }
  return undefined
}

function ctdbCommand(state: State, host: string, words: string[], now: number): Answer {
  const say = (stdout: string): Answer => ({ text: { stdout } })
  if (isDown(state, host, now))
    return {
      text: { stderr: 'connect() failed, errno=111\nFailed to connect to CTDB daemon\n', exitCode: 1 },
    }
  switch (words.join(' ')) {
    case '-X status':
      return { text: { stderr: 'Invalid option -X: unknown option\n', exitCode: 1 } }
    case '-Y status':
      return say(machineStatus(state, host, now))
    case 'status':
      return say(
        'Number of nodes:3\nGeneration:1429870412\nSize:3\nRecovery mode:NORMAL (0)\nRecovery master:0\n',
      )
    case 'version':
      return say('CTDB version: 2.5.4\n')
    case 'getreclock':
      return say(`Reclock file:${LOCK}\n`)
    case 'listvars':
      return say(
        'MaxRedirectCount           = 3\nMonitorInterval            = 15\nEventScriptTimeout         = 30\n',
      )
    case 'scriptstatus':
      return say(runs(state, host, now))
    case 'disablescript 01.reclock':
      return { text: {}, state: { ...state, off: { ...state.off, [host]: now } } }
    case 'enablescript 01.reclock':
      return {
        text: {},
        state: { ...state, on: { ...state.on, [host]: now } },
      }
    default:
      return undefined
  }
}

const failing = (state: State, host: string, now: number) =>
  !isOff(state, host) && countOf(state, host, now) >= 3

function machineStatus(state: State, host: string, now: number): string {
  const rows = NODES.map((name, at) => {
    const flags = [isDown(state, name, now) ? 1 : 0, 0, 0, failing(state, name, now) ? 1 : 0, 0, 0, 0]
    return `:${at}:192.168.137.${137 + at}:${flags.join(':')}:${name === host ? 'Y' : 'N'}:\n`
  })
  return `:Node:IP:Disconnected:Banned:Disabled:Unhealthy:Stopped:Inactive:PartiallyOnline:ThisNode:\n${rows.join('')}`
}

function runs(state: State, host: string, now: number): string {
  const when = new Date(now).toUTCString().slice(0, 25)
  const reclock = isOff(state, host)
    ? '01.reclock           Status:DISABLED    \n'
    : failing(state, host, now)
      ? `01.reclock           Status:ERROR    Duration:0.046 ${when}\n   OUTPUT:ERROR: more than 3 consecutive failures for 01.reclock, marking cluster unhealthy\n\n`
      : `01.reclock           Status:OK    Duration:0.049 ${when}\n`
  return `2 scripts were executed last monitor cycle\n00.ctdb              Status:OK    Duration:0.011 ${when}\n${reclock}`
}

function filesOf(state: State, host: string, now: number): string {
  const count = countOf(state, host, now)
  const changed = Math.floor((statsOf(state, host, now).at(-1)?.at ?? now) / 1000)
  return `${isOff(state, host) ? 644 : 755} 1238 1480000000 ${SCRIPT}\n644 ${count} ${changed} ${COUNTER}\n`
}

/** Written anew, in the order and with the limits of the script in the report. */
function scriptText(): string {
  return [
    '#!/bin/sh',
    'case "$1" in',
    'monitor)',
    '  ctdb_counter_incr',
    '  (ctdb_check_counter_limit 200 >/dev/null 2>&1) || {',
    '    echo "can not be accessed. Shutting down."',
    '    df',
    '    sleep 1',
    '    ctdb shutdown',
    '  }',
    '  (stat $RECLOCKFILE && ctdb_counter_init) >/dev/null 2>&1 &',
    '  ctdb_check_counter_limit 3 quiet',
    '  ;;',
    'esac',
  ]
    .map((line) => `${SCRIPT}:${line}\n`)
    .join('')
}

function configText(): string {
  return [`CTDB_RECOVERY_LOCK=${LOCK}`, 'CTDB_LOGFILE=/var/log/ctdb/log.ctdb']
    .map((line) => `/etc/default/ctdb:${line}\n`)
    .join('')
}

function mounts(): string {
  return [
    '21 0 254:2 / / rw,relatime - ext4 /dev/vda2 rw',
    '22 21 0:18 / /run rw,nosuid - tmpfs tmpfs rw',
    `40 21 0:34 / /var/share/ezfs rw,relatime - ceph ${MONITORS}:/ rw,name=admin,secret=<hidden>`,
  ]
    .map((line) => `${line}\n`)
    .join('')
}

function familyOf(state: State, host: string, now: number): string {
  const row = (pid: number, ppid: number, stat: string, startedAt: number, wchan: string, name: string) =>
    `${String(pid).padStart(6)} ${String(ppid).padStart(6)} ${stat.padEnd(4)} ${etime((now - startedAt) / 1000).padStart(11)} ${wchan.padEnd(40)} ${name}\n`
  const boot = now - uptime(state, now) * 1000
  const gun = gunOf(state, host, now)
  const timer = state.timers[host]
  return [
    row(1, 0, 'Ss', boot, 'poll_schedule_timeout', 'init'),
    ...(isDown(state, host, now) ? [] : [row(1702, 1, 'S<s', boot, 'ep_poll', 'ctdbd')]),
    ...statsOf(state, host, now).flatMap(({ pid, at }) => [
      row(pid - 1, 1, 'S', at, 'do_wait', '01.reclock'),
      row(pid, pid - 1, 'D', at, WCHAN, 'stat'),
    ]),
    ...(gun
      ? [
          row(gun.pid, 1702, 'S', gun.at, 'do_wait', '01.reclock'),
          row(gun.pid + 1, gun.pid, 'D', gun.at, WCHAN, 'df'),
        ]
      : []),
    ...(timer === undefined
      ? []
      : [
          row(9001, 1, 'Ss', timer, 'do_wait', 'find'),
          row(9002, 9001, 'S', timer, 'hrtimer_nanosleep', 'sleep'),
        ]),
    row(9127, 9126, 'R+', now, '-', 'ps'),
  ].join('')
}

function waitsOf(state: State, host: string, files: string[], now: number): string {
  const asked = new Set(files.map((file) => file.split('/')[2]!))
  const gun = gunOf(state, host, now)
  const waiting = [
    ...statsOf(state, host, now).map((each) => ({ ...each, name: 'stat' })),
    ...(gun ? [{ pid: gun.pid + 1, at: gun.at, name: 'df' }] : []),
  ]
  const boot = now - uptime(state, now) * 1000
  return waiting
    .filter(({ pid }) => asked.has(String(pid)))
    .map(({ pid, at, name }) => {
      const ticks = Math.round((at - boot) / 10)
      const task = `/proc/${pid}/task/${pid}`
      return [
        `${task}/stat:${pid} (${name}) D 1${' 0'.repeat(17)} ${ticks} 0\n`,
        `${task}/status:voluntary_ctxt_switches:\t3\n`,
        `${task}/status:nonvoluntary_ctxt_switches:\t0\n`,
        `${task}/wchan:${WCHAN}\n`,
      ].join('')
    })
    .join('')
}

function logOf(state: State, host: string, now: number): string {
  const name = '[269550]: 01.reclock:'
  const at = (agoS: number) => `${stamp(now - agoS * 1000)}.351032`
  const lines = [`${at(4000)} [269550]: monitor event OK - node re-enabled\n`]
  if (countOf(state, host, now) >= 3)
    for (const ago of [2, 1])
      lines.push(
        `${at(ago * EVERY_S)} ${name} ERROR: more than 3 consecutive failures for 01.reclock, marking cluster unhealthy\n`,
      )
  if (gunOf(state, host, now))
    lines.push(`${at(1)} ${name} Reclock file ${LOCK}" can not be accessed. Shutting down.\n`)
  const back = storageReturns(state)
  if (isDown(state, host, now) && back !== undefined)
    lines.push(`${at((now - back) / 1000)} [269550]: Shutting down recovery daemon\n`)
  return lines.join('')
}

const uptime = (state: State, now: number) => BOOT_S + (now - (state.since ?? now)) / 1000

/** `2017/05/12 17:57:09` */
function stamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ')
}

function etime(seconds: number): string {
  const [s, m, h, d] = [seconds % 60, (seconds / 60) % 60, (seconds / 3600) % 24, seconds / 86_400].map(
    (part) => String(Math.floor(Math.max(0, part))).padStart(2, '0'),
  )
  return Number(d) > 0 ? `${d}-${h}:${m}:${s}` : Number(h) > 0 ? `${h}:${m}:${s}` : `${m}:${s}`
}
