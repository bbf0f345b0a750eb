import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readLog } from '../../../playbooks/osd/log.ts'
import { findProcess, idOf } from '../../../playbooks/osd/process.ts'
import { formatAddress } from '../../../playbooks/shared/ceph/address.ts'
import { readCrashes } from '../../../playbooks/shared/ceph/crashes.ts'
import { readHealth, slowOsds } from '../../../playbooks/shared/ceph/health.ts'
import { readManager } from '../../../playbooks/shared/ceph/manager.ts'
import { readOkToStop } from '../../../playbooks/shared/ceph/ok-to-stop.ts'
import { readOsdFind } from '../../../playbooks/shared/ceph/osd-find.ts'
import { OsdInit, restartArgv } from '../../../playbooks/shared/ceph/osd-init.ts'
import { readOsdMap } from '../../../playbooks/shared/ceph/osd-map.ts'
import { readPgs } from '../../../playbooks/shared/ceph/pgs.ts'
import { readDescriptors, readFileNr, readLimits } from '../../../playbooks/shared/linux/descriptors.ts'
import { readListeners } from '../../../playbooks/shared/linux/listeners.ts'
import { readUnits, readUpstart } from '../../../playbooks/shared/linux/service.ts'
import { notSeen, output } from '../shared/ceph/fixture.ts'

const fixture = (name: string) => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8')
const said = (stdout: string) => output({ stdout })

describe('the OSD map', () => {
  test('keeps OSDs that are down, with the addresses that they had', () => {
    const { osds, flags } = readOsdMap(said(fixture('osd-dump-down.json')))
    expect(osds.map(({ id, up, addresses }) => [id, up, addresses.length])).toEqual([
      ['0', true, 8],
      ['1', false, 8],
      ['2', true, 8],
    ])
    expect(osds[1]!.addresses.map(({ use, at }) => `${use} ${formatAddress(at)}`)[0]).toBe(
      'public 127.0.0.1:6810/10678',
    )
    expect(flags).toContain('sortbitwise')
  })
  test('reads the single addresses of old releases, and none of an OSD that never started', () => {
    const osd = (id: number, at: string) => ({
      osd: id,
      up: 0,
      in: 0,
      public_addr: at,
      cluster_addr: at,
      heartbeat_back_addr: at,
      heartbeat_front_addr: at,
    })
    const text = JSON.stringify({ epoch: 3, fsid: 'x', osds: [osd(0, '10.0.0.1:6800/2101'), osd(1, ':/0')] })
    expect(readOsdMap(said(text)).osds.map(({ addresses }) => addresses.length)).toEqual([4, 0])
  })
  test('finds the host of an OSD by either of its names', () => {
    expect(readOsdFind(said(fixture('osd-find.json')))).toEqual({ host: 'vm', crushHost: 'vm' })
    expect(
      readOsdFind(
        said('{"osd":0,"ip":"1.1.2.1:6800/3381","crush_location":{"host":"node1","root":"default"}}'),
      ),
    ).toEqual({ host: undefined, crushHost: 'node1' })
    notSeen(
      () => readOsdFind(output({ exitCode: 2, stderr: 'Error ENOENT: osd.77 does not exist\n' })),
      'absent',
    )
  })
})

describe('ok-to-stop', () => {
  test('reads a yes and a no, as JSON and as the sentences of old releases', () => {
    expect(readOkToStop(said(fixture('ok-to-stop-yes.json')))).toEqual({ ok: true, degraded: 6 })
    expect(
      readOkToStop(
        output({
          exitCode: 16,
          stdout: fixture('ok-to-stop-no.json'),
          stderr: fixture('ok-to-stop-no.err.txt'),
        }),
      ),
    ).toEqual({
      ok: false,
      why: 'unsafe to stop osd(s) at this time (6 PGs are or would become offline)',
      pgs: ['1.0', '1.3', '1.4', '1.5', '1.6', '1.7'],
    })
    const stderr =
      'OSD(s) 4 are ok to stop without reducing availability, provided there are no other concurrent failures or interventions. 12 PGs are likely to be degraded (but remain available) as a result.\n'
    expect(readOkToStop(output({ stderr }))).toEqual({ ok: true, degraded: 12 })
  })
  test.each([
    ['nothing at all', {}],
    ['a false one with exit code 0', { stdout: '{"ok_to_stop":false,"osds":[1],"num_ok_pgs":0}' }],
    ['something else', { stdout: 'ok\n' }],
  ])('takes %s for no answer, never for a yes', (_, parts) => {
    notSeen(() => readOkToStop(output(parts)), 'unparsable')
  })
  test('a release without the command has no answer', () => {
    notSeen(
      () =>
        readOkToStop(
          output({ exitCode: 22, stderr: 'no valid command found\nError EINVAL: invalid command\n' }),
        ),
      'failed',
    )
  })
})

describe('PGs, health, crashes, manager', () => {
  test('reads PGs in both forms, without unset members', () => {
    expect(readPgs(said(fixture('dump-stuck-none.json')))).toEqual([])
    const pg = { pgid: '2.1f', state: 'peering', up: [3, 2147483647], acting: [3, -1], blocked_by: [0] }
    const read = [{ id: '2.1f', state: 'peering', up: ['3'], acting: ['3'], blockedBy: ['0'] }]
    expect(readPgs(said(JSON.stringify([pg])))).toEqual(read)
    expect(readPgs(said(JSON.stringify({ pg_ready: true, pg_stats: [pg] })))).toEqual(read)
  })
  test('a manager without statistics, or silence, is not "none"', () => {
    notSeen(() => readPgs(said('{"pg_ready":false,"stuck_pg_stats":[]}')), 'failed')
    notSeen(() => readPgs(said('')), 'unparsable')
  })
  test.each([
    ['4 slow ops, oldest one blocked for 41 sec, osd.0 has slow ops', ['0']],
    ['12 slow ops, oldest one blocked for 41 sec, daemons [osd.1,osd.14] have slow ops.', ['1', '14']],
    ['osds 4,7 have blocked requests > 32.768 sec', ['4', '7']],
    ['100 ops are blocked > 32.768 sec on osd.4', ['4']],
    ['osd.1 (root=default,host=vm) is down', []],
    ['12 slow requests are blocked > 32 sec. Implicated osds 4', ['4']],
    ['3 stuck requests are blocked > 4096 sec. Implicated osds 4,7', ['4', '7']],
    ['osds 4,7 have stuck requests > 4194.3 sec', ['4', '7']],
    ['osd.4 has stuck requests > 4194.3 sec', ['4']],
  ])('slow OSDs in %j: %j', (message, ids) => {
    expect(slowOsds({ status: 'HEALTH_WARN', checks: [{ code: undefined, message, detail: [] }] })).toEqual(
      ids,
    )
  })
  test('reads health of today and of Jewel', () => {
    expect(readHealth(said(fixture('health-down.json'))).checks).toEqual([
      { code: 'OSD_DOWN', message: '1 osds down', detail: ['osd.1 (root=default,host=vm) is down'] },
    ])
    const jewel = {
      health: {},
      summary: [{ severity: 'HEALTH_WARN', summary: '1 requests are blocked > 32 sec' }],
      overall_status: 'HEALTH_WARN',
      detail: ['1 ops are blocked > 32.768 sec on osd.4'],
    }
    expect(slowOsds(readHealth(said(JSON.stringify(jewel))))).toEqual(['4'])
  })
  test('knows whether a manager would answer', () => {
    expect(readManager(said(fixture('status.json')))).toBe('available')
    expect(readManager(said('{"health":{},"mgrmap":{"available":false}}'))).toBe('missing')
    expect(readManager(said('{"health":{}}'))).toBe('needless')
    notSeen(() => readManager(said('{}')), 'unparsable')
  })
  test('reads crash reports and whether it was the accept', () => {
    const crash = {
      crash_id: 'x_1',
      entity_name: 'osd.4',
      timestamp: '2026-11-20T18:10:29.984Z',
      backtrace: ['(Processor::accept()+0x9fc) [0x5589ae1ab4dc]'],
    }
    expect(readCrashes(said(JSON.stringify([crash])))).toEqual([
      { id: 'x_1', daemon: 'osd.4', at: Date.UTC(2026, 10, 20, 18, 10, 29, 984), inAccept: true },
    ])
  })
})

describe('sockets, descriptors and limits', () => {
  test('a starved OSD listens as before; one that gave up does not', () => {
    const count = (name: string) =>
      readListeners(said(fixture(name))).filter(({ pids }) => pids.length > 0).length
    expect(count('ss-before.txt') - count('ss-closed.txt')).toBe(8)
    expect(count('ss-starved.txt')).toBe(count('ss-before.txt'))
    expect(readListeners(said(fixture('ss-waiting.txt'))).some(({ waiting }) => waiting > 0)).toBe(true)
  })
  test('reads the spellings of old iproute2, wildcards and IPv6', () => {
    const text =
      'State      Recv-Q Send-Q        Local Address:Port          Peer Address:Port \nLISTEN     0      128                       *:6800                     *:*      users:(("ceph-osd",2207,4))\nLISTEN     0      128                      :::22                      :::*      users:(("sshd",812,3))\nLISTEN 0 128 [2001:db8::1%eth0]:6801 [::]:* users:(("ceph-osd",pid=9,fd=4))\n'
    expect(readListeners(said(text)).map(({ ip, port, pids }) => [ip, port, pids])).toEqual([
      [undefined, 6800, ['2207']],
      [undefined, 22, ['812']],
      ['2001:db8::1', 6801, ['9']],
    ])
  })
  test('nothing from ss is not "nobody listens"', () => {
    notSeen(() => readListeners(said('')), 'unparsable')
    notSeen(() => readListeners(said('State Recv-Q\nLISTEN 0 5')), 'unparsable')
  })
  test('counts descriptors per process, and leaves out what was refused', () => {
    expect(readDescriptors(said('/proc/7/fd\n/proc/7/fd\n/proc/9/fd\n'))).toEqual(
      new Map([
        ['7', 2],
        ['9', 1],
      ]),
    )
    notSeen(
      () => readDescriptors(output({ stderr: 'find: ‘/proc/7/fd’: Permission denied\n', exitCode: 1 })),
      'denied',
    )
    notSeen(
      () =>
        readDescriptors(output({ stderr: 'find: ‘/proc/7/fd’: No such file or directory\n', exitCode: 1 })),
      'absent',
    )
  })
  test('reads limits, also unlimited ones', () => {
    const line = fixture('limits.txt')
      .split('\n')
      .find((each) => each.startsWith('Max open files'))!
    const own = readLimits(
      said(
        `/proc/7/limits:${line}\n/proc/9/limits:Max open files            1024                 unlimited            files     \n`,
      ),
    )
    expect(own.get('7')?.soft).toBe(20n)
    expect(own.get('9')?.hard).toBe(2n ** 64n - 1n)
    notSeen(() => readLimits(said('')), 'failed')
  })
  test('reads file-nr beyond 2^53', () => {
    expect(readFileNr(said('3136\t0\t9223372036854775807\n'))).toEqual({
      open: 3136n,
      max: 9223372036854775807n,
    })
    notSeen(() => readFileNr(said('3136\n')), 'unparsable')
  })
})

describe('the process and what runs it', () => {
  const osd = {
    id: '4',
    up: true,
    in: true,
    addresses: [{ use: 'public' as const, at: { ip: '10.0.0.1', port: 6800, nonce: '2207' } }],
  }
  const process = (pid: string, command: string, state = 'Ssl') => ({
    pid,
    state,
    age: '41-06:12:44',
    command,
  })
  test.each([
    ['/usr/bin/ceph-osd -i 4 --pid-file /var/run/ceph/osd.4.pid', '4'],
    ['/usr/bin/ceph-osd -f --cluster ceph --id 4 --setuser ceph', '4'],
    ['/usr/bin/ceph-osd -n osd.4 -f', '4'],
    ['ceph-osd --id=4', '4'],
    ['/sbin/docker-init -- /usr/bin/ceph-osd -n osd.4 -f', undefined],
    ['grep ceph-osd -i 4', undefined],
    ['ceph-osd --mkfs', undefined],
  ])('%s is OSD %s', (command, id) => {
    expect(idOf(command)).toBe(id)
  })
  test('tells two OSDs of one number by the nonce in the map, and does not guess', () => {
    const two = [process('2207', 'ceph-osd -i 4'), process('99', 'ceph-osd -i 4 --cluster other')]
    expect(findProcess(two, osd)).toMatchObject({ pid: '2207', sure: true, ageS: 3_564_764 })
    notSeen(() => findProcess([process('98', 'ceph-osd -i 4'), two[1]!], osd), 'failed')
    expect(findProcess([two[1]!], osd)).toMatchObject({
      pid: '99',
      sure: false,
      log: '/var/log/ceph/other-osd.4.log',
    })
    const kernel = process('2', '[kthreadd]', 'S')
    notSeen(() => findProcess([kernel, process('2207', 'ceph-osd -i 4', 'Z')], osd), 'absent')
  })
  test('a list in which the kernel is missing (hidepid, a container) does not say that there is none', () => {
    notSeen(() => findProcess([process('1', '/sbin/init'), process('77', 'sshd')], osd), 'denied')
  })
  test('a log that goes nowhere is none', () => {
    expect(findProcess([process('2207', 'ceph-osd -i 4 --log_file=/dev/null')], osd).log).toBeUndefined()
  })
  test('reads systemd, with and without NRestarts, and upstart', () => {
    const text =
      'Id=ceph-osd@4.service\nLoadState=loaded\nActiveState=active\nMainPID=2207\nNRestarts=12\n\nId=x.service\nLoadState=not-found\nActiveState=inactive\nMainPID=0\n'
    expect(readUnits(said(text))).toEqual([
      { name: 'ceph-osd@4.service', loaded: true, active: 'active', mainPid: '2207', restarts: 12 },
      { name: 'x.service', loaded: false, active: 'inactive', mainPid: undefined, restarts: undefined },
    ])
    notSeen(
      () =>
        readUnits(
          output({ exitCode: 1, stderr: 'System has not been booted with systemd as init system (PID 1).' }),
        ),
      'absent',
    )
    notSeen(() => readUnits(said('')), 'unparsable')
    expect(readUpstart(said('ceph-osd (ceph/4) start/running, process 2207\n'))).toEqual({
      running: true,
      pid: '2207',
    })
  })
  test('a configured restart is an argv with the id in it', () => {
    const init = OsdInit.parse({
      restart: ['kubectl', '-n', 'rook-ceph', 'rollout', 'restart', 'deployment/rook-ceph-osd-{id}'],
    })
    expect(restartArgv(init, { id: '4', fsid: 'x' }).at(-1)).toBe('deployment/rook-ceph-osd-4')
    expect(OsdInit.safeParse({ restart: ['systemctl', 'restart', 'ceph-osd'] }).success).toBe(false)
  })
})

describe('the log', () => {
  test('of 16.2 that aborted', () => {
    expect(readLog(said(fixture('log-emfile.txt')))).toMatchObject({
      failed: { count: 5, errno: '24', first: '2026-11-20 18:10:29' },
    })
  })
  const line =
    '2018-05-06 02:11:31.104 7f2c3a4f1700  0 accepter accepter no incoming connection?  sd = -1 errno 24 (24) Too many open files'
  test.each([
    ['CRLF', `${line}\r\n${line}\r\n`, 2],
    ['cut at the start', `7f2c3a4f1700  0 accepter no incoming connection?  sd = -1 errno 24\n${line}\n`, 1],
    ['cut at the end', `${line}\n${line.slice(0, 90)}`, 1],
    ['colours', `\u001b[31m${line}\u001b[0m\n`, 1],
  ])('with %s', (_, text, count) => {
    expect(readLog(said(text)).failed?.count).toBe(count)
  })
  const start = (at: string, pid: number) =>
    `2026-11-20T${at}:25.848+0000 7f180dff36c0  0 ceph version 16.2.15 (618f) pacific (stable), process ceph-osd, pid ${pid}\n`
  const refused = (at: string) =>
    `2026-11-20T${at}:29.980+0000 7f18649b76c0 -1  Processor -- accept open file descriptions limit reached sd = 19 errno -24 (24) Too many open files\n`
  test('does not count again what a crash repeats of it', () => {
    const one = `${start('18:10', 3000)}${refused('18:11')}`
    const dump = one.replace(/^/gm, '   -79> ').replace(/ {3}-79> $/, '')
    const text = `${one}--- begin dump of recent events ---\n${dump}--- end dump of recent events ---\n${start('18:12', 3001)}`
    for (const prefix of ['', 'Nov 20 18:12:00 stor-21 ceph-osd[3000]: ', 'debug '])
      expect(readLog(said(text.replace(/^(?=.)/gm, prefix)))).toMatchObject({
        starts: 2,
        failed: { count: 1 },
      })
  })
  test('a start that follows an orderly stop is somebody at work, and no death', () => {
    const stop = (at: string) =>
      `2026-11-20T${at}:20.848+0000 7f180dff36c0 -1 received  signal: Terminated from /sbin/init  (PID: 1) UID: 0\n2026-11-20T${at}:20.900+0000 7f180dff36c0 -1 osd.4 4567 *** Got signal Terminated ***\n`
    const died = [start('18:10', 3000), start('18:11', 3001), start('18:12', 3002)].join('')
    const stopped = [
      start('18:10', 3000),
      stop('18:11'),
      start('18:11', 3001),
      stop('18:12'),
      start('18:12', 3002),
    ].join('')
    expect(readLog(said(died)).starts).toBe(3)
    expect(readLog(said(stopped)).starts).toBe(1)
  })
  test.each([
    ['this process', `${start('18:10', 3000)}${refused('18:11')}`],
    ['this process', refused('18:11')],
    ['one within an hour before it', `${refused('18:11')}${start('18:12', 3001)}`],
    ['an earlier one', `${refused('15:11')}${start('18:12', 3001)}`],
  ])('tells whose the failing accepts were: %s', (by, text) => {
    expect(readLog(said(text)).failed?.by).toBe(by)
  })
  test('nothing, or nothing readable, is not a clean log', () => {
    notSeen(() => readLog(said('\n')), 'absent')
    notSeen(
      () =>
        readLog(output({ exitCode: 1, stderr: 'tail: cannot open ‘x’ for reading: Permission denied\n' })),
      'denied',
    )
  })
})
