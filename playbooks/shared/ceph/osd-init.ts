import { z } from 'zod'
import type { Inventory } from '../inventory.ts'

/**
 * How the hosts of a cluster restart an OSD, where that is not what the host itself shows (systemd, upstart, sysvinit):
 * an argv in which `{id}` stands for the number of the OSD and `{fsid}` for the cluster's.
 */
export const OsdInit = z.strictObject({
  restart: z
    .array(z.string().min(1))
    .min(1)
    .refine((argv) => argv.some((word) => word.includes('{id}')), {
      message: 'one of the words has to hold `{id}`, the number of the OSD',
    }),
})
export type OsdInit = z.infer<typeof OsdInit>

/** The configured way (`ceph.osdInit`); undefined: look at the host. Throws ZodError for one that cannot be used. */
export function configuredInit(inventory: Inventory): OsdInit | undefined {
  const configured = inventory.ceph?.osdInit
  return configured && OsdInit.parse(configured)
}

/** The argv for one OSD. */
export function restartArgv({ restart }: OsdInit, of: { id: string; fsid: string }): [string, ...string[]] {
  const [program = '', ...words] = restart.map((word) =>
    word.replaceAll('{id}', of.id).replaceAll('{fsid}', of.fsid),
  )
  return [program, ...words]
}
