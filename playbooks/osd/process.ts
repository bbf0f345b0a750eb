import type { MappedOsd } from '../shared/ceph/osd-map.ts'
import type { Process } from '../shared/linux/processes.ts'
import { seconds } from '../shared/linux/threads.ts'
import { NotSeen } from '../shared/probe.ts'

/** The process of an OSD on its host. */
export type OsdProcess = {
  pid: string
  /** as ps prints it: `T` stopped, `D` waits in the kernel, `R` runs */
  state: string
  ageS: number
  /** where it logs; undefined: nowhere that can be read */
  log: string | undefined
  /** the map's nonce is its pid: it is this cluster's OSD and no namesake */
  sure: boolean
}

/**
 * The ceph-osd process with this id. Two clusters can have an OSD of one number on one host; the nonce in the map tells them
 * apart where it is the pid: outside of containers (Messenger::get_pid_nonce), until releases drew it at random everywhere.
 * Throws NotSeen('absent') when there is none, and 'denied' where other processes are hidden from us.
 */
export function findProcess(processes: readonly Process[], { id, addresses }: MappedOsd): OsdProcess {
  const own = processes.filter(({ state, command }) => !state.startsWith('Z') && idOf(command) === id)
  const nonces = new Set(addresses.map(({ at }) => at.nonce))
  const match = own.find(({ pid }) => nonces.has(pid)) ?? (own.length === 1 ? own[0] : undefined)
  if (own.length === 0 && !isWhole(processes))
    throw new NotSeen('denied', 'not all processes of its host can be seen from where we look')
  if (own.length === 0) throw new NotSeen('absent', `no process of osd.${id} there`)
  if (!match) throw new NotSeen('failed', `${own.length} processes there call themselves osd.${id}`)
  return {
    pid: match.pid,
    state: match.state,
    ageS: seconds(match.age),
    log: logOf(match.command, id),
    sure: nonces.has(match.pid),
  }
}

/** With hidepid, and inside a container, ps lists a part only; what all of them begin with is missing there. */
function isWhole(processes: readonly Process[]): boolean {
  return processes.some(({ pid, command }) => pid === '2' && command === '[kthreadd]')
}

/** Number of the OSD that a command line starts; undefined: it is no ceph-osd. */
export function idOf(command: string): string | undefined {
  const [program = '', ...words] = command.split(/\s+/)
  if (program.split('/').at(-1) !== 'ceph-osd') return undefined
  const named = option(words, ['-n', '--name'])
  return option(words, ['-i', '--id']) ?? /^osd\.(\d+)$/.exec(named ?? '')?.[1]
}

function logOf(command: string, id: string): string | undefined {
  const words = command.split(/\s+/)
  const cluster = option(words, ['--cluster']) ?? 'ceph'
  const path = option(words, ['--log-file', '--log_file']) ?? `/var/log/ceph/${cluster}-osd.${id}.log`
  return path.startsWith('/') && !path.startsWith('/dev/') && !path.startsWith('/proc/') ? path : undefined
}

/** `-i 4`, `--id 4`, `--id=4`. */
function option(words: readonly string[], names: readonly string[]): string | undefined {
  for (const [at, word] of words.entries()) {
    if (names.includes(word)) return words[at + 1]
    const name = names.find((each) => each.startsWith('--') && word.startsWith(`${each}=`))
    if (name) return word.slice(name.length + 1)
  }
  return undefined
}
