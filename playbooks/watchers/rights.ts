import type { Inventory } from '../shared/inventory.ts'
import type { Evidence } from './evidence.ts'

export type Right = 'yes' | 'no' | 'not known'
/** What our own user may do with the blocklist, as far as the monitors show it. */
export type Rights = { user: string; caps: string | undefined; add: Right; remove: Right }

/** The caps of our own session with the monitors. Not known where they can't be asked (before Octopus, no `mon allow *`). */
export function rightsOf({ ceph }: Inventory, { sessions = [] }: Evidence): Rights {
  const user = `client.${ceph?.user ?? 'admin'}`
  const own = sessions.flatMap((look) => (look.seen ? look.value : [])).filter((each) => each.user === user)
  const texts = [...new Set(own.flatMap(({ caps }) => caps ?? []))]
  const caps = texts.length === 1 ? texts[0] : undefined
  if (caps === undefined) return { user, caps, add: 'not known', remove: 'not known' }
  return { user, caps, ...rightsIn(caps) }
}

/**
 * Monitor caps such as `allow *`, `allow r`, `profile rbd` → what they allow. `osd blocklist` takes read and write;
 * `profile rbd` lets add an exact address, and nothing be removed (MonCap.cc; tried on 16.2.15).
 */
export function rightsIn(caps: string): Pick<Rights, 'add' | 'remove'> {
  const rights: Pick<Rights, 'add' | 'remove'> = { add: 'no', remove: 'no' }
  for (const grant of caps.split(/[,;]/).map((text) => text.trim())) {
    const [, allowed] = /^allow ([rwx]+|\*|all)$/.exec(grant) ?? []
    const [, profile] = /^(?:allow )?profile (\S+)$/.exec(grant) ?? []
    if (allowed === '*' || allowed === 'all' || (allowed?.includes('r') && allowed.includes('w')))
      return { add: 'yes', remove: 'yes' }
    if (allowed !== undefined) continue
    if (profile === 'rbd') rights.add = 'yes'
    // a grant that we cannot read may allow it
    else if (profile !== 'rbd-read-only') {
      rights.add = rights.add === 'yes' ? 'yes' : 'not known'
      rights.remove = 'not known'
    }
  }
  return rights
}
