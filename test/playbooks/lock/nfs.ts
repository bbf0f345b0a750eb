import type { Machine, Row } from './machines.ts'
import { ROOT } from './machines.ts'

/** One NFS server and two clients; on `client` a process hangs behind a lock file that `holder` may hold. */
export const INODE = '2199054015793'
export const SERVER_PATH = '/export/a/locks/registry lock'
export const CLIENT_PATH = '/mnt/a/locks/registry lock'
const NFS = `${ROOT}39 20 0:29 / /mnt/a rw - nfs server:/export/a rw,vers=3,hard,addr=10.0.0.1\n`
const EXPORT = `${ROOT}31 20 0:20 / /export rw - ceph 10.0.0.9:/ rw\n`

export const waitingForLock: Row = {
  pid: 700,
  state: 'D',
  wchan: 'rpc_wait_bit_killable',
  name: 'nova-compute',
  stack: ['rpc_wait_bit_killable', 'nlmclnt_call', 'nfs3_proc_lock'],
}

export function server(more: Partial<Machine> = {}): Machine {
  const { files, ...rest } = more
  return {
    name: 'server',
    addresses: ['10.0.0.1'],
    roles: ['nfs-server'],
    lockRoots: ['/export/a'],
    files: {
      '/proc/self/mountinfo': EXPORT,
      '/proc/locks': `4: POSIX  ADVISORY  WRITE 801 00:14:${INODE} 0 EOF\n`,
      ...files,
    },
    threads: [
      { pid: 90, state: 'S', name: 'lockd' },
      { pid: 91, state: 'S', name: 'rpc.statd' },
    ],
    stats: { [SERVER_PATH]: `14 ${INODE} 81a4 1 0 0` },
    monitored: ['10.0.0.2', '10.0.0.3'],
    ...rest,
  }
}

export function client(more: Partial<Machine> = {}): Machine {
  const { files, ...rest } = more
  return {
    name: 'client',
    addresses: ['10.0.0.2'],
    files: { '/proc/self/mountinfo': NFS, '/proc/700/fdinfo/22': `mnt_id:\t39\nino:\t${INODE}\n`, ...files },
    threads: [waitingForLock],
    open: { 700: { 22: CLIENT_PATH, 1: '/var/log/nova.log' } },
    stats: { [CLIENT_PATH]: `1d ${INODE} 81a4 1 0 0` },
    ...rest,
  }
}

export function holder(more: Partial<Machine> = {}): Machine {
  const { files, ...rest } = more
  return {
    name: 'holder',
    addresses: ['10.0.0.3'],
    files: { '/proc/self/mountinfo': NFS, ...files },
    ...rest,
  }
}

/** The client's own record of a lock that it holds on the server. */
export const holding = (pid: number) => ({
  '/proc/locks': `1: POSIX  ADVISORY  WRITE ${pid} 00:1d:${INODE} 0 EOF\n`,
})
