import type { Teller } from '../../shared/linux/telling.ts'
import { code } from '../../shared/text.ts'
import type { Line, Passage } from '../../shared/triage.ts'

/** `health_check=healthy`, `NOT HEALTHY` and `device shlfs-OST0001 reported unhealthy`, `LBUG`; the release; recovery of targets. */
export function readParameters({ lines, host, command }: Passage, tell: Teller): void {
  const typed = command?.join(' ') ?? ''
  for (const line of lines) {
    const text = line.text.trim()
    const health = /^(?:health_check=)?(healthy|NOT HEALTHY|LBUG)$/.exec(text)
    const sick = /^(?:health_check=)?device (\S+) reported unhealthy$/.exec(text)
    const version = /^(?:version=)?(?:lustre: |lustre=)?(\d+\.\d+(?:\.\d+)+\S*)$/.exec(text)
    if (health && (text.startsWith('health_check=') || /health/.test(typed) || health[1] !== 'healthy')) {
      tell.saw('health_check', [line])
      tell.find(
        health[1] === 'healthy'
          ? {
              code: 'server-healthy',
              verdict: 'ruled-out',
              severity: 'ok',
              summary: `Lustre calls itself healthy here${host === undefined ? '' : ` (${code(host)})`}.`,
              lines: [line],
            }
          : {
              code: health[1] === 'LBUG' ? 'lbug' : 'server-unhealthy',
              verdict: 'confirmed',
              severity: 'critical',
              summary:
                health[1] === 'LBUG'
                  ? 'Lustre has hit a bug in itself on this node (LBUG); the node has to be restarted.'
                  : 'Lustre calls itself not healthy here: a target, its disk, or a thread of it has failed.',
              details: ["The kernel's log of this node says why."],
              lines: [line],
            },
      )
      if (health[1] !== 'healthy')
        tell.doNot(
          'restart all servers',
          'one node reports it; read its kernel log first, then take that node alone out by its HA software',
        )
    }
    if (sick) {
      tell.saw('health_check', [line])
      tell.fact('targets', { name: sick[1], state: 'unhealthy', host })
      tell.find({
        code: 'server-unhealthy',
        verdict: 'confirmed',
        severity: 'critical',
        summary: `${code(sick[1]!)} is not healthy.`,
        lines: [line],
      })
    }
    if (
      version &&
      (/^(?:version=|lustre)/.test(text) ||
        /^(?:lctl|lfs|cat \/(?:proc|sys)\/fs\/lustre).*version/.test(typed))
    ) {
      tell.saw('lctl get_param version', [line])
      tell.fact('lustreVersions', { version: version[1], host })
    }
  }
  readRecovery(lines, host, tell)
}

/** `obdfilter.shlfs-OST0000.recovery_status=` and below it `status: COMPLETE`, `evicted_clients: 0`. */
function readRecovery(lines: readonly Line[], host: string | undefined, tell: Teller): void {
  let target: string | undefined
  let state: string | undefined
  for (const line of lines) {
    const text = line.text.trim()
    const heading = /^\w+\.([^.]+)\.recovery_status=/.exec(text)
    if (heading) [target, state] = [heading[1], undefined]
    const [, key, value = ''] =
      /^(status|evicted_clients|completed_clients|connected_clients|time_remaining): (\S+)/.exec(text) ?? []
    if (key === undefined || (target === undefined && key !== 'status')) continue
    if (key === 'status') {
      if (!/^(?:COMPLETE|RECOVERING|INACTIVE|WAITING|WAITING_FOR_CLIENTS)$/.test(value)) continue
      tell.saw('recovery_status', [line])
      state = value
      target ??= ''
      tell.fact('targets', { name: target || undefined, recovery: value, host })
      tell.find(
        value === 'COMPLETE' || value === 'INACTIVE'
          ? {
              code: 'recovered',
              verdict: 'ruled-out',
              severity: 'ok',
              summary: `${target === '' ? 'The target' : code(target)} is not in recovery (${value}).`,
              lines: [line],
            }
          : {
              code: 'in-recovery',
              verdict: 'confirmed',
              severity: 'info',
              summary: `${target === '' ? 'The target' : code(target)} is in recovery: it waits for its clients, which takes minutes and ends by itself.`,
              lines: [line],
            },
      )
      if (value === 'RECOVERING')
        tell.doNot(
          'abort the recovery (`lctl abort_recovery`)',
          'clients that have not come back yet lose what they had not written',
        )
    } else {
      tell.fact('targets', { name: target || undefined, [key]: value, host })
      if (key === 'evicted_clients' && /^[1-9]\d*$/.test(value))
        tell.find({
          code: 'recovered-with-loss',
          verdict: 'confirmed',
          severity: 'warning',
          summary: `${value} ${value === '1' ? 'client was' : 'clients were'} evicted in the last recovery of ${target === '' ? 'the target' : code(target!)}${state === 'COMPLETE' ? ', which is over' : ''}.`,
          lines: [line],
        })
    }
  }
}
