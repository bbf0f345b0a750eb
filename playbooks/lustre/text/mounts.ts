import { rowsIn } from '../../shared/linux/pasted-rows.ts'
import type { Teller } from '../../shared/linux/telling.ts'
import { code } from '../../shared/text.ts'
import type { Passage } from '../../shared/triage.ts'
import { parseMountSpec } from '../nid.ts'

/** Lines of type lustre in fstab, /proc/mounts, mount and df. */
export function readLustreMounts(passage: Passage, tell: Teller): void {
  const { rows } = rowsIn(passage.lines, {
    read: (text) => {
      const fstab = /^(\S+@\S+:\/\S+)\s+(\/\S*)\s+lustre\s+(\S+)(?:\s+\d\s+\d)?$/.exec(text)
      const mount = /^(\S+@\S+:\/\S+) on (\/\S*) type lustre \(([^()]*)\)$/.exec(text)
      const df =
        /^(\S+@\S+:\/\S+)\s+(?:lustre\s+)?[\d.]+[KMGTPE]?\s+[\d.]+[KMGTPE]?\s+[\d.]+[KMGTPE]?\s+\d+%\s+(\/\S*)$/.exec(
          text,
        )
      const found = fstab ?? mount ?? df
      return found ? { source: found[1]!, path: found[2]!, options: found[3] } : undefined
    },
    begins: /^\S+@\S+:\/[\w.-]+\S*(?:\s|$)/,
  })
  for (const { value, lines } of rows) {
    const spec = parseMountSpec(value.source)
    if (!spec) {
      tell.refuse(lines[0]!, 'no whole source of a mount of Lustre', value.source)
      continue
    }
    tell.fact('mounts', {
      source: value.source,
      fsname: spec.fsname,
      mountPoint: value.path,
      type: 'lustre',
      servers: spec.nodes.map((nids) => nids.join(',')),
      options: value.options,
      host: passage.host,
    })
    tell.find({
      code: 'lustre-mounts',
      verdict: 'inconclusive',
      severity: 'info',
      summary: `${code(spec.fsname)} is, or should be, mounted at ${code(value.path)} from ${spec.nodes.length === 1 ? 'one server' : `${spec.nodes.length} servers that may run the MGS`}; whether they answer that does not show.`,
      lines,
    })
  }
  tell.saw(
    'mounts of Lustre',
    rows.flatMap(({ lines }) => lines),
  )
}
