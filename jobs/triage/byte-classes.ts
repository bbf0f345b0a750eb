import type { Node } from './nodes.ts'

/** Bytes that no step tells apart count as one: byte → its class, class → one of its bytes. */
export function classesOf(nodes: readonly Node[]): { classes: Uint8Array; members: number[] } {
  const sets = [...new Set(nodes.flatMap((node) => (node.is === 'bytes' ? [node.set] : [])))]
  const kinds = new Map<string, number>()
  const members: number[] = []
  const classes = Uint8Array.from({ length: 256 }, (_, byte) => {
    const key = sets.map((set) => set[byte]).join('')
    const kind = kinds.get(key) ?? kinds.size
    if (!kinds.has(key)) {
      kinds.set(key, kind)
      members.push(byte)
    }
    return kind
  })
  return { classes, members }
}
