import { attributesArgv, levels } from '../shared/linux/sysfs.ts'
import { NotSeen, type Output } from '../shared/probe.ts'
import { euiOfText, type LunName, nameOfHex } from '../shared/scsi/lun-name.ts'

export const SCST = '/sys/kernel/scst_tgt'

/** A device that SCST exports, with its identity as initiators see it. */
export type ScstDevice = {
  name: string
  /** what stands behind it: a device file or a file; undefined: a handler without one */
  filename: string | undefined
  t10DevId: string | undefined
  usn: string | undefined
  /** the names by which initiators know it */
  names: { name: LunName; because: string }[]
}

const ATTRIBUTES = ['filename', 't10_dev_id', 'usn', 'eui64_id', 'naa_id']

/** Every attribute that identifies a device. */
export const SCST_DEVICES_ARGV = attributesArgv(`${SCST}/devices`, ATTRIBUTES, { where: levels(2, 2) })

/**
 * `/sys/kernel/scst_tgt/devices/disk12/usn:de3ff523` lines → devices. The line `[key]` only says that a value was set by
 * hand. Empty: SCST is there and has no devices. Source: scst_vdisk.c, vdev_sysfs_*_show; README, "t10_dev_id".
 */
export function readScstDevices(output: Output): ScstDevice[] {
  refuseMissing(output)
  const found = new Map<string, Record<string, string>>()
  for (const line of output.stdout.split('\n').filter((text) => text !== '')) {
    const [, name, attribute, value] =
      /^\/sys\/kernel\/scst_tgt\/devices\/([^/]+)\/(\w+):(.*)$/.exec(line) ?? []
    if (name === undefined) throw new NotSeen('unparsable', `not an attribute of SCST: ${line.slice(0, 120)}`)
    const known = found.get(name) ?? {}
    if (value !== '[key]' && value !== '') known[attribute!] ??= value!
    found.set(name, known)
  }
  return [...found].map(([name, { filename, t10_dev_id, usn, eui64_id, naa_id }]) => ({
    name,
    filename,
    t10DevId: t10_dev_id,
    usn,
    names: namesOf(t10_dev_id, eui64_id, naa_id),
  }))
}

/** As SCST answers INQUIRY page 83h: EUI and NAA that were set, else the first eight bytes of t10_dev_id as an EUI. */
function namesOf(
  t10: string | undefined,
  eui: string | undefined,
  naa: string | undefined,
): ScstDevice['names'] {
  const set = [
    { name: eui === undefined ? undefined : nameOfHex('eui', eui), because: `its \`eui64_id\` is ${eui}` },
    { name: naa === undefined ? undefined : nameOfHex('naa', naa), because: `its \`naa_id\` is ${naa}` },
  ].flatMap(({ name, because }) => (name === undefined ? [] : [{ name, because }]))
  if (eui !== undefined || naa !== undefined) return set
  const made = t10 === undefined ? undefined : euiOfText(t10)
  return made === undefined
    ? []
    : [{ name: made, because: `the first eight bytes of its \`t10_dev_id\` \`${t10}\` are this EUI` }]
}

export const SCST_LUNS_ARGV = [
  'find',
  `${SCST}/targets`,
  '-type',
  'l',
  '-name',
  'device',
  '-path',
  '*/luns/*',
  '-printf',
  '%p\\t%l\\n',
] as const

/** Which device a target shows as which LUN, to everyone or to one group of initiators. */
export type ScstLun = {
  driver: string
  target: string
  lun: string
  device: string
}

/** `…/targets/iscsi/IQN/luns/12/device\t../../../../../devices/disk12` lines. Empty: nothing is exported. */
export function readScstLuns(output: Output): ScstLun[] {
  refuseMissing(output)
  return output.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const match =
        /^\/sys\/kernel\/scst_tgt\/targets\/([^/]+)\/(.+?)\/(?:ini_groups\/[^/]+\/)?luns\/(\d+)\/device\t.*\/devices\/([^/\t]+)$/.exec(
          line,
        )
      if (!match) throw new NotSeen('unparsable', `not a LUN of SCST: ${line.slice(0, 160)}`)
      const [, driver, target, lun, device] = match as unknown as [string, string, string, string, string]
      return { driver, target, lun, device }
    })
}

export const SCST_SESSIONS_ARGV = attributesArgv(`${SCST}/targets`, ['initiator_name', 'active_commands'], {
  where: ['-path', '*/sessions/*'],
})

/** An initiator that is logged in, and how many of its commands are in hand right now. */
export type ScstSession = { target: string; initiator: string; active: string | undefined }

/** `…/targets/iscsi/IQN/sessions/IQN#1/initiator_name:IQN` lines. Empty: nobody is logged in. */
export function readScstSessions(output: Output): ScstSession[] {
  refuseMissing(output)
  const found = new Map<string, { target: string; initiator?: string; active?: string }>()
  for (const line of output.stdout.split('\n').filter((text) => text !== '')) {
    const [, path, target, attribute, value] =
      /^(\/sys\/kernel\/scst_tgt\/targets\/[^/]+\/(.+?)\/sessions\/[^/]+)\/(initiator_name|active_commands):(.*)$/.exec(
        line,
      ) ?? []
    // LUNs below a session count their own commands
    if (path === undefined) continue
    const known = found.get(path) ?? { target: target! }
    if (attribute === 'initiator_name') known.initiator ??= value!
    else known.active ??= value!
    found.set(path, known)
  }
  return [...found.values()].flatMap(({ target, initiator, active }) =>
    initiator === undefined ? [] : [{ target, initiator, active }],
  )
}

export const TRACE_LEVEL_ARGV = ['cat', `${SCST}/trace_level`] as const

/** `out_of_mem | minor | pid …` in its first line → tokens; none: nothing is traced. Throws where it was built without. */
export function readTraceLevel(output: Output): string[] {
  if (output.exitCode !== 0)
    throw new NotSeen(
      /No such file/.test(output.stderr) ? 'absent' : 'failed',
      /No such file/.test(output.stderr)
        ? 'this SCST was built without tracing'
        : output.stderr.trim().slice(0, 160),
    )
  if (!/Usage:/.test(output.stdout)) throw new NotSeen('unparsable', 'trace_level is not what SCST writes')
  const first = output.stdout.split('\n')[0]!.trim()
  const tokens = first === '' ? [] : first.split(/\s*\|\s*/)
  if (tokens.some((token) => !/^\w+$/.test(token)))
    throw new NotSeen('unparsable', `trace_level shows ${first.slice(0, 80)}`)
  return tokens
}

const DEBUG = '/sys/kernel/debug/dynamic_debug/control'
/** The functions through which every reservation goes, see scst_priv.h. */
export const FUNCTIONS = ['scst_reserve_dev', 'scst_clear_dev_reservation'] as const

export const DEBUG_SITES_ARGV = ['grep', '-E', `\\](${FUNCTIONS.join('|')}) =`, DEBUG] as const
export const DEBUG_CONTROL = DEBUG

/** One `pr_debug` of SCST: where it is, and the flags that it has; '' when it is off. */
export type DebugSite = { file: string; line: string; func: string; flags: string }

/** `/usr/src/scst/scst_priv.h:536 [scst]scst_reserve_dev =_ "Old Holder: …"` lines; a header is listed once for each unit that includes it. */
export function readDebugSites(output: Output): DebugSite[] {
  if (output.exitCode === 1 && output.stderr.trim() === '')
    throw new NotSeen('absent', 'this kernel shows no `pr_debug` of SCST (built without dynamic debug)')
  if (output.exitCode !== 0)
    throw new NotSeen(
      /No such file/.test(output.stderr) ? 'absent' : /denied/i.test(output.stderr) ? 'denied' : 'failed',
      `dynamic debug cannot be read: ${output.stderr.trim().slice(0, 160)}`,
    )
  return output.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, file, number, func, flags] = /^(\S+):(\d+) \[\w+\](\w+) =([a-z_]+) /.exec(line) ?? []
      if (file === undefined || !FUNCTIONS.includes(func as (typeof FUNCTIONS)[number]))
        throw new NotSeen('unparsable', `not a line of dynamic debug: ${line.slice(0, 120)}`)
      return { file, line: number!, func: func!, flags: flags === '_' ? '' : flags! }
    })
}

function refuseMissing(output: Output): void {
  if (/scst_tgt[^:]*['’]?: No such file or directory/.test(output.stderr) && output.stdout === '')
    throw new NotSeen('absent', 'SCST is not loaded')
  if (output.truncated) throw new NotSeen('unparsable', 'the listing was cut at its size limit')
  // single attributes may be gone or refuse to be read while others are fine
  if (output.exitCode !== 0 && output.stdout.trim() === '')
    throw new NotSeen(
      /denied/i.test(output.stderr) ? 'denied' : 'failed',
      `SCST could not be looked at: ${output.stderr.trim().slice(0, 160)}`,
    )
}
