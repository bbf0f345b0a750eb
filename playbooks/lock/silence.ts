import type { KernelLog } from '../shared/linux/kernel-log.ts'
import type { Mount } from '../shared/linux/mountinfo.ts'
import type { Reading } from '../shared/probe.ts'

export type SilentServer = KernelLog['servers'][number]

/** The server of one of these mounts that the kernel has called silent, and not heard since; of any, when they are not known. */
export function silentServerOf(log: Reading<KernelLog>, mounts: readonly Mount[]): SilentServer | undefined {
  const silent = log.seen ? log.value.servers.filter(({ answers }) => !answers) : []
  return silent.find(
    ({ server }) =>
      mounts.length === 0 || mounts.some(({ nfs }) => nfs?.server === server || nfs?.address === server),
  )
}
