import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the lab starts (or, with a path, loads), and the Debian package that brings it. */
const NEEDS: Record<string, string> = {
  'ceph-mon': 'ceph-mon',
  'ceph-osd': 'ceph-osd',
  'ceph-mgr': 'ceph-mgr',
  ceph: 'ceph-common',
  rados: 'ceph-common',
  rbd: 'ceph-common',
  'redis-server': 'redis-server',
  chromium: 'chromium',
  bindfs: 'bindfs',
  fusermount3: 'fuse3',
  'mkfs.ext4': 'e2fsprogs',
  fsfreeze: 'util-linux',
  setpriv: 'util-linux',
  umount: 'mount',
  ps: 'procps',
  ss: 'iproute2',
  sshd: 'openssh-server',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  clush: 'clustershell',
  ansible: 'ansible-core',
  ctdbd: 'ctdb',
  prlimit: 'util-linux',
  busybox: 'busybox',
  mksh: 'mksh',
  sudo: 'sudo',
  python3: 'python3',
  // guests: machines of their own, with a kernel that has an NFS client, an NFS server and SCSI
  'qemu-system-x86_64': 'qemu-system-x86',
  modprobe: 'kmod',
  cpio: 'cpio',
  'rpc.statd': 'nfs-common',
  rpcbind: 'rpcbind',
  'ganesha.nfsd': 'nfs-ganesha',
  '/usr/lib/x86_64-linux-gnu/ganesha/libfsalvfs.so': 'nfs-ganesha-vfs',
  sg_turs: 'sg3-utils',
  tgtd: 'tgt',
  iscsistart: 'open-iscsi',
  udevadm: 'udev',
  'prometheus-alertmanager': 'prometheus-alertmanager',
  amtool: 'prometheus-alertmanager',
}

const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** Packages of which a program is not there; empty when the lab can start. */
export function missingPackages(path = process.env.PATH ?? '', always = SYSTEM_FOLDERS): string[] {
  const folders = [...path.split(':').filter(Boolean), ...always]
  const isThere = (program: string) =>
    program.startsWith('/')
      ? existsSync(program)
      : folders.some((folder) => isExecutable(join(folder, program)))
  const packages = Object.entries(NEEDS).flatMap(([program, name]) => (isThere(program) ? [] : [name]))
  return [...new Set(packages)].sort()
}

/** Installs Debian packages without starting their services. Throws when apt cannot. */
export function install(packages: string[]): void {
  withoutServices(() => {
    apt('update', '-q')
    apt('install', '-q', '-y', '--no-install-recommends', ...packages)
  })
}

const POLICY = '/usr/sbin/policy-rc.d'

/** Debian starts what it installs, unless this file says no. One that is there already stays as it is. */
export function withoutServices(act: () => void, policy = POLICY): void {
  const made = !existsSync(policy)
  // Ctrl-C ends apt; we live on to take the file away again
  const live = () => {}
  process.on('SIGINT', live)
  if (made) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    act()
  } finally {
    if (made) rmSync(policy, { force: true })
    process.off('SIGINT', live)
  }
}

function apt(...args: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, error } = spawnSync('apt-get', args, { env, stdio: ['ignore', 'inherit', 'inherit'] })
  if (error || status !== 0) throw new Error(`apt-get ${args.join(' ')} failed: ${error?.message ?? status}`)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
