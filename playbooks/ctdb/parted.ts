import { type CtdbNode, ctdbdAgeS } from './node.ts'

/** One node that calls another disconnected, while both answer for themselves. */
export type Pair = { from: CtdbNode; to: CtdbNode }
/** Nodes find each other within seconds of their start, and miss each other after 25 s at most (KeepaliveInterval × KeepaliveLimit). */
const JUST_STARTED_S = 60
const isYoung = ({ from, to }: Pair) =>
  [from, to].some((node) => (ctdbdAgeS(node) ?? JUST_STARTED_S) < JUST_STARTED_S)

/** Pairs of nodes that answer for themselves while one calls the other disconnected, and had time to find each other. */
export const partedPairs = (nodes: readonly CtdbNode[]) => allPairs(nodes).filter((pair) => !isYoung(pair))

export function allPairs(nodes: readonly CtdbNode[]): Pair[] {
  return nodes.flatMap((from) =>
    nodes
      .filter((to) => to !== from && to.self !== undefined)
      .filter(
        (to) =>
          from.view.status.seen &&
          from.view.status.value.some(
            // the number alone may be that of a node of another cluster
            ({ pnn, ip, flags }) =>
              pnn === to.self!.pnn && ip === to.self!.ip && flags.includes('disconnected'),
          ),
      )
      .map((to) => ({ from, to })),
  )
}
