import { NotSeen, type Output } from '../shared/probe.ts'
import { lines } from '../shared/text.ts'
import { type Nid, parseNid } from './nid.ts'

/** One connection of a client to a service, as it is now. */
export type Import = {
  /** `mgc`, `mdc`, `osc` */
  type: string
  /** `shlfs-OST0003-osc-ffff8817`, `MGC10.1.0.202@o2ib` (named after the first NID of the mount, whichever is in use) */
  device: string
  /** `shlfs-OST0003_UUID`, `MGS` */
  target: string
  state: ImportState
  failoverNids: Nid[]
  /** undefined: `<none>` */
  current: Nid | undefined
  /** switched off by an administrator (`lctl deactivate`) */
  inactive: boolean
}

/** Source: import_state_names in lustre_import.h; IDLE since 2.12. */
export const ImportStates = [
  'CLOSED',
  'NEW',
  'DISCONN',
  'CONNECTING',
  'REPLAY',
  'REPLAY_LOCKS',
  'REPLAY_WAIT',
  'RECOVER',
  'FULL',
  'EVICTED',
  'IDLE',
] as const
export type ImportState = (typeof ImportStates)[number]

const NONE = /param_path '[^']*': No such file or directory|No such file or directory/

/**
 * `lctl get_param mgc.*.import mdc.*.import osc.*.import`, of 2.5 to 2.15. Patterns that match nothing are reported on
 * stderr; when nothing matches at all, this client has no connection: the list is empty.
 */
export function readImports(output: Output): Import[] {
  if (/permission denied|not permitted/i.test(output.stderr))
    throw new NotSeen('denied', `needs root: ${output.stderr.trim().slice(0, 160)}`)
  if (output.truncated) throw new NotSeen('unparsable', 'the list of imports is longer than what is kept')
  const strange = lines(output.stderr).filter((row) => row.trim() !== '' && !NONE.test(row))
  if (strange.length > 0) throw new NotSeen('failed', `lctl get_param: ${strange[0]!.slice(0, 160)}`)
  const rows = lines(output.stdout)
  const starts = rows.flatMap((row, at) => (/^[a-z]+\..+\.import=/.test(row) ? [at] : []))
  if (starts.length === 0) {
    if (rows.some((row) => row.trim() !== '') || output.stderr.trim() === '')
      throw new NotSeen(
        'unparsable',
        `lctl get_param printed no import: ${(rows[0] ?? 'nothing').slice(0, 120)}`,
      )
    return []
  }
  return starts.map((start, at) => importIn(rows.slice(start, starts[at + 1] ?? rows.length), start + 1))
}

function importIn(block: string[], number: number): Import {
  const [, type = '', device = ''] = /^([a-z]+)\.(.+)\.import=/.exec(block[0]!) ?? []
  const field = (name: string) =>
    block
      .map((row) => new RegExp(`^ *${name}: *(.*?) *$`).exec(row)?.[1])
      .find((value) => value !== undefined)
  const [target, state] = [field('target'), field('state')]
  const known = ImportStates.find((each) => each === state)
  if (target === undefined || known === undefined)
    throw new NotSeen(
      'unparsable',
      `lctl get_param, line ${number}: an import without its ${target === undefined ? 'target' : 'state'}`,
    )
  const nids = (text: string | undefined) =>
    (text ?? '')
      .replace(/[[\]"]/g, '')
      .split(',')
      .flatMap((word) => parseNid(word.trim()) ?? [])
  const current = field('current_connection')
  return {
    type,
    device,
    target,
    state: known,
    failoverNids: nids(field('failover_nids')),
    current: current === undefined || current.includes('<none>') ? undefined : nids(current)[0],
    inactive: /\bdeactive\b/.test(field('import_flags') ?? ''),
  }
}

export const isMgc = ({ type }: Pick<Import, 'type'>) => type === 'mgc'

/** Whether requests go through: connected, or idle and connected again on demand. */
export function works({ state }: Pick<Import, 'state'>): boolean {
  return state === 'FULL' || state === 'IDLE'
}

/** The file system that a device or target belongs to, `shlfs` of `shlfs-OST0003_UUID`; undefined for the MGC. */
export function fsnameOf(name: string): string | undefined {
  return /^([A-Za-z0-9_.-]{1,8}?)-(?:OST|MDT)[0-9a-f]{4}/.exec(name)?.[1]
}
