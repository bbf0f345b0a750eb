import { describe, expect, it } from 'vitest'
import { promptOf } from '../../../../playbooks/shared/pasted/prompt.ts'

describe('a prompt', () => {
  it.each([
    ['root@node2:~# ceph osd blacklist ls', 'node2', 'ceph osd blacklist ls'],
    ['root@node2:/usr/lib/cgi-bin/ezs3# dpkg -l |grep sg3', 'node2', 'dpkg -l |grep sg3'],
    ['[root@localhost:~]  esxcli storage filesystem list', 'localhost', 'esxcli storage filesystem list'],
    ['[root@esx-01:/vmfs/volumes] ls', 'esx-01', 'ls'],
    ['[root@ECM-043 ~]# ps aux|grep nova', 'ECM-043', 'ps aux|grep nova'],
    ['[ceph: root@node1 /]# ceph -s', 'node1', 'ceph -s'],
    ['[stack@ctl.example.org tmp (main)]$ lsof', 'ctl.example.org', 'lsof'],
    ['ceph@host-3:~> rados lspools', 'host-3', 'rados lspools'],
    ['node1:~ # rbd ls', 'node1', 'rbd ls'],
    ['(venv) lin@box:~/src$ ls -l', 'box', 'ls -l'],
    ['[10:20:31] root@host:~# df', 'host', 'df'],
    ['    root@Storage5:~# cat /proc/locks', 'Storage5', 'cat /proc/locks'],
    ['root@node2:~#', 'node2', ''],
    ['node5# cat /proc/locks', 'node5', 'cat /proc/locks'],
    ['sh-4.2# ctdb status', undefined, 'ctdb status'],
    ['bash-5.1$ ceph health', undefined, 'ceph health'],
    ['~ # esxcli storage core device list', undefined, 'esxcli storage core device list'],
    ['# rados -p rbd listwatchers rbd_header.1', undefined, 'rados -p rbd listwatchers rbd_header.1'],
    ['$ sudo ceph osd tree', undefined, 'sudo ceph osd tree'],
    ['ceph> osd tree', undefined, 'ceph osd tree'],
    ['lctl > dl', undefined, 'lctl dl'],
    ['/iscsi> ls', undefined, 'targetcli ls'],
  ])('is seen in %s', (line, host, typed) => {
    expect(promptOf(line)).toMatchObject({ host, typed })
  })

  it.each([
    '>>> unknown pass through result category (1)',
    '>> NODE: 10.0.0.1 <<',
    '> watcher=1.1.2.1:0/1193546917 client.4123 cookie=1',
    '# Recovery lock',
    '# cluster lock = /shared/.lock',
    '# cat the file, then look at it',
    '#排查步骤',
    '## SCST',
    '# <file system> <mount point> <type>',
    'MariaDB [nova]> select 1;',
    'mysql> show tables;',
    '10.0.0.1@o2ib:10.0.0.2@o2ib:/shlfs /mnt/lustre lustre defaults 0 0',
    '10.0.0.1@tcp # the first server',
    'nas:/vol1 /mnt nfs rw 0 0',
    '[162983.746777] LustreError: 166-1: MGC10.0.0.1@o2ib: Connection to MGS',
    '[0:0:0:0]    disk    ATA      INTEL SSDSC2BB24  0370  /dev/sda',
    '4: -> POSIX  ADVISORY  WRITE 28331 00:14:2199054015793 0 EOF',
    'lrwxrwxrwx 1 root root 64 Jul 5 16:47 3 -> /data',
    '/dev/sdb1: UUID="x" TYPE="xfs"',
    'Oct 14 17:18:28 wsg-70-3 kernel: [356969.436003] x',
    '$Id: 1 $',
    '',
  ])('is not seen in %s', (line) => {
    expect(promptOf(line)).toBeUndefined()
  })
})
