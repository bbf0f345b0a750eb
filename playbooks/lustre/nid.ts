/** A network identifier, `10.1.0.202@o2ib`; `tcp0` and `tcp` are the same net and are written `tcp`. */
export type Nid = string

/** `10.1.0.202@o2ib,192.168.1.202@tcp:10.1.0.201@o2ib:/shlfs/home` */
export type MountSpec = {
  /** servers that may run the MGS, in the order they are tried; each with the NIDs of one machine */
  nodes: Nid[][]
  fsname: string
  /** `/home`; undefined: the whole file system */
  subdirectory: string | undefined
}

const NET = '[a-z][a-z0-9]*'
const NID = new RegExp(`^(?:[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+|\\[[0-9A-Fa-f:.]+\\])@${NET}$`)

/** A NID as typed or printed, in one spelling; undefined when it is none. A name without `@` is on `tcp`. */
export function parseNid(text: string): Nid | undefined {
  const full = text.includes('@') ? text : `${text}@tcp`
  return full.length <= 128 && !full.startsWith('-') && NID.test(full)
    ? full.replace(/(@[a-z0-9]*?[a-z])0$/, '$1')
    : undefined
}

/** The net of a NID: `o2ib`, `tcp1`. */
export function netOf(nid: Nid): string {
  return nid.slice(nid.lastIndexOf('@') + 1)
}

/**
 * The list of servers alone: `:` stands between servers, `,` between the NIDs of one server. Undefined when a part is no NID.
 * Source: mount.lustre(8), "mgsname is a colon-separated list of mgsnode names", "comma-separated list of NIDs".
 */
export function parseNodes(text: string): Nid[][] | undefined {
  // a colon may also stand inside an IPv6 address, which has its `@net` still to come
  const nodes = text.includes('@') ? text.split(/(?<=@[^:,@]*):/) : text.split(':')
  const parsed = nodes.map((node) => node.split(',').map((nid) => parseNid(nid)))
  return parsed.every((node): node is Nid[] => node.every((nid) => nid !== undefined)) ? parsed : undefined
}

/** The source of a client's mount; undefined for anything else (a target's block device, for instance). */
export function parseMountSpec(text: string): MountSpec | undefined {
  const match = /^(.+?):\/([A-Za-z0-9_.-]{1,8})(\/.*)?$/.exec(text)
  const nodes = match && parseNodes(match[1]!)
  if (!nodes) return undefined
  const subdirectory = match[3]?.replace(/\/+$/, '')
  return { nodes, fsname: match[2]!, subdirectory: subdirectory || undefined }
}

export function formatNodes(nodes: readonly (readonly Nid[])[]): string {
  return nodes.map((node) => node.join(',')).join(':')
}

/** The servers of several lists, each once, in order; two that share a NID are one. */
export function mergeNodes(lists: readonly (readonly Nid[])[]): Nid[][] {
  const merged: Nid[][] = []
  for (const node of lists) {
    const same = merged.find((known) => known.some((nid) => node.includes(nid)))
    if (same) same.push(...node.filter((nid) => !same.includes(nid)))
    else merged.push([...node])
  }
  return merged
}
