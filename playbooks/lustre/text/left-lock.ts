import type { PastedMessage } from '../../shared/linux/pasted-log.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import { code } from '../../shared/text.ts'
import { fsnameOf } from '../imports.ts'
import { readMessage } from '../messages.ts'
import { formatResourceId, mgsLogOf } from '../resource-id.ts'
import { lustreCommand } from './commands.ts'

/**
 * `namespace resource … refcount nonzero … after lock cleanup` by itself: a connection was taken down while something still
 * used a lock. With the MGS that is how a mount ends whose configuration lock did not come; with a target it goes with an
 * eviction or an unmount. Source: ldlm_resource_complain() in ldlm_resource.c, ldlm_cleanup_resource().
 */
export function aboutLeftLock(messages: readonly PastedMessage[], tell: Teller): void {
  for (const { text, lines, host } of messages) {
    const message = readMessage(text)
    if (message?.kind !== 'lock-left') continue
    const { namespace, resource } = message
    const config = namespace.startsWith('MGC') ? mgsLogOf(resource) : undefined
    const about = config ? config.name : fsnameOf(namespace)
    tell.find({
      code: config ? 'config-lock-left' : 'lock-left',
      verdict: 'inconclusive',
      severity: config ? 'warning' : 'info',
      summary: config
        ? `A connection to the MGS was taken down while a lock on the configuration of ${code(config.name)} was still in use; the text does not say why.`
        : `${code(namespace)} was taken down while a lock on ${code(formatResourceId(resource))} was still in use; that goes with an eviction or an unmount.`,
      details: config
        ? [
            'A mount ends like that when the MGS does not grant this lock in time; the lines before it, and the MGS, tell.',
          ]
        : [],
      lines,
    })
    const command = lustreCommand(about, host)
    if (command) tell.next(command, 'Which part it is: network, MGS, lock, name')
  }
}
