import { errnoOf } from '../../shared/linux/errno.ts'
import type { PastedMessage } from '../../shared/linux/pasted-log.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import { code } from '../../shared/text.ts'
import { readMessage } from '../messages.ts'
import { lustreCommand } from './commands.ts'

/** Source: ptlrpc_check_status() in client.c. */
const OPERATION = /(\S+): operation (\S+) to node (\S+) failed: rc = (-\d+)/
/** Source: o2iblnd_cb.c, socklnd_cb.c, lib-move.c. */
const NO_WAY =
  /Timed out (?:tx|RDMA)|Timeout sending|timed out|No (?:gateway|route)|unreachable|Error -?\d+ (?:reading|writing|connecting)/i

/** Errors that no story came of: what they say by themselves, and never that all is well. */
export function aboutOtherErrors(messages: readonly PastedMessage[], tell: Teller): void {
  const errors = messages.filter(({ text }) => /^(?:Lustre|LNet)Error:/.test(text))
  for (const message of errors) {
    const { text, lines } = message
    const said = readMessage(text)
    const operation = OPERATION.exec(text)
    if (said?.kind === 'lost' && said.target === 'MGS')
      tell.find({
        ...{ code: 'mgs-connection-lost', verdict: 'inconclusive', severity: 'warning', lines },
        summary: `The client lost its connection to the MGS at ${code(said.nid)}; the text does not say that it came back.`,
        details: [
          'Mounted file systems go on without it; new mounts and changes of the configuration wait.',
          'A client also says this when it starts over by itself, because the MGS did not grant a lock.',
        ],
      })
    else if (operation) {
      const [, device = '', what = '', nid = '', rc = ''] = operation
      const known = errnoOf(rc.slice(1))
      tell.find({
        ...{ code: 'operation-failed', verdict: 'inconclusive', severity: 'warning', lines },
        summary: `${code(what)} of ${code(device)} to ${code(nid)} failed with ${rc}${known ? ` (${known.name}, ${known.meaning})` : ''}; whether it still does the text does not say.`,
      })
    } else if (text.startsWith('LNet') && NO_WAY.test(text))
      tell.find({
        ...{ code: 'lnet-timeouts', verdict: 'inconclusive', severity: 'warning', lines },
        summary:
          'LNet did not get messages through to a peer in time; whether it does now the text does not say.',
      })
    else
      tell.find({
        ...{ code: 'lustre-error', verdict: 'inconclusive', severity: 'info', lines },
        summary: 'Lustre reports an error that I cannot read; the text does not show whether it matters.',
      })
  }
  if (errors.length === 0) return
  const host = errors.find((message) => message.host !== undefined)?.host
  for (const { name } of tell.told().facts.fileSystems ?? []) {
    const command = lustreCommand(typeof name === 'string' ? name : undefined, host)
    if (command) tell.next(command, 'What a client of that file system sees now')
  }
}
