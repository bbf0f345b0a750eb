import type { RedisClient } from './redis/dial.ts'
import { keyOf } from './redis/keys.ts'
import { reaching } from './redis/unreachable.ts'

/** The channel on which workers hear the id of a check that nobody wants any more. */
export const CANCELS = keyOf('cancels')

/** Is there when the check was cancelled, for a worker that did not hear it. */
export function cancelKey(checkId: string): string {
  return keyOf('cancelled', checkId)
}

/** Whether somebody cancelled this check; ask before it starts (again). Throws QueueUnreachable. */
export async function isCancelled(client: RedisClient, checkId: string): Promise<boolean> {
  return (await reaching('whether it was cancelled', () => client.exists(cancelKey(checkId)))) === 1
}

/**
 * Calls back with the id of every check that is cancelled from now on, whoever runs it. Takes a `worker` connection
 * for itself, which can serve nothing else. What is said during an outage is missed: see isCancelled.
 */
export async function hearCancels(
  connection: RedisClient,
  cancelled: (checkId: string) => void,
): Promise<void> {
  connection.on('message', (channel: string, checkId: string) => {
    if (channel === CANCELS) cancelled(checkId)
  })
  await connection.subscribe(CANCELS)
}
