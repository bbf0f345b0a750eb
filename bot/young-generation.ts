import { setFlagsFromString } from 'node:v8'

/** So many events of Slack under way at once are a rush, in which what is done in all counts more than the slowest ack. */
const RUSH = 50

/**
 * V8's young generation stays at a megabyte: many collections of under a millisecond instead of few of 10 to 25, which acks
 * would wait for. In a rush it may grow, or collecting takes a third of the time: docs/decisions/0008. `around` counts.
 */
export function keepYoungGenerationSmall(set: (flag: string) => void = setFlagsFromString) {
  const growBy = (factor: 1 | 2) => set(`--semi-space-growth-factor=${factor}`)
  let underWay = 0
  growBy(1)
  return {
    async around<T>(work: () => Promise<T>): Promise<T> {
      underWay += 1
      if (underWay === RUSH) growBy(2)
      try {
        return await work()
      } finally {
        if (underWay === RUSH) growBy(1)
        underWay -= 1
      }
    },
  }
}
