import { NotSeen, type Output } from '../probe.ts'

/** A systemd unit. `undefined`: this systemd does not tell. */
export type Unit = {
  name: string
  loaded: boolean
  active: string
  mainPid: string | undefined
  restarts: number | undefined
}

/** What systemd knows about these units; unknown ones are answered, too (LoadState=not-found). */
export function unitsArgv(units: readonly string[]): [string, ...string[]] {
  return ['systemctl', 'show', '-p', 'Id,LoadState,ActiveState,MainPID,NRestarts', ...units]
}

/** Blocks of `Key=value`, separated by empty lines. NRestarts only since systemd 235. Throws where systemd does not run. */
export function readUnits(output: Output): Unit[] {
  if (/not been booted with systemd|Failed to (connect|get D-Bus)/.test(output.stderr))
    throw new NotSeen('absent', 'systemd does not run there')
  if (output.exitCode !== 0)
    throw new NotSeen(
      'failed',
      `systemctl ended with ${output.exitCode}: ${output.stderr.trim().slice(0, 200)}`,
    )
  if (output.truncated) throw new NotSeen('unparsable', 'the answer of systemctl is longer than what is kept')
  return output.stdout
    .trim()
    .split(/\n\s*\n/)
    .map((block) => {
      const values = new Map(
        block.split('\n').map((line): [string, string] => {
          const at = line.indexOf('=')
          return [line.slice(0, at), line.slice(at + 1)]
        }),
      )
      const name = values.get('Id')
      const load = values.get('LoadState')
      if (!name || !load) throw new NotSeen('unparsable', 'systemctl show printed no Id or LoadState')
      const pid = values.get('MainPID')
      const restarts = values.get('NRestarts')
      return {
        name,
        loaded: load === 'loaded',
        active: values.get('ActiveState') ?? '',
        mainPid: pid === undefined || pid === '0' ? undefined : pid,
        restarts: restarts && /^\d+$/.test(restarts) ? Number(restarts) : undefined,
      }
    })
}

/** `initctl status ceph-osd id=4` → pid: `ceph-osd (ceph/4) start/running, process 2207`. */
export function readUpstart(output: Output): { running: boolean; pid: string | undefined } {
  const match = /^\S+(?: \([^)]*\))? (start|stop)\/(\w+)(?:, process (\d+))?/.exec(output.stdout.trim())
  if (output.exitCode !== 0 || output.truncated || !match)
    throw new NotSeen(
      'absent',
      `upstart has no such job: ${(output.stderr || output.stdout).trim().slice(0, 120)}`,
    )
  return { running: match[2] === 'running', pid: match[3] }
}
