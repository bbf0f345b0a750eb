import { KRBD_ARGV } from '../shared/ceph/krbd.ts'
import { NAMESPACES_ARGV } from '../shared/linux/network.ts'
import type { Reply, Scenario } from '../shared/scenario.ts'
import { ADDRESSES_ARGV, PID_NAMESPACES_ARGV } from './host.ts'

type Watch = { address: string; client: number; cookie: number }
type State = { watches: Watch[]; blacklist: { address: string; untilMs: number }[] }

const VERSION = 'ceph version 0.87 (c51c8f9d80fa4e0168aa52685b8de40e42758578)'
const HEADER = 'rbd_header.7mjm6dk28jaj3'
const LEFT_OVER: Watch = { address: '1.1.2.1:0/1193546917', client: 4123, cookie: 1 }
const IN_USE: Watch = { address: '1.1.2.4:0/220114', client: 9001, cookie: 3 }

const OSDS = [
  { id: 0, host: 'node1', address: '1.1.2.3:6800/2101', object: undefined },
  { id: 1, host: 'wsg-2', address: '1.1.2.1:6800/2207', object: HEADER },
  { id: 2, host: 'wsg-70-3', address: '1.1.2.4:6800/2313', object: undefined },
]

/**
 * The incident of an iSCSI gateway on Ceph 0.87 (giant): after a long down+peering a watcher of a client that is gone
 * stays on the header of an image, and RESERVE on its LUN takes 40 s. Addresses, ids and commands are the report's;
 * the wording of the outputs is that of 0.87's source, written by hand.
 */
export const leftOverWatcher: Scenario<State> = {
  playbook: 'watchers',
  hosts: [
    { name: 'node1', addresses: ['1.1.2.3'], roles: ['ceph-admin', 'osd-host'] },
    { name: 'wsg-2', addresses: ['1.1.2.1'], roles: ['iscsi-target', 'osd-host'] },
    { name: 'wsg-70-3', addresses: ['1.1.2.4'], roles: ['iscsi-target', 'osd-host'] },
  ],
  start: () => ({ watches: [LEFT_OVER, IN_USE], blacklist: [] }),
  answer: (state, host, argv, now) => {
    const words = argv.filter(
      (word) =>
        !/^--(connect-timeout|client_mount_timeout|rados-osd-op-timeout|format)\b/.test(word) &&
        word !== '5' &&
        word !== '-f' &&
        word !== 'json',
    )
    const current = { ...state, blacklist: state.blacklist.filter(({ untilMs }) => untilMs > now) }
    const same = (reply: Reply) => ({ state: current, reply: { tookMs: 300, ...reply } })
    const [tool, ...rest] = words
    if (tool === 'ceph' && rest[0] === '--version') return same({ stdout: `${VERSION}\n` })
    if (tool === 'sg_raw') return same(reserve(current, rest))
    if (host === 'node1' && tool === 'ceph') return cephCommand(current, rest, now)
    if (host === 'node1' && tool === 'rados') return same(radosCommand(current, rest))
    if (host === 'node1' && tool === 'rbd') return same(rbdCommand(current, rest))
    if (tool === 'ceph' && rest[0] === 'daemon') return same(daemonCommand(current, host, rest))
    const onHost = hostCommand(host, argv)
    return onHost && same(onHost)
  },
}

function cephCommand(state: State, words: string[], now: number): { state: State; reply: Reply } | undefined {
  const reply = (text: Reply, next = state) => ({ state: next, reply: { tookMs: 1200, ...text } })
  const [first, list, verb, address, seconds] = words
  if (first === 'versions')
    return reply({
      stderr:
        'no valid command found; 10 closest matches:\nosd tier add-cache <poolname> <poolname> <int[0-]>\nError EINVAL: invalid command\n',
      exitCode: 22,
    })
  if (first === 'tell' && list === 'osd.*' && verb === 'version')
    return reply({ stdout: OSDS.map(({ id }) => `osd.${id}: ${VERSION}\n`).join('') })
  if (first === 'daemon') return { state, reply: daemonCommand(state, 'node1', words) }
  if (first !== 'osd') return undefined
  if (list === 'dump') return reply({ stdout: `\n${JSON.stringify(osdMap())}` })
  if (list !== 'blacklist') return undefined
  if (verb === 'ls') {
    const entries = state.blacklist.map(({ address: addr, untilMs }) => ({ addr, until: stamp(untilMs) }))
    return reply({ stdout: `\n${JSON.stringify(entries)}`, stderr: `listed ${entries.length} entries\n` })
  }
  if (verb === 'add' && address) {
    const untilMs = now + Number(seconds ?? 3600) * 1000
    const next = {
      watches: state.watches.filter((watch) => watch.address !== address),
      blacklist: [...state.blacklist, { address, untilMs }],
    }
    return reply(
      { stderr: `blacklisting ${address} until ${stamp(untilMs)} (${seconds ?? 3600} sec)\n` },
      next,
    )
  }
  if (verb === 'rm' && address) {
    const listed = state.blacklist.some((entry) => entry.address === address)
    const next = { ...state, blacklist: state.blacklist.filter((entry) => entry.address !== address) }
    return reply({ stderr: listed ? `un-blacklisting ${address}\n` : `${address} isn't blacklisted\n` }, next)
  }
  return undefined
}

function radosCommand(state: State, words: string[]): Reply {
  const pool = words[words.indexOf('-p') + 1]
  if (pool !== 'rbd')
    return { stderr: `error opening pool ${pool}: (2) No such file or directory\n`, exitCode: 1 }
  const [verb, object, key] = words.slice(words.indexOf('-p') + 2)
  if (verb === 'listwatchers') {
    if (object !== HEADER)
      return { stderr: `error listing watchers rbd/${object}: (2) No such file or directory\n`, exitCode: 1 }
    return {
      stdout: state.watches
        .map((watch) => `watcher=${watch.address} client.${watch.client} cookie=${watch.cookie}\n`)
        .join(''),
    }
  }
  if (verb === 'getomapval' && object === 'rbd_directory' && key === 'id_7mjm6dk28jaj3') {
    return {
      stdout: 'value (8 bytes) :\n0000 : 04 00 00 00 76 6f 6c 37                         : ....vol7\n\n',
    }
  }
  return { stderr: `No such key: rbd/${object}/${key}\n`, exitCode: 1 }
}

function rbdCommand(state: State, words: string[]): Reply {
  const image = words.at(-1)
  if (image !== 'rbd/vol7')
    return { stderr: `rbd: error opening image ${image}: (2) No such file or directory\n`, exitCode: 2 }
  if (words.includes('info')) {
    return {
      stdout: JSON.stringify({
        name: 'vol7',
        size: 10995116277760,
        objects: 2621440,
        order: 22,
        object_size: 4194304,
        block_name_prefix: 'rbd_data.7mjm6dk28jaj3',
        format: 2,
        features: ['layering'],
        flags: [],
      }),
    }
  }
  // this release repeats the key
  if (words.includes('status'))
    return {
      stdout: `{"watchers":{${state.watches.map((watch) => `"watcher":${JSON.stringify(watch)}`).join(',')}}}`,
    }
  if (words.includes('lock')) return { stdout: '{}' }
  return { stderr: 'rbd: unknown command\n', exitCode: 22 }
}

function daemonCommand(state: State, host: string, [, name]: string[]): Reply {
  const osd = OSDS.find(({ id }) => name === `osd.${id}`)
  if (osd?.host !== host)
    return {
      stderr: 'admin_socket: exception getting command descriptions: [Errno 2] No such file or directory\n',
      exitCode: 22,
    }
  const watches = osd.object === undefined ? [] : state.watches
  return {
    stdout: JSON.stringify(
      watches.map(({ address, client, cookie }) => {
        const [addr, nonce] = address.split('/')
        return {
          namespace: '',
          object: osd.object,
          entity_name: { type: 'client', num: client },
          cookie,
          timeout: 30,
          entity_addr_t: { addr, nonce: Number(nonce) },
        }
      }),
    ),
  }
}

/** What the LUN's initiator sees: RESERVE(6) waits for the left-over watcher, in vain. */
function reserve(state: State, words: string[]): Reply {
  const stalls = words[1] === '16' && state.watches.some(({ client }) => client === LEFT_OVER.client)
  return stalls
    ? { stderr: '>>> transport error: Host_status=0x03 [DID_TIME_OUT]\n', exitCode: 99, tookMs: 40_000 }
    : { stderr: 'SCSI Status: Good \n\nSense Information:\nsense buffer empty\n', tookMs: 30 }
}

function hostCommand(host: string, argv: readonly string[]): Reply | undefined {
  const ip = OSDS.find((osd) => osd.host === host)?.address.split(':')[0]
  const same = (known: readonly string[]) =>
    known.length === argv.length && known.every((word, at) => word === argv[at])
  if (ip === undefined) return undefined
  if (same(KRBD_ARGV)) {
    const mapped = ['client_id:client9001', 'pool:rbd', 'name:vol7']
      .map((line) => `/sys/bus/rbd/devices/0/${line}\n`)
      .join('')
    return { stdout: host === 'wsg-70-3' ? mapped : '' }
  }
  if (same(ADDRESSES_ARGV)) {
    const lines = [
      '1: lo    inet 127.0.0.1/8 scope host lo',
      `2: eth0    inet ${ip}/24 brd 1.1.2.255 scope global eth0`,
    ]
    return {
      stdout: lines.map((line) => `${line}\\       valid_lft forever preferred_lft forever\n`).join(''),
    }
  }
  if (same(PID_NAMESPACES_ARGV)) return { stdout: 'pid:[4026531836]\n'.repeat(12) }
  if (same(NAMESPACES_ARGV)) return { stdout: 'net:[4026531956]\n'.repeat(12) }
  if (argv[0] === 'cat') return { stdout: '0\n0\n' }
  if (argv[0] === 'ss') {
    const peers = OSDS.filter((osd) => osd.host !== host).map((osd) => osd.address.split('/')[0])
    const heartbeats = peers.map(
      (peer, at) =>
        `ESTAB      0      0      ${ip}:${49000 + at}      ${peer}   users:(("ceph-osd",2207,${40 + at}))\n`,
    )
    const mapped = host === 'wsg-70-3' ? [`ESTAB      0      0      ${ip}:51234      1.1.2.1:6800\n`] : []
    return {
      stdout: [
        'State      Recv-Q Send-Q      Local Address:Port        Peer Address:Port\n',
        ...heartbeats,
        ...mapped,
      ].join(''),
    }
  }
  if (argv[0] === 'ps') {
    const rows = [
      '1 Ss 31-04:11:09 /sbin/init',
      '2 S 31-04:11:09 [kthreadd]',
      '2207 Ssl 31-04:10:02 /usr/bin/ceph-osd -i 1 --pid-file /var/run/ceph/osd.1.pid',
      '3120 S 31-04:09:40 [iscsird0_0]',
      '9127 R+ 00:00 ps -ww -e',
    ]
    return { stdout: `${rows.map((row) => row.replace(/^(\d+)/, (pid) => pid.padStart(5))).join('\n')}\n` }
  }
  return undefined
}

function osdMap() {
  return {
    epoch: 2741,
    fsid: '8d3ff9f2-6c2a-4b1e-9a33-1d2b7c6f0a51',
    pools: [{ pool: 2, pool_name: 'rbd' }],
    osds: OSDS.map(({ id, address }) => ({
      osd: id,
      up: 1,
      in: 1,
      public_addr: address,
      cluster_addr: address.replace(':6800', ':6801'),
      heartbeat_back_addr: address.replace(':6800', ':6802'),
      heartbeat_front_addr: address.replace(':6800', ':6803'),
    })),
    blacklist: [],
  }
}

function stamp(ms: number): string {
  return `${new Date(ms).toISOString().replace('T', ' ').replace('Z', '')}000`
}
