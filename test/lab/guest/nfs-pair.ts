import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Guest, type GuestOptions, startGuest } from './guest.ts'

export const SERVER_ADDRESS = '10.77.0.1'
export const CLIENT_ADDRESS = '10.77.0.2'

/** `client` is another guest after its restart. */
export type NfsPair = {
  readonly server: Guest
  client: Guest
  /** the server's /srv/share at the client's /mnt/v3 or /mnt/v4 */
  mount(version: 3 | 4): Promise<void>
  /** its power is cut, and it boots again: it has forgotten everything, and tells nobody */
  restartClient(): Promise<void>
  end(): Promise<void>
}

const RPC_FILES = {
  // what libtirpc knows of protocols
  'etc/netconfig':
    'udp tpi_clts v inet udp - -\ntcp tpi_cots_ord v inet tcp - -\nlocal tpi_cots_ord - loopback - - -\n',
  'etc/rpc': 'portmapper 100000\nnfs 100003\nmountd 100005\nnlockmgr 100021\nstatus 100024\n',
  'etc/services': 'sunrpc 111/tcp portmapper\nsunrpc 111/udp portmapper\nnfs 2049/tcp\n',
  'etc/protocols': 'tcp 6 TCP\nudp 17 UDP\n',
  'etc/nsswitch.conf':
    'passwd: files\nhosts: files\nservices: files\nprotocols: files\nrpc: files\nnetgroup: files\n',
}

/** rpcbind and rpc.statd, which locks over NFSv3 need on both sides. */
const RPC = `mkdir -p /run/rpcbind /run/sendsigs.omit.d /var/lib/nfs/sm /var/lib/nfs/sm.bak /var/lib/nfs/rpc_pipefs
echo 1 > /var/lib/nfs/state
rpcbind
rpc.statd --no-notify
modprobe -a nfsv3 lockd
# how long lockd hands out no locks after its start
echo 3 > /proc/sys/fs/nfs/nlm_timeout
echo 1 > /proc/sys/fs/nfs/nlm_grace_period`

/** A guest with the kernel's NFS client, versions 3 and 4. */
export const NFS_CLIENT: Partial<GuestOptions> = {
  modules: ['nfsv3', 'nfsv4'],
  programs: ['rpcbind', 'rpc.statd', 'sm-notify'],
  files: RPC_FILES,
  setup: RPC,
}

/** Seconds after which an NFSv4 client that was not heard of has lost its lease: the shortest that the kernel takes. */
export const LEASE_S = 10

/** A guest with the kernel's NFS server (and client): it exports /srv/share, a tmpfs, to everybody. */
export const NFS_SERVER: Partial<GuestOptions> = {
  modules: ['nfsd', 'nfsv3', 'nfsv4'],
  programs: [...NFS_CLIENT.programs!, 'exportfs', 'rpc.mountd', 'rpc.nfsd'],
  packages: ['nfs-kernel-server'],
  files: {
    ...RPC_FILES,
    'etc/exports': '/srv/share *(rw,sync,no_root_squash,no_subtree_check,insecure,fsid=1)\n',
  },
  setup: `${RPC}
mkdir -p /srv/share /var/lib/nfs/v4recovery
touch /var/lib/nfs/etab /var/lib/nfs/rmtab
mount -t tmpfs share /srv/share
modprobe nfsd
mount -t nfsd nfsd /proc/fs/nfsd
echo ${LEASE_S} > /proc/fs/nfsd/nfsv4leasetime
echo ${LEASE_S} > /proc/fs/nfsd/nfsv4gracetime
exportfs -ra
rpc.mountd
rpc.nfsd 4
echo Y > /proc/fs/nfsd/v4_end_grace`,
}

/** Two guests on one cable: an NFS server and its client. */
export async function startNfsPair(): Promise<NfsPair> {
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-cable-'))
  const [own, other] = [join(folder, 's'), join(folder, 'c')]
  const startClient = () =>
    startGuest({
      ...NFS_CLIENT,
      name: 'client',
      cable: { own: other, other: own, address: CLIENT_ADDRESS },
    })
  const [server, client] = await Promise.all([
    startGuest({ ...NFS_SERVER, name: 'server', cable: { own, other, address: SERVER_ADDRESS } }),
    startClient(),
  ])
  const pair: NfsPair = {
    server,
    client,
    mount: async (version) => {
      const at = `/mnt/v${version}`
      const options =
        version === 3
          ? `vers=3,mountaddr=${SERVER_ADDRESS},mountvers=3,proto=tcp,mountproto=tcp`
          : `vers=4.2,clientaddr=${CLIENT_ADDRESS}`
      const type = version === 3 ? 'nfs' : 'nfs4'
      await pair.client.sh(
        `mkdir -p ${at}; mount -i -t ${type} -o ${options},addr=${SERVER_ADDRESS} ${SERVER_ADDRESS}:/srv/share ${at}`,
      )
    },
    async restartClient() {
      await pair.client.end()
      pair.client = await startClient()
    },
    async end() {
      await Promise.all([pair.server.end(), pair.client.end()])
      rmSync(folder, { recursive: true })
    },
  }
  return pair
}
