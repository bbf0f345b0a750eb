/** BullMQ's prefix. The braces put everything of ours into one slot of a Redis Cluster, so that scripts may touch it all. */
export const PREFIX = '{unwedge}'

/** A key of ours beside the queues; `name` parts are joined by colons. */
export function keyOf(...name: string[]): string {
  return [PREFIX, ...name].join(':')
}
