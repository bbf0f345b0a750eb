import type { Reply } from '../shared/scenario.ts'
import {
  DEBUG_CONTROL,
  DEBUG_SITES_ARGV,
  SCST_DEVICES_ARGV,
  SCST_LUNS_ARGV,
  SCST_SESSIONS_ARGV,
  TRACE_LEVEL_ARGV,
} from './scst.ts'
import { TRACE_LEVEL } from './trace.ts'

/** The switches of a replayed SCST that somebody may turn. */
export type Switches = { level: string[]; flags: Record<string, string> }

/** In the order in which SCST prints them. */
const ALL = [
  'out_of_mem',
  'minor',
  'sg',
  'mem',
  'buff',
  'entryexit',
  'pid',
  'line',
  'function',
  'debug',
  'special',
  'scsi',
  'mgmt',
  'mgmt_dbg',
  'flow_control',
  'pr',
  'retry',
  'scsi_serializing',
]
const SITES = ['scst_reserve_dev line 536', 'scst_clear_dev_reservation line 544']
const SOURCE = '/usr/src/scst-3.0/scst/src/scst_priv.h'
export const SWITCHES_OFF: Switches = {
  level: ['out_of_mem', 'minor', 'pid', 'line', 'function', 'special', 'mgmt', 'retry'],
  flags: Object.fromEntries(SITES.map((site) => [site, ''])),
}

const DEVICES = [
  { name: 'disk12', id: 'de3ff523', file: '/dev/rbd0', lun: '12' },
  // a disk of its own, no image
  { name: 'disk11', id: '9908212a', file: '/dev/mapper/vg0-lun11', lun: '11' },
]
const IQN = 'iqn.2013-10.com.bigtera:wsg-70-3'
const INITIATORS = ['iqn.1998-01.com.vmware:esx-1-4c9f8e1d', 'iqn.1993-08.org.debian:01:6997c6813639']

/** What SCST's files say, and what writing to its switches does; undefined: another command. */
export function scstAnswer(
  argv: readonly string[],
  switches: Switches,
): { switches: Switches; reply: Reply } | undefined {
  const is = (known: readonly string[]) =>
    known.length === argv.length && known.every((word, at) => word === argv[at])
  const same = (reply: Reply) => ({ switches, reply })
  if (is(SCST_DEVICES_ARGV))
    return same({
      stdout: DEVICES.flatMap(({ name, id, file }) =>
        [`filename:${file}`, 'filename:[key]', `t10_dev_id:${id}-${name}`, `usn:${id}`].map(
          (line) => `/sys/kernel/scst_tgt/devices/${name}/${line}\n`,
        ),
      ).join(''),
    })
  if (is(SCST_LUNS_ARGV))
    return same({
      stdout: DEVICES.map(
        ({ name, lun }) =>
          `/sys/kernel/scst_tgt/targets/iscsi/${IQN}/luns/${lun}/device\t../../../../../devices/${name}\n`,
      ).join(''),
    })
  if (is(SCST_SESSIONS_ARGV))
    return same({
      stdout: INITIATORS.flatMap((name, at) =>
        [`initiator_name:${name}`, `active_commands:${at === 0 ? 3 : 0}`].map(
          (line) => `/sys/kernel/scst_tgt/targets/iscsi/${IQN}/sessions/${name}/${line}\n`,
        ),
      ).join(''),
    })
  if (is(TRACE_LEVEL_ARGV))
    return same({
      stdout: `${switches.level.join(' | ')}\n\n\nUsage:\n\techo "all|none|default" >trace_level\n\techo "value DEC|0xHEX|0OCT" >trace_level\n\techo "add|del TOKEN" >trace_level\n`,
    })
  if (is(DEBUG_SITES_ARGV))
    return same({
      stdout: SITES.map((site) => {
        const [func, , line] = site.split(' ')
        return `${SOURCE}:${line} [scst]${func} =${switches.flags[site] || '_'} "Old Holder: %p, New Holder: %p\\012"\n`
      }).join(''),
    })
  if (argv[0] === 'dmesg') return same({ stdout: kernelLog(switches) })
  if (argv[0] === 'cat' && argv[1] === '/proc/uptime') return same({ stdout: `${UPTIME_S}.10 1411021.11\n` })
  if (argv[0] === 'readlink')
    return same({ stdout: argv.at(-1) === '/dev/mapper/vg0-lun11' ? '/dev/dm-3' : '', exitCode: 0 })
  if (argv[0] === 'perl') return write(argv.slice(4), switches)
  return undefined
}

const UPTIME_S = 357_012

/** Reservations are logged only while the trace is on; a conflict of five days ago is always there. */
function kernelLog({ flags }: Switches): string {
  const old =
    '[ 1210.954242] [263065]: scst: scst_set_cmd_error_status:1698:Reservation conflict (dev disk12, initiator iqn.1993-08.org.debian:01:6997c6813639, tgt_id 1)\n'
  if (Object.values(flags).some((each) => !each.includes('p'))) return old
  return `${old}[${UPTIME_S - 44}.436003] [82419] scst_reserve_dev:536: Old Holder:           (null), New Holder: ffff88011c870000\n`
}

function write(
  [file, ...lines]: readonly string[],
  switches: Switches,
): { switches: Switches; reply: Reply } | undefined {
  let next = switches
  for (const line of lines) {
    const refused = {
      switches: next,
      reply: { stderr: `not written: ${line}: Invalid argument\n`, exitCode: 4 },
    }
    if (file === TRACE_LEVEL) {
      const [, verb, token] = /^(add|del) (\w+)$/.exec(line) ?? []
      if (token === undefined || !ALL.includes(token)) return refused
      const level = new Set(next.level)
      if (verb === 'add') level.add(token)
      else level.delete(token)
      next = { ...next, level: ALL.filter((each) => level.has(each)) }
    } else if (file === DEBUG_CONTROL) {
      const [, func, number, change, flags] =
        /^file \S+ func (\w+) line (\d+) ([+=])([a-z]*)$/.exec(line) ?? []
      const site = `${func} line ${number}`
      if (!SITES.includes(site)) return refused
      next = {
        ...next,
        flags: { ...next.flags, [site]: change === '+' ? (next.flags[site] ?? '') + flags : flags! },
      }
    } else return undefined
  }
  return { switches: next, reply: { stdout: `written ${lines.length}\n` } }
}
