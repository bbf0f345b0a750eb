import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LustreArgs } from '../../../playbooks/lustre/args.ts'
import { lustre } from '../../../playbooks/lustre/index.ts'
import { configLockNotGranted } from '../../../playbooks/lustre/scenario.ts'
import type { Diagnosis } from '../../../playbooks/shared/finding.ts'
import type { Inventory } from '../../../playbooks/shared/inventory.ts'
import type { Observation } from '../../../playbooks/shared/observation.ts'
import type { Reply } from '../../../playbooks/shared/scenario.ts'

export const fixture = (name: string) => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8')

export const NOW = Date.parse('2019-08-05T03:05:36Z')
export const inventory: Inventory = { cluster: 'test', hosts: [...configLockNotGranted.hosts] }
export const IMPORTS = 'lctl get_param mgc.*.import mdc.*.import osc.*.import'

/** What a client logs when it cannot get its configuration. */
export const FAILED = (rc: number, log = 'shlfs-client') =>
  `LustreError: 15c-8: MGC10.1.0.202@o2ib: The configuration from log '${log}' failed (${rc}). This may be the result of communication errors between this node and the MGS, a bad configuration, or other errors. See the syslog for more information.`

/** What a command gives instead of what the scenario answers: a reply, or an outcome that is no exit. */
export type Instead = Record<string, Reply | Pick<Observation, 'outcome'>>

export type World = {
  fsname?: string
  options?: Record<string, string>
  /** by `host: command`, or by `command` for every host */
  instead?: Instead
  hosts?: Inventory['hosts']
  now?: number
}

/** One whole check, without clocks and waiting: every probe that is wanted is answered until none is. */
export function observe({ fsname = 'shlfs', options = {}, instead = {}, hosts, now = NOW }: World = {}) {
  const args = LustreArgs.parse({ target: fsname, ...options })
  const machines: Inventory = hosts ? { ...inventory, hosts } : inventory
  const seen = new Map<string, Observation>()
  let state = configLockNotGranted.start()
  for (let more = true; more; ) {
    more = false
    for (const probe of lustre.probes(args, machines, seen)) {
      if (seen.has(probe.id)) continue
      more = true
      const line = probe.argv.join(' ')
      const given = instead[`${probe.host}: ${line}`] ?? instead[line]
      const answer = configLockNotGranted.answer(state, probe.host, probe.argv, now)
      if (answer) state = answer.state
      seen.set(probe.id, observation(probe.id, probe.host, probe.argv, given ?? answer?.reply, now))
    }
  }
  return { args, inventory: machines, seen, now }
}

function observation(
  probe: string,
  host: string,
  argv: readonly string[],
  given: Instead[string] | undefined,
  now: number,
): Observation {
  const reply: Reply = given && !('outcome' in given) ? given : {}
  const outcome = given === undefined ? 'not-recorded' : 'outcome' in given ? given.outcome : 'exited'
  return {
    probe,
    host,
    argv: [...argv],
    startedAt: now,
    durationMs: 1,
    outcome,
    exitCode: outcome === 'exited' ? (reply.exitCode ?? 0) : null,
    stdout: reply.stdout ?? '',
    stderr: reply.stderr ?? '',
    truncated: false,
  }
}

export function diagnosed(world: World = {}): Diagnosis {
  const { args, inventory: machines, seen, now } = observe(world)
  return lustre.diagnose(args, machines, seen, now)
}

/** Code, verdict and severity of the conclusion. */
export function concluded(world: World = {}): [string, string, string] {
  const { code, verdict, severity } = diagnosed(world).findings[0]!
  return [code, verdict, severity]
}

export const noPing = (nid: string): Instead => ({
  [`lctl ping ${nid} 5`]: { stderr: `failed to ping ${nid}: Input/output error\n`, exitCode: 5 },
})

/** A log of which the last line was written `ago` seconds before the check looks. */
export function logOf(lines: [ago: number, text: string][], uptimeS = 200_000): Instead {
  return {
    'host-31: dmesg': {
      stdout: lines.map(([ago, text]) => `[${(uptimeS - ago).toFixed(6)}] ${text}\n`).join(''),
    },
    'host-31: cat /proc/uptime': { stdout: `${uptimeS.toFixed(2)} 1.00\n` },
  }
}

export function importText(
  type: string,
  device: string,
  target: string,
  state: string,
  current = '10.1.0.202@o2ib',
): string {
  return `${type}.${device}.import=\nimport:\n    name: ${device}\n    target: ${target}\n    state: ${state}\n    import_flags: [ pingable ]\n    connection:\n       failover_nids: [ 10.1.0.202@o2ib, 10.1.0.201@o2ib ]\n       current_connection: ${current}\n`
}
