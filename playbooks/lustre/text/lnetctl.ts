import type { Teller } from '../../shared/linux/telling.ts'
import { code } from '../../shared/text.ts'
import type { Line, Passage } from '../../shared/triage.ts'

/** `lnetctl net show`, `lnetctl peer show`: YAML; each NID with the status or state below it. */
export function readLnetctl({ lines, host }: Passage, tell: Teller): void {
  let nid: { text: string; line: Line } | undefined
  let peer = false
  const found: { nid: string; state: string; peer: boolean; lines: Line[] }[] = []
  for (const line of lines) {
    if (/^\s*(?:-\s+)?(?:peer|primary nid):/.test(line.text)) peer = true
    if (/^\s*net:\s*$/.test(line.text)) peer = false
    const at = /^\s*(?:-\s+)?nid:\s*(\S+@\S+)\s*$/.exec(line.text)
    if (at) nid = { text: at[1]!, line }
    const state = /^\s*(?:status|state):\s*"?(up|down|NA|UP|DOWN|disconnected)"?\s*$/.exec(line.text)
    if (!state || !nid) continue
    found.push({ nid: nid.text, state: state[1]!.toLowerCase(), peer, lines: [nid.line, line] })
    nid = undefined
  }
  if (found.length === 0) return
  tell.saw(
    found.some((each) => each.peer) ? 'lnetctl peer show' : 'lnetctl net show',
    found.flatMap((each) => each.lines),
  )
  for (const each of found)
    tell.fact('nids', { nid: each.nid, state: each.state, peer: each.peer ? true : undefined, host })
  const own = found.filter((each) => !each.peer && each.nid !== '0@lo')
  const down = found.filter((each) => /^(?:down|disconnected)$/.test(each.state))
  if (down.length > 0) {
    const all = own.length > 0 && own.every((each) => each.state === 'down')
    tell.find({
      code: all ? 'lnet-not-up' : down.some((each) => each.peer) ? 'lnet-unreachable' : 'interface-down',
      verdict: 'confirmed',
      severity: all ? 'critical' : 'warning',
      summary: `LNet calls ${down
        .slice(0, 4)
        .map((each) => code(each.nid))
        .join(', ')} down${host === undefined ? '' : ` on ${code(host)}`}.`,
      details: ['Its interface or its link is down, or the peer does not answer.'],
      lines: down.flatMap((each) => each.lines),
    })
  } else
    tell.find({
      code: 'lnet-up',
      verdict: 'ruled-out',
      severity: 'ok',
      summary: 'No NID that is listed is down.',
      lines: found.flatMap((each) => each.lines),
    })
}
