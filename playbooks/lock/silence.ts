import type { KernelLog } from '../shared/linux/kernel-log.ts'
import type { Mount } from '../shared/linux/mountinfo.ts'
import type { Reading } from '../shared/probe.ts'

export type SilentServer = KernelLog['servers'][number]

/** The server of one of these mounts that the kernel has called silent, and not heard since; of any, when they are not known. */
export function silentServerOf(log: Reading<KernelLog>, mounts: readonly Mount[]): SilentServer | undefined {
  return wordOf('silent', log, mounts)
}

/** The same for a server that a soft mount gave up on: it may have come back since. */
export const gaveUpOn = (log: Reading<KernelLog>, mounts: readonly Mount[]) => wordOf('gave-up', log, mounts)

function wordOf(
  word: SilentServer['says'],
  log: Reading<KernelLog>,
  mounts: readonly Mount[],
): SilentServer | undefined {
  const said = log.seen ? log.value.servers.filter(({ says }) => says === word) : []
  return said.find(
    ({ server }) =>
      mounts.length === 0 || mounts.some(({ nfs }) => nfs?.server === server || nfs?.address === server),
  )
}
