import { z } from 'zod'

/** What a host is used for; a playbook asks for hosts by role, never by name. */
export const Role = z.enum([
  'ceph-admin',
  'nfs-server',
  'nfs-client',
  'ctdb-node',
  'lustre-client',
  'lustre-mgs',
  'osd-host',
  'iscsi-target',
  'iscsi-initiator',
  'esxi',
])
export type Role = z.infer<typeof Role>

/** A host as playbooks may know it. How it is reached (transport, user, key) is not their business. */
export const Host = z.object({
  name: z.string().min(1),
  /** IP addresses that belong to this host, without port; what a watcher's address is matched against. */
  addresses: z.array(z.string()),
  roles: z.array(Role),
  /** folders (absolute, local on this host) below which a lock file may be moved aside; absent: nowhere */
  lockRoots: z.array(z.string().startsWith('/')).optional(),
})
export type Host = z.infer<typeof Host>

/** One storage system and its hosts. */
export const Inventory = z.object({
  cluster: z.string().min(1),
  hosts: z.array(Host),
  /** how Ceph's own tools find this cluster; absent: their defaults */
  ceph: z
    .object({
      conf: z.string().optional(),
      user: z.string().optional(),
      /** how its hosts restart an OSD, see shared/ceph/osd-init.ts */
      osdInit: z.object({ restart: z.array(z.string()) }).optional(),
    })
    .optional(),
})
export type Inventory = z.infer<typeof Inventory>

/** Hosts with this role, in the order of the configuration; empty when there is none. */
export function hostsWith(inventory: Inventory, role: Role): Host[] {
  return inventory.hosts.filter((host) => host.roles.includes(role))
}
