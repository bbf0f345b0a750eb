import { formatAddress, parseAddresses } from '../../shared/ceph/address.ts'
import { isObject } from '../../shared/ceph/fields.ts'
import { addressVector } from '../../shared/ceph/osd-dump.ts'
import {
  careful,
  hasKeys,
  listAt,
  objectAt,
  type Shape,
  textAt,
  textsAt,
} from '../../shared/ceph/pasted/shapes.ts'
import type { JsonObject } from '../../shared/json.ts'
import { type Here, say } from './here.ts'
import { addCheck, sayOsd } from './scene.ts'

/** `ceph osd dump|tree|df|find|metadata|perf|blocked-by` as JSON. */
export const osdShapes: Shape<Here>[] = [
  // ceph osd dump
  (of, here) => {
    const osds = listAt(of, 'osds')
    if (!osds || !hasKeys(of, 'epoch') || !osds.every((each) => isObject(each) || typeof each === 'bigint'))
      return false
    if (!hasKeys(of, 'pools') && !hasKeys(of, 'flags')) return false
    say(here, 'ceph osd dump')
    here.scene.notes.fact('clusters', { fsid: textAt(of, 'fsid'), epoch: textAt(of, 'epoch') })
    const flags = (textAt(of, 'flags') ?? '').split(',').filter(Boolean)
    here.scene.notes.fact('flags', { flags })
    const set = flags.filter((flag) => /^(?:no\w+|pause\w*|full)$/.test(flag))
    if (set.length > 0)
      addCheck(here.scene, {
        code: 'OSDMAP_FLAGS',
        severity: undefined,
        message: `${set.join(',')} set`,
        lines: [`flags: ${flags.join(',')}`],
      })
    for (const pool of (listAt(of, 'pools') ?? []).filter(isObject))
      here.scene.notes.fact('pools', {
        id: textAt(pool, 'pool'),
        name: textAt(pool, 'pool_name'),
        size: textAt(pool, 'size'),
        minSize: textAt(pool, 'min_size'),
      })
    for (const osd of osds.filter(isObject)) readMapped(osd, here)
    return true
  },
  (of, here) => {
    if (!hasKeys(of, 'osd', 'up', 'in') || !(hasKeys(of, 'public_addr') || hasKeys(of, 'public_addrs')))
      return false
    say(here, 'ceph osd dump')
    readMapped(of, here)
    return true
  },
  // ceph osd tree, ceph osd df: a list of nodes
  (of, here) => {
    const nodes = listAt(of, 'nodes')
    if (!nodes?.some((node) => isObject(node) && hasKeys(node, 'id', 'type'))) return false
    const all = nodes.filter(isObject)
    const df = all.some((node) => hasKeys(node, 'utilization'))
    say(here, df ? 'ceph osd df' : 'ceph osd tree')
    const hosts = new Map<string, string>()
    for (const node of all.filter((each) => textAt(each, 'type') === 'host'))
      for (const child of textsAt(node, 'children')) hosts.set(child, textAt(node, 'name') ?? '')
    for (const name of new Set(hosts.values())) here.scene.notes.fact('hosts', { name })
    for (const node of [...all, ...(listAt(of, 'stray') ?? []).filter(isObject)]) readNode(node, hosts, here)
    return true
  },
  (of, here) => {
    if (textAt(of, 'type') !== 'osd' || !hasKeys(of, 'id', 'name', 'crush_weight')) return false
    say(here, 'ceph osd tree')
    readNode(of, new Map(), here)
    return true
  },
  // ceph osd find
  (of, here) => {
    const id = textAt(of, 'osd')
    const place = objectAt(of, 'crush_location')
    if (id === undefined || !place) return false
    say(here, 'ceph osd find')
    sayOsd(here.scene, id, `osd.${id}`, {
      ...{
        host: textAt(of, 'host') ?? textAt(place, 'host'),
        osdFsid: textAt(of, 'osd_fsid'),
        container: textAt(of, 'container_name'),
      },
      addresses: addressesOf(of, here, 'addrs', 'ip'),
    })
    return true
  },
  // ceph osd metadata
  (of, here) => {
    const id = textAt(of, 'id') ?? here.section.args.find((arg) => /^\d+$/.test(arg))
    if (
      id === undefined ||
      !hasKeys(of, 'hostname') ||
      !(hasKeys(of, 'front_addr') || hasKeys(of, 'osd_objectstore'))
    )
      return false
    say(here, 'ceph osd metadata')
    sayOsd(here.scene, id, `osd.${id}`, {
      ...{
        host: textAt(of, 'hostname'),
        version: textAt(of, 'ceph_version_short') ?? textAt(of, 'ceph_version'),
      },
      ...{
        objectstore: textAt(of, 'osd_objectstore'),
        devices: textAt(of, 'devices'),
        kernel: textAt(of, 'kernel_version'),
        deviceIds: textAt(of, 'device_ids'),
      },
      addresses: addressesOf(of, here, 'front_addr', 'back_addr', 'hb_front_addr', 'hb_back_addr'),
    })
    return true
  },
  // ceph osd perf
  (of, here) => {
    const infos = listAt(of, 'osd_perf_infos')
    if (!infos) return false
    say(here, 'ceph osd perf')
    for (const info of infos.filter(isObject)) {
      const stats = objectAt(info, 'perf_stats') ?? { entries: [] }
      const id = textAt(info, 'id')
      if (id !== undefined)
        sayOsd(here.scene, id, `osd.${id}`, {
          commitLatencyMs: textAt(stats, 'commit_latency_ms'),
          applyLatencyMs: textAt(stats, 'apply_latency_ms'),
        })
    }
    return true
  },
  // ceph osd blocked-by
  (of, here) => {
    const infos = listAt(of, 'osd_blocked_by_infos')
    if (!infos) return false
    say(here, 'ceph osd blocked-by')
    for (const info of infos.filter(isObject)) {
      const [id, blocks] = [textAt(info, 'id'), textAt(info, 'num_blocked')]
      if (id === undefined || blocks === undefined) continue
      const line = `osd.${id} keeps ${blocks} PGs from peering`
      sayOsd(here.scene, id, line, { blocks })
      addCheck(here.scene, { code: 'BLOCKED_BY', severity: undefined, message: line, lines: [line] })
    }
    return true
  },
]

/** Every address of an OSD, vectors or the single ones of old releases. */
function addressesOf(of: JsonObject, here: Here, ...names: string[]): string[] {
  const all: string[] = []
  for (const name of names) {
    const value = objectAt(of, name)
    const single = textAt(of, name)
    careful(here, single, () => {
      if (value) all.push(...addressVector(value, name).map(formatAddress))
      else if (single !== undefined) all.push(...parseAddresses(single).map(formatAddress))
    })
  }
  return [...new Set(all)].filter((address) => !address.includes(':0/0'))
}

function readMapped(osd: JsonObject, here: Here): void {
  const id = textAt(osd, 'osd')
  const up = textAt(osd, 'up')
  const isIn = textAt(osd, 'in')
  if (id === undefined || up === undefined) return
  sayOsd(here.scene, id, `osd.${id} ${up === '1' ? 'up' : 'down'}`, {
    state: up === '1' ? 'up' : 'down',
    ...(isIn === undefined ? {} : { in: isIn === '1' }),
    uuid: textAt(osd, 'uuid'),
    addresses: addressesOf(
      osd,
      here,
      ...['public', 'cluster', 'heartbeat_back', 'heartbeat_front'].flatMap((use) => [
        `${use}_addrs`,
        `${use}_addr`,
      ]),
    ),
  })
}

function readNode(node: JsonObject, hosts: ReadonlyMap<string, string>, here: Here): void {
  const id = textAt(node, 'id')
  if (textAt(node, 'type') !== 'osd' || id === undefined) return
  const use = textAt(node, 'utilization')
  const reweight = textAt(node, 'reweight')
  const state = textAt(node, 'status')
  sayOsd(
    here.scene,
    id,
    `osd.${id}${state === undefined ? '' : ` ${state}`}${use === undefined ? '' : ` ${use} %`}`,
    {
      ...{
        state,
        host: hosts.get(id),
        reweight,
        class: textAt(node, 'device_class'),
        percent: use,
        pgs: textAt(node, 'pgs'),
      },
      ...(use === undefined ? {} : { use: Number(use) }),
      ...(reweight === undefined ? {} : { in: Number(reweight) > 0 }),
    },
  )
}
