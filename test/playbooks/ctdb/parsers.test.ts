import { describe, expect, test } from 'vitest'
import { readScriptRuns, readTunables, readVersion } from '../../../playbooks/ctdb/events.ts'
import { readConfig, readReclock } from '../../../playbooks/ctdb/lock-setting.ts'
import { readClock, readLockLog } from '../../../playbooks/ctdb/log.ts'
import { readFiles, readReclockScript } from '../../../playbooks/ctdb/reclock-script.ts'
import { readClusterState, readStatus } from '../../../playbooks/ctdb/status.ts'
import { notSeen } from '../shared/ceph/fixture.ts'
import { output } from '../shared/linux/output.ts'
import { fixture } from './fixture.ts'

const OLD_HEADING =
  ':Node:IP:Disconnected:Banned:Disabled:Unhealthy:Stopped:Inactive:PartiallyOnline:ThisNode:\n'

describe('status', () => {
  test('reads three nodes of 4.17, with -X and with -Y', () => {
    for (const name of ['status-X.out', 'status-Y.out'])
      expect(readStatus(output(fixture(name)))).toEqual([
        { pnn: '0', ip: '127.0.1.1', flags: [], thisNode: true },
        { pnn: '1', ip: '127.0.1.2', flags: [], thisNode: false },
        { pnn: '2', ip: '127.0.1.3', flags: [], thisNode: false },
      ])
  })
  test('reads the columns by their heading: old releases have no `Unknown`', () => {
    expect(readStatus(output(`${OLD_HEADING}:0:10.0.0.1:0:0:0:1:0:0:0:Y:\n`))[0]!.flags).toEqual([
      'unhealthy',
    ])
    expect(readStatus(output(fixture('unhealthy-status-X.out')))[0]!.flags).toEqual(['unhealthy'])
    expect(readStatus(output(fixture('reclockC-status-X.out')))[1]!.flags).toEqual(['unknown'])
  })
  test('reads IPv6 addresses between colons, CRLF and colours', () => {
    const row = `\x1b[1m:0:fd00::1:0:1:0:0:0:1:0:Y:\x1b[0m\r\n`
    expect(readStatus(output(`${OLD_HEADING}${row}`))).toEqual([
      { pnn: '0', ip: 'fd00::1', flags: ['banned', 'inactive'], thisNode: true },
    ])
  })
  test.each([
    ['empty', ''],
    ['no node', OLD_HEADING],
    ['cut in a line', `${OLD_HEADING}:0:10.0.0.1:0:0:0`],
    ['a flag that is neither 0 nor 1', `${OLD_HEADING}:0:10.0.0.1:x:0:0:0:0:0:0:Y:\n`],
    ['nobody is this node', `${OLD_HEADING}:0:10.0.0.1:0:0:0:0:0:0:0:N:\n`],
  ])('refuses: %s', (_, text) => {
    notSeen(() => readStatus(output(text)), 'unparsable')
  })
  test('says when ctdbd does not run', () => {
    const stderr = 'connect() failed, errno=2\nFailed to connect to CTDB daemon (/run/ctdb/ctdbd.socket)\n'
    expect(notSeen(() => readStatus(output('', { exitCode: 1, stderr })), 'failed')).toMatch(/does not run/)
  })
  test('finds leader and recovery master, and that nobody leads', () => {
    expect(readClusterState(output(fixture('status.out')))).toEqual({ recovering: false, leader: '1' })
    expect(readClusterState(output('Recovery mode:RECOVERY (1)\nRecovery master:2\n'))).toEqual({
      recovering: true,
      leader: '2',
    })
    expect(readClusterState(output('Recovery mode:NORMAL (0)\nLeader:4294967295\n')).leader).toBeUndefined()
    notSeen(() => readClusterState(output('Number of nodes:3\n')), 'unparsable')
  })
})

describe('lock setting', () => {
  test.each([
    [fixture('getreclock.out'), { kind: 'file', path: '/srv/ctdb/shared/reclock' }],
    ['Reclock file:/gpfs/.lock\n', { kind: 'file', path: '/gpfs/.lock' }],
    ['No reclock file used.\n', { kind: 'none' }],
    ['', { kind: 'none' }],
  ])('getreclock %j', (text, setting) => {
    expect(readReclock(output(text))).toEqual(setting)
  })
  test('a helper is no file', () => {
    expect(readReclock(output(fixture('getreclock-rados.out')))).toMatchObject({
      kind: 'helper',
      command: /^\/usr\/libexec/,
    })
    notSeen(() => readReclock(output('relative/path\n')), 'unparsable')
  })
  test('reads new and old configuration files, comments and quotes', () => {
    const config = (...rows: string[]) => readConfig(output(rows.map((row) => `/etc/x:${row}\n`).join('')))
    expect(config('  recovery lock = !/usr/x a b', 'location = syslog:nonblocking')).toEqual({
      lock: { kind: 'helper', command: '/usr/x a b' },
      log: { kind: 'syslog' },
    })
    expect(config('# cluster lock = /a', 'cluster lock = /b', 'location = file:/l')).toEqual({
      lock: { kind: 'file', path: '/b' },
      log: { kind: 'file', path: '/l' },
    })
    expect(config('CTDB_RECOVERY_LOCK="/c"  # here', "CTDB_LOGFILE='/l'")).toEqual({
      lock: { kind: 'file', path: '/c' },
      log: { kind: 'file', path: '/l' },
    })
    expect(config('[cluster]')).toEqual({ lock: undefined, log: undefined })
    notSeen(() => readConfig(output('', { exitCode: 2 })), 'absent')
    notSeen(() => readConfig(output('', { exitCode: 2, stderr: 'grep: x: Permission denied' })), 'denied')
  })
})

describe('01.reclock', () => {
  const script = (...rows: string[]) =>
    readReclockScript(output(rows.map((row) => `/e/01.reclock:${row}\n`).join('')))
  const counts = { kind: 'counts', path: '/e/01.reclock' }
  test.each<[string, string[], object]>([
    [
      '2.x',
      [
        '(ctdb_check_counter_limit 200 >/dev/null) || {',
        'df',
        'ctdb shutdown',
        '}',
        'ctdb_check_counter_limit 3 quiet',
      ],
      { unhealthyAt: 3, shutdownAt: 200, runsDf: true },
    ],
    [
      '4.x',
      ['if [ "$n" -ge 200 ] ; then', '  df', '  $CTDB shutdown', 'elif [ "$n" -ge 4 ] ; then'],
      { unhealthyAt: 4, shutdownAt: 200, runsDf: true },
    ],
    [
      '1.0.x',
      ['[ $COUNT -gt 19 ] && {', 'ctdb shutdown', '}', '[ $COUNT -gt 2 ] && {'],
      { unhealthyAt: 3, shutdownAt: 20, runsDf: false },
    ],
    [
      'a vendor’s',
      [
        'ctdb_check_counter "quiet" -ge 210 ; then',
        'df',
        'ctdb shutdown',
        'ctdb_check_counter "error" -gt 90',
      ],
      { unhealthyAt: 91, shutdownAt: 210, runsDf: true },
    ],
  ])('the limits of %s are read from it', (_, rows, limits) => {
    expect(script(...rows)).toEqual({ ...counts, ...limits })
  })
  test('without a shutdown it counts nothing, in a comment neither', () => {
    expect(script('init)', '# ctdb shutdown', 'mkdir -p "$d"')).toEqual({
      kind: 'none',
      path: '/e/01.reclock',
    })
  })
  test('refuses a shutdown whose limit is not known', () => {
    expect(notSeen(() => script('ctdb shutdown'), 'unparsable')).toMatch(/not after a count/)
    notSeen(() => readReclockScript(output('', { exitCode: 2 })), 'absent')
  })
  test('reads files, and refuses anything else', () => {
    expect(readFiles(output('755 1211 1494582540 /e/01.reclock\n', { exitCode: 1 }))).toEqual([
      { path: '/e/01.reclock', executable: true, bytes: 1211, modifiedS: 1_494_582_540 },
    ])
    expect(
      readFiles(output('', { exitCode: 1, stderr: 'stat: cannot statx …: No such file or directory' })),
    ).toEqual([])
    notSeen(() => readFiles(output('755 1211\n')), 'unparsable')
    notSeen(() => readFiles(output('', { stderr: 'stat: x: Permission denied' })), 'denied')
  })
})

describe('events', () => {
  test('reads old and new words, with what the scripts said', () => {
    expect(readScriptRuns(output(fixture('unhealthy-scriptstatus.out')))).toEqual([
      { name: '00.ctdb', state: 'OK', output: '' },
      { name: '05.system', state: 'OK', output: '' },
      { name: '90.test', state: 'ERROR', output: 'ERROR: forced by test' },
    ])
    const old = readScriptRuns(output(fixture('scriptstatus-2.5.out')))
    expect(old.map(({ state }) => state)).toEqual(['OK', 'ERROR', 'DISABLED', 'DISABLED', 'TIMEDOUT'])
    expect(old[1]!.output).toMatch(/^ERROR: more than 3/)
    expect(readScriptRuns(output('Event monitor has never run in legacy\n', { exitCode: 22 }))).toEqual([])
    const killed =
      '00.ctdb              OK         0.002 Fri Nov 20 22:31:57 2026\n50.samba             CANNOT RUN (Interrupted system call)\n  OUTPUT: \n'
    expect(readScriptRuns(output(killed, { exitCode: 4 }))[1]).toEqual({
      name: '50.samba',
      state: 'CANNOT RUN',
      output: 'Interrupted system call',
    })
    expect(
      readScriptRuns(output('50.samba             Status:CANNOT RUN (No such file or directory)\n'))[0]!
        .output,
    ).toBe('No such file or directory')
    notSeen(() => readScriptRuns(output('')), 'unparsable')
    notSeen(() => readScriptRuns(output('what?\n')), 'unparsable')
  })
  test('tunables and version', () => {
    const both = 'MonitorInterval            = 15\r\nEventScriptTimeout         = 30\r\n'
    expect(readTunables(output(both))).toEqual({ monitorIntervalS: 15, scriptTimeoutS: 30 })
    notSeen(() => readTunables(output('MonitorInterval = 15\n')), 'unparsable')
    expect(readVersion(output(fixture('version.out')))).toBe('4.17.12')
    expect(readVersion(output('CTDB version: 2.5.4\n'))).toBe('2.5.4')
  })
})

describe('log', () => {
  test('the last words count: contention that was settled is none', () => {
    expect(readLockLog(output(fixture('reclock-C-foreign.log'))).contention?.text).toMatch(/contention$/)
    const removed = readLockLog(output(fixture('reclock-A-removed.log')))
    expect(removed.contention).toBeUndefined()
    expect(removed.lost).toMatchObject({ local: Date.UTC(2026, 10, 20, 18, 8, 6) })
    expect(readLockLog(output(fixture('reclock-B-helper-killed.log')))).toEqual({
      contention: undefined,
      lost: undefined,
      banning: undefined,
      shuttingDown: undefined,
    })
  })
  test('reads the incident’s log although its first line is cut', () => {
    expect(readLockLog(output(fixture('reclock-2017.log'))).shuttingDown?.local).toBe(
      Date.UTC(2017, 4, 12, 22, 41, 15),
    )
  })
  test('no log is not a quiet log', () => {
    notSeen(() => readLockLog(output('', { exitCode: 1, stderr: 'tail: cannot open …' })), 'absent')
    notSeen(() => readLockLog(output('', { exitCode: 1, stderr: 'tail: x: Permission denied' })), 'denied')
  })
  test('clock', () => {
    expect(readClock(output('1494610629 2017/05/12 19:37:09\n'))).toEqual({
      epochS: 1_494_610_629,
      local: Date.UTC(2017, 4, 12, 19, 37, 9),
    })
    notSeen(() => readClock(output('Fri May 12\n')), 'unparsable')
  })
})
