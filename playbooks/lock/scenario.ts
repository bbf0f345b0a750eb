import { PID_NAMESPACE_ARGV } from '../shared/linux/proc-locks.ts'
import { MONITORED_ARGV } from '../shared/linux/statd.ts'
import type { Reply, Scenario } from '../shared/scenario.ts'
import { type Files, readWith } from './replayed-files.ts'

type State = {
  /** name of the file whose inode is locked */
  name: string
  /** when nova-compute came out of state D, by the replayed clock; undefined: it still hangs */
  releasedAt: number | undefined
}

const SERVER = 'Storage5'
const CLIENT = 'ECM-043'
const INODE = '2199054015793'
const MOUNT = '/var/lib/nova/instances'
const SHARE = '/var/share/ezfs/shareroot'
const EXPORT = `${SHARE}/block-bj`
const LOCK = 'locks/nova-storage-registry-lock'
/** How long the client takes to notice. */
const RELEASE_MS = 8_000

/** The clients that statd of Storage5 watches, oldest first; the report has their addresses, their names are made up. */
const CLIENTS: [name: string, address: string, since: number][] = [
  ['ECM-061', '10.55.4.199', 1491501000],
  ['ECM-027', '10.55.4.37', 1491806040],
  ['ECM-026', '10.55.4.16', 1491806460],
  ['ECM-022', '10.55.4.32', 1491806640],
  ['ECM-025', '10.55.4.15', 1491806820],
  ['ECM-065', '10.55.4.205', 1491882120],
  ['ECM-021', '10.55.4.31', 1491897600],
  ['ECM-044', '10.55.4.54', 1491897840],
  ['ECM-011', '10.55.4.1', 1491898080],
  [CLIENT, '10.55.4.9', 1492045380],
]

/**
 * The incident of an OpenStack cloud on NFS over Ceph 0.67: nova-compute in state D behind its lock file; one NFS server
 * keeps a lock of a process that no client has any more. Names, inode, pids and the lines of /proc/locks, lsof and sm/
 * are the report's; the kernel's texts are those of Linux 3.x, written by hand. The report removed the file; that a
 * rename releases the process as well is this scenario's assumption.
 */
export const lockFileOnNfs: Scenario<State> = {
  playbook: 'stuck',
  hosts: [
    { name: SERVER, addresses: ['10.55.4.245'], roles: ['nfs-server'], lockRoots: [EXPORT] },
    { name: 'Storage6', addresses: ['10.55.4.246'], roles: ['nfs-server'] },
    ...CLIENTS.map(([name, address]) => ({ name, addresses: [address], roles: ['nfs-client' as const] })),
  ],
  start: () => ({ name: `${EXPORT}/${LOCK}`, releasedAt: undefined }),
  answer: (state, host, argv, now) => {
    if (host !== SERVER && host !== 'Storage6' && !CLIENTS.some(([name]) => name === host)) return undefined
    if (host === SERVER && argv[0] === 'perl') return rename(state, argv, now)
    const reply = look(state, host, argv, now)
    return reply && { state, reply: { tookMs: 150, ...reply } }
  },
}

function look(state: State, host: string, argv: readonly string[], now: number): Reply | undefined {
  const path = argv.at(-1)!
  switch (argv[0]) {
    case 'ps':
      return {
        stdout: argv.includes('args=') ? '    1 Ss   31-04:11:09 /sbin/init\n' : threads(state, host, now),
      }
    case 'dmesg':
      return { stdout: '[ 8812.104331] RPC: Registered tcp transport module.\n' }
    case 'find':
      return find(argv, host, path)
    case 'stat':
      return stat(state, host, path)
    case 'readlink':
      if (path === PID_NAMESPACE_ARGV[1]) return { stdout: 'pid:[4026531836]\n' }
      return host === SERVER && path === state.name ? { stdout: path } : { exitCode: 1 }
    default:
      return readWith(argv, filesOf(state, host, now))
  }
}

function filesOf(state: State, host: string, now: number): Files {
  const common = { '/proc/uptime': '2693469.10 5210034.88\n', '/proc/locks': LOCKS[host] ?? '' }
  if (host === SERVER)
    return {
      ...common,
      '/proc/self/mountinfo': `${ROOT}31 20 0:20 / ${SHARE} rw,relatime - ceph 10.55.4.241:6789,10.55.4.242:6789:/ rw,name=admin\n`,
    }
  if (host !== CLIENT) return { ...common, '/proc/self/mountinfo': `${ROOT}${NFS}` }
  return {
    ...common,
    '/proc/self/mountinfo': `${ROOT}${NFS}`,
    '/proc/21409/mountinfo': `${ROOT}${NFS}`,
    ...thread(state, now),
  }
}

const ROOT = '20 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw,errors=remount-ro\n'
const NFS = `39 20 0:29 / ${MOUNT} rw,relatime - nfs block.beijing.wocloud.cn:${EXPORT} rw,vers=3,rsize=1048576,wsize=1048576,namlen=255,hard,proto=tcp,timeo=600,retrans=2,sec=sys,mountaddr=10.55.4.245,mountvers=3,mountproto=udp,local_lock=none,addr=10.55.4.245\n`

const LOCKS: Record<string, string> = {
  [SERVER]: `1: POSIX  ADVISORY  WRITE 28331 00:14:2199053494291 0 EOF
2: POSIX  ADVISORY  WRITE 28165 00:14:1099511627783 0 0
3: POSIX  ADVISORY  READ  360769 00:0f:21590 4 4
4: POSIX  ADVISORY  WRITE 28331 00:14:${INODE} 0 EOF
5: POSIX  ADVISORY  WRITE 1022761 00:0f:673303453 0 EOF
6: POSIX  ADVISORY  WRITE 98842 00:0f:47181 0 EOF
7: POSIX  ADVISORY  WRITE 688677 00:0f:1186403778 0 EOF
8: POSIX  ADVISORY  READ  38754 00:0f:21590 4 4
`,
}

const isReleased = ({ releasedAt }: State, now: number) => releasedAt !== undefined && now >= releasedAt

function threads(state: State, host: string, now: number): string {
  const row = (pid: number, flags: string, age: string, wchan: string, name: string) =>
    `${String(pid).padStart(5)} ${String(pid).padStart(5)} ${flags.padEnd(4)} ${age.padStart(11)} ${wchan.padEnd(40)} ${name}\n`
  const base = [
    row(1, 'Ss', '31-04:11:09', 'poll_schedule_timeout', 'init'),
    row(2, 'S', '31-04:11:09', 'kthreadd', 'kthreadd'),
    row(30117, 'R+', '00:00', '-', 'ps'),
  ]
  if (host === SERVER)
    base.push(
      row(2811, 'S', '31-04:10:40', 'lockd', 'lockd'),
      row(2813, 'S', '31-04:10:40', 'svc_recv', 'nfsd'),
      row(2790, 'Ss', '31-04:10:41', 'poll_schedule_timeout', 'rpc.statd'),
    )
  if (host === CLIENT)
    base.push(
      isReleased(state, now)
        ? row(21409, 'Sl', '02:41:07', 'poll_schedule_timeout', 'nova-compute')
        : row(21409, 'Dl', '02:41:07', 'rpc_wait_bit_killable', 'nova-compute'),
      row(2655, 'S', '30-22:00:12', 'lockd', 'lockd'),
    )
  return base.join('')
}

function thread(state: State, now: number): Files {
  const released = isReleased(state, now)
  const at = '/proc/21409/task/21409'
  const waits = [
    'rpc_wait_bit_killable+0x40/0x90 [sunrpc]',
    '__rpc_execute+0x139/0x3a0 [sunrpc]',
    'rpc_execute+0x5e/0xa0 [sunrpc]',
    'rpc_run_task+0x70/0x90 [sunrpc]',
    'nlmclnt_call+0x1b5/0x260 [lockd]',
    'nlmclnt_proc+0x1e1/0x6a0 [lockd]',
    'nfs3_proc_lock+0x1c/0x20 [nfs]',
    'do_setlk+0xcf/0xf0 [nfs]',
    'nfs_lock+0xd4/0x160 [nfs]',
    'vfs_lock_file+0x1e/0x40',
    'fcntl_setlk+0x133/0x310',
    'sys_fcntl+0x158/0x610',
  ]
  const idle = ['poll_schedule_timeout+0x44/0x60', 'do_sys_poll+0x3ed/0x4e0', 'sys_poll+0x69/0x100']
  return {
    [`${at}/stat`]: `21409 (nova-compute) ${released ? 'S' : 'D'} 1 21380 21380 0 -1 4202496 61201 0 11 0 7102 1331 0 0 20 0 3 0 268367910 2168516608 27729 0 0 0 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n`,
    [`${at}/status`]: `Name:\tnova-compute\nState:\t${released ? 'S (sleeping)' : 'D (disk sleep)'}\nvoluntary_ctxt_switches:\t${released ? 50988 : 50411}\nnonvoluntary_ctxt_switches:\t812\n`,
    [`${at}/wchan`]: released ? 'poll_schedule_timeout' : 'rpc_wait_bit_killable',
    [`${at}/stack`]: (released ? idle : waits).map((frame) => `[<ffffffff810a2b10>] ${frame}\n`).join(''),
  }
}

function find(argv: readonly string[], host: string, path: string): Reply {
  if (argv[1] === MONITORED_ARGV[1]) {
    const list =
      host === SERVER ? CLIENTS.map(([, address, since]) => `${since}.0000000000 ${address}\n`).join('') : ''
    return { stdout: list, stderr: "find: '/var/lib/nfs/statd/sm': No such file or directory\n", exitCode: 1 }
  }
  if (argv[1] === '/proc/21409/fd' && host === CLIENT) {
    return {
      stdout: [
        '0\t/dev/null',
        '1\t/dev/null',
        '2\t/dev/null',
        '3\t/var/log/nova/compute.log',
        '7\tsocket:[918273]',
        `22\t${MOUNT}/${LOCK}`,
      ]
        .map((entry) => `${entry}\0`)
        .join(''),
    }
  }
  return argv[1] === '/proc'
    ? { stdout: '' }
    : { stderr: `find: '${path}': No such file or directory\n`, exitCode: 1 }
}

function stat(state: State, host: string, path: string): Reply {
  const onClient = host === CLIENT && (path === '/proc/21409/fd/22' || path === `${MOUNT}/${LOCK}`)
  const moved = path === `${MOUNT}/${LOCK}` && state.name !== `${EXPORT}/${LOCK}`
  if (onClient && !moved) return { stdout: `1d ${INODE} 81a4 1 0 1492067160\n` }
  if (host === SERVER && path === state.name) return { stdout: `14 ${INODE} 81a4 1 0 1492067160\n` }
  if (host === SERVER && path === `${EXPORT}/${LOCK}` && state.releasedAt !== undefined)
    return { stdout: '14 2199054021127 81a4 1 0 1492069000\n' }
  return { stderr: `stat: cannot stat '${path}': No such file or directory\n`, exitCode: 1 }
}

/** The rename of the remedy, and the way back while nova-compute has not made a new file. */
function rename(state: State, argv: readonly string[], now: number): { state: State; reply: Reply } {
  const [from, to, device, inode] = argv.slice(4)
  const refused = (why: string) => ({ state, reply: { stderr: `refused: ${why}\n`, exitCode: 3 } })
  if (from !== state.name) return refused(`${from}: No such file or directory`)
  if (device !== '20' || inode !== INODE)
    return refused(`${from} is 20:${INODE} now, approved was ${device}:${inode}`)
  if (to === `${EXPORT}/${LOCK}` && isReleased(state, now)) return refused(`${to}: File exists`)
  const away = to !== `${EXPORT}/${LOCK}`
  return {
    state: { name: to!, releasedAt: away ? now + RELEASE_MS : undefined },
    reply: { stdout: 'renamed\n', tookMs: 200 },
  }
}
