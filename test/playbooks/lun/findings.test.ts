import { describe, expect, test } from 'vitest'
import { codes, ESX, type Instead, logged, look, NOW, prints, RED, several, type World } from './world.ts'

const first = (world: World) => look(world).diagnosis.findings[0]!
/** ESXi's counters, of the second look only. */
const grown = (change: Record<string, number>): Instead =>
  prints('lun-stats-2', (own) =>
    Object.entries(change).reduce(
      (text, [name, by]) =>
        text.replace(new RegExp(`( ${name}: )(\\d+)`), (_, head, value) => `${head}${Number(value) + by}`),
      own,
    ),
  )
const failed = (codesText: string) =>
  `NMP: nmp_ThrottleLogForDevice:2458: Cmd 0x2a (0x41330179b3c0, 0) to dev "${RED}" on path "vmhba32:C0:T0:L12" Failed: ${codesText} Act:NONE`

describe('a datastore on which nothing is wrong', () => {
  test('is called healthy when every hop was seen', () => {
    const { diagnosis } = look({})
    expect(diagnosis.findings[0]).toMatchObject({ code: 'healthy', verdict: 'ruled-out', severity: 'ok' })
    expect(codes(diagnosis)).toEqual(['healthy', 'one-watcher'])
    expect(diagnosis.offers).toEqual([])
    expect(diagnosis.doNot).toEqual([])
    expect(diagnosis.findings[0]!.details.join()).toContain('1 watcher')
  })
  test.each<[string, World]>([
    ['looked once', { args: { target: 'QA-lun-v7', interval: '0' } }],
    [
      'the paths were not seen',
      { instead: prints('lun-paths', '', { outcome: 'timed-out', reason: 'late' }) },
    ],
    [
      'the log was not seen',
      { instead: prints('lun-vmkernel', '', { exitCode: 1, stderr: 'tail: denied' }) },
    ],
    [
      'the target was not seen',
      { instead: prints('lun-scst@wsg-70-3', '', { outcome: 'unreachable', reason: 'no route' }) },
    ],
    [
      'the watchers were not seen',
      { instead: prints('watchers-1', '', { outcome: 'timed-out', reason: 'late' }) },
    ],
    [
      'the second counters were not seen',
      { instead: prints('lun-stats-2', '', { outcome: 'timed-out', reason: 'late' }) },
    ],
    [
      'the counters were reset',
      {
        instead: prints('lun-stats-2', (own) =>
          own.replace('Read Operations: 31367192', 'Read Operations: 12'),
        ),
      },
    ],
    [
      'there is no target in the inventory',
      {
        hosts: (all) =>
          all.map((host) => ({ ...host, roles: host.roles.filter((role) => role !== 'iscsi-target') })),
      },
    ],
    [
      'nobody can ask Ceph',
      {
        hosts: (all) =>
          all.map((host) => ({ ...host, roles: host.roles.filter((role) => role !== 'ceph-admin') })),
      },
    ],
    [
      'the device is behind something else',
      { instead: prints('lun-scst@wsg-70-3', (own) => own.replace('/dev/rbd0', '/dev/mapper/vg0-lun11')) },
    ],
  ])('is not called healthy when %s', (_, world) => {
    const found = first(world)
    expect(found.severity).not.toBe('ok')
    expect(found.verdict).not.toBe('ruled-out')
  })
  test('old messages and old totals are history', () => {
    const found = first({
      instead: several(
        logged(3 * 86_400, failed('H:0x0 D:0x18 P:0x0 Possible sense data: 0x0 0x0 0x0.')),
        prints('lun-stats', (own) => own.replace('Reservation Conflicts: 0', 'Reservation Conflicts: 4711')),
      ),
    })
    expect(found.code).toBe('healthy')
    expect(found.details.join('\n')).toContain('RESERVATION CONFLICT')
    expect(found.details.join('\n')).toContain('history')
    expect(found.details.join('\n')).toContain('4711 reservation conflicts since its counters began')
  })
  test('what every target refuses now and then is no fault', () => {
    const found = first({ instead: logged(30, failed('H:0x0 D:0x2 P:0x0 Valid sense data: 0x5 0x24 0x0.')) })
    expect(found.code).toBe('healthy')
  })
})

describe('what ESXi shows', () => {
  const status = (is: string) => prints('lun-device:', (own) => own.replace('Status: on', `Status: ${is}`))
  test.each<[string, string, string, Instead]>([
    ['all-paths-down', 'critical', 'dead', status('dead')],
    ['all-paths-down', 'critical', 'dead timeout', status('dead timeout')],
    ['permanent-device-loss', 'critical', 'not connected', status('not connected')],
    ['device-detached', 'warning', 'off', status('off')],
    [
      'device-vanished',
      'critical',
      'no such device',
      prints('lun-device:', 'Unable to find device with name x\n', { exitCode: 1 }),
    ],
    [
      'all-paths-down',
      'critical',
      'every path dead',
      prints('lun-paths', (own) => own.replace('State: active', 'State: dead')),
    ],
    [
      'path-lost',
      'warning',
      'one of two paths dead',
      prints('lun-paths', (own) => `${own}${own.replace('State: active', 'State: dead')}`),
    ],
    [
      'array-full',
      'critical',
      'sense 7/27/7',
      logged(60, failed('H:0x0 D:0x2 P:0x0 Valid sense data: 0x7 0x27 0x7.')),
    ],
    [
      'conflicts-growing',
      'warning',
      'conflicts counted between the looks',
      grown({ 'Reservation Conflicts': 12 }),
    ],
    [
      'commands-fail',
      'warning',
      'failed writes between the looks',
      grown({ 'Failed Write Operations': 3, 'Failed Commands': 3 }),
    ],
    [
      'commands-fail',
      'warning',
      'H:0x3',
      logged(60, failed('H:0x3 D:0x0 P:0x0 Possible sense data: 0x0 0x0 0x0.')),
    ],
    [
      'ats-miscompare',
      'warning',
      'ATS',
      logged(
        60,
        `HBX: 255: ATS miscompare detected between test and set HB images at offset 3575808 on vol 5b8fa879-70bdee41-4848-00e0ed438c4e`,
      ),
    ],
    [
      'slow',
      'warning',
      'latency',
      logged(
        60,
        `ScsiDeviceIO: 1443: Device ${RED} performance has deteriorated. I/O latency increased from average value of 1832 microseconds to 190403 microseconds.`,
      ),
    ],
    [
      'datastore-unmounted',
      'warning',
      'unmounted',
      prints('lun-filesystems', (own) => own.replace('4848-00e0ed438c4e,true', '4848-00e0ed438c4e,false')),
    ],
  ])('%s (%s): %s', (name, severity, _, instead) => {
    const { diagnosis } = look({ instead })
    expect(diagnosis.findings[0]).toMatchObject({ code: name, severity, verdict: 'confirmed' })
    expect(diagnosis.findings[0]!.evidence.length).toBeGreaterThan(0)
  })
  test.each<[string, Instead]>([
    [
      'latency that came down again',
      logged(
        60,
        `ScsiDeviceIO: 1: Device ${RED} performance has deteriorated. I/O latency increased from average value of 1 microseconds to 2 microseconds.`,
        `ScsiDeviceIO: 1: Device ${RED} performance has improved. I/O latency reduced from 2 microseconds to 1 microseconds.`,
      ),
    ],
    [
      'a standby path',
      prints('lun-paths', (own) => `${own}${own.replace('State: active', 'State: standby')}`),
    ],
    [
      'messages about another device',
      logged(60, failed('H:0x3 D:0x0 P:0x0').replace(RED, 'naa.600140512345678901234567890abcde')),
    ],
    ['a full array an hour ago', logged(3600, failed('H:0x0 D:0x2 P:0x0 Valid sense data: 0x7 0x27 0x7.'))],
    ['successful commands that grew', grown({ 'Successful Commands': 900 })],
  ])('nothing is wrong for %s', (_, instead) => {
    expect(first({ instead }).code).toBe('healthy')
  })
  test('a device that is lost is not tried with RESERVE', () => {
    for (const is of ['dead', 'not connected'])
      expect(look({ instead: status(is) }).diagnosis.offers).toEqual([])
  })
  test('a copy that is not mounted is told from a datastore that is not there', () => {
    const gone = several(
      prints('lun-filesystems', (own) => own.replace(/.*QA-lun-v7.*\n/, '')),
      prints('lun-extents', (own) => own.replace(/.*QA-lun-v7.*\n/, '')),
      prints(
        'lun-snapshots',
        '5b8fa879-70bdee41-4848-00e0ed438c4e\n   Volume Name: QA-lun-v7\n   VMFS UUID: 5b8fa879-70bdee41-4848-00e0ed438c4e\n   Can mount: false\n   Reason for un-mountability: the original volume is still online\n   Can resignature: true\n   Reason for non-resignaturability: \n   Unresolved Extent Count: 1\n',
        { exitCode: 0, outcome: 'exited' },
      ),
    )
    const { diagnosis } = look({ instead: gone })
    expect(diagnosis.findings[0]).toMatchObject({ code: 'snapshot-volume', severity: 'warning' })
    expect(diagnosis.doNot.map(({ what }) => what).join()).toContain('resignature')
    const none = look({
      instead: several(prints('lun-snapshots', '', { exitCode: 0, outcome: 'exited' }), gone),
    }).diagnosis
    expect(none).toMatchObject({ looked: false, findings: [{ code: 'no-such-datastore' }] })
  })
  test('a command that hangs costs its limit and is said by name', () => {
    const { diagnosis } = look({
      instead: prints('lun-device:', '', {
        outcome: 'timed-out',
        reason: '`esxcli` was ended at its limit of 15 s',
        exitCode: null,
      }),
    })
    expect(diagnosis.unseen.map(({ why }) => why).join()).toMatch(
      /esxcli storage core device list.* on `esx-1` took longer than 15 s/,
    )
  })
})

describe('reservations', () => {
  const turs = (stderr: string, exitCode: number, durationMs = 20) =>
    prints('lun-turs', '', { stderr, exitCode, durationMs })
  const NAA = 'naa.60014050f7a1a3c8d324f5eb1a96c1d2'
  const fine = { exitCode: 0, stderr: '' }
  const lio = (holder: string, conflicts = 0) =>
    several(
      prints('lun-device:', `${NAA}\n   Status: on\n`, fine),
      prints(
        'lun-paths',
        `x\n   Runtime Name: vmhba32:C0:T0:L1\n   Device: ${NAA}\n   State: active\n`,
        fine,
      ),
      ...[1, 2].map((at) =>
        prints(
          `lun-stats-${at}`,
          `${NAA}\n   Device: ${NAA}\n${['Successful Commands', 'Read Operations', 'Write Operations', 'Reserve Operations', 'Failed Commands', 'Failed Read Operations', 'Failed Write Operations', 'Failed Reserve Operations'].map((name) => `   ${name}: 7\n`).join('')}   Reservation Conflicts: ${at === 2 ? conflicts : 0}\n`,
          fine,
        ),
      ),
      prints('lun-scst@wsg-70-3', '', {
        stderr: "find: '/sys/kernel/scst_tgt/devices': No such file or directory",
        exitCode: 1,
      }),
      prints(
        'lun-lio@wsg-70-3',
        `/sys/kernel/config/target/core/user_0/rbd.vol7/info:Status: ACTIVATED  Max Queue Depth: 128\n/sys/kernel/config/target/core/user_0/rbd.vol7/info:\tConfig: rbd/rbd/vol7;osd_op_timeout=30  Size: 10995116277760\n/sys/kernel/config/target/core/user_0/rbd.vol7/wwn/vpd_unit_serial:T10 VPD Unit Serial Number: 0f7a1a3c-8d32-4f5e-b1a9-6c1d2e3f4a5b\n/sys/kernel/config/target/core/user_0/rbd.vol7/pr/res_holder:${holder}\n`,
        { exitCode: 0, stderr: '' },
      ),
      prints('lun-extents', (own) => own.replace(RED, 'naa.60014050f7a1a3c8d324f5eb1a96c1d2')),
    )
  test('held the old way by somebody: TEST UNIT READY is refused', () => {
    const { diagnosis } = look({ instead: turs('Reservation conflict\n', 24) })
    expect(diagnosis.findings[0]).toMatchObject({ code: 'reservation-held', severity: 'warning' })
    // RESERVE would be refused, too, and from the holder itself RELEASE would end what it holds
    expect(diagnosis.offers.map(({ remedy }) => remedy)).toEqual(['scst-trace'])
    const reset = diagnosis.next.find(({ command }) => command.startsWith('sg_reset'))
    expect(reset?.why).toContain('every host')
    expect(diagnosis.doNot[0]!.what).toContain('lunreset')
  })
  test('LIO says who holds it; seen once without harm it is normal, with harm it is the reason', () => {
    const held = 'SPC-2 Reservation: iSCSI Initiator: iqn.1998-01.com.vmware:esx-9'
    const calm = look({ instead: lio(held) }).diagnosis
    expect(calm.findings.find(({ code }) => code === 'reservation-held')?.severity).toBe('info')
    const hurt = look({ instead: lio(held, 5) }).diagnosis
    expect(hurt.findings[0]).toMatchObject({ code: 'reservation-held', severity: 'warning' })
    expect(hurt.findings[0]!.summary).toContain('`iqn.1998-01.com.vmware:esx-9`')
    expect(codes(look({ instead: lio('No SPC-2 Reservation holder') }).diagnosis)).not.toContain(
      'reservation-held',
    )
  })
  test('LIO is followed by its serial number to the image', () => {
    const chain = look({ instead: lio('No SPC-3 Reservation holder') }).diagnosis.facts.chain as {
      name: string
    }[]
    expect(chain.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['naa.60014050f7a1a3c8d324f5eb1a96c1d2', 'user_0/rbd.vol7', 'rbd/vol7']),
    )
  })
  const full =
    '  PR generation=0x4\n    Key=0xabc\n      All target ports bit clear\n      Relative port address: 0x1\n      << Reservation holder >>\n      scope: LU_SCOPE,  type: Write Exclusive, registrants only\n      Transport Id of initiator:\n        iSCSI world wide unique port id: iqn.1993-08.org.debian:01:aa,i,0x00023d000001\n'
  test('a persistent reservation is told with its key and its owner, and RESERVE is not tried on it', () => {
    const calm = look({ instead: prints('lun-pr-status', full) }).diagnosis
    expect(calm.findings.find(({ code }) => code === 'persistent-reservation')).toMatchObject({
      severity: 'info',
    })
    const { diagnosis } = look({
      instead: several(prints('lun-pr-status', full), grown({ 'Reservation Conflicts': 5 })),
    })
    expect(diagnosis.findings[0]).toMatchObject({ code: 'persistent-reservation', severity: 'warning' })
    expect(diagnosis.findings[0]!.summary).toContain('`iqn.1993-08.org.debian:01:aa`')
    expect(diagnosis.offers.map(({ remedy }) => remedy)).not.toContain('probe-reserve')
    expect(
      diagnosis.next.some(({ command, why }) => command.includes('--clear') && why.includes('living')),
    ).toBe(true)
  })
  test('a disk that hangs is not called fine by the commands that were not tried for it', () => {
    const unseen = (outcome: 'quarantined' | 'timed-out', reason: string) =>
      look({
        instead: several(
          ...['lun-turs', 'lun-inq', 'lun-pr-status'].map((id) =>
            prints(id, '', { outcome, exitCode: null, reason }),
          ),
        ),
      }).diagnosis
    const stuck = unseen('quarantined', 'still stuck since 23:34:16 UTC (pid 688, `sg_turs …`, state D)')
      .findings[0]!
    expect(stuck).toMatchObject({ code: 'slow', verdict: 'confirmed', details: expect.any(Array) })
    expect(stuck.summary).toContain(
      'The LUN does not answer: TEST UNIT READY from `wsg-70-2` was not even tried: still stuck',
    )
    // a host that was busy with other things says nothing about the disk
    expect(codes(unseen('timed-out', '8 other commands kept wsg-70-2 busy for 10 s'))).not.toContain('slow')
  })
  test.each([
    ['lun-turs', 'device not ready\nCompleted 1 Test Unit Ready commands with 1 errors\n', 2, 'not-ready'],
    ['lun-turs', 'main: error opening file: /dev/sdd: No such device or address\n', 56, 'device-offline'],
    ['lun-turs', 'Illegal request\n', 5, 'commands-fail'],
    ['lun-inq', '  PQual=3  PDT=31\n', 0, 'permanent-device-loss'],
  ])('%s says %j: that is the finding, and RESERVE is not tried', (id, said, exitCode, code) => {
    const { diagnosis } = look({ instead: prints(id, said, { exitCode }) })
    expect(diagnosis.findings[0]).toMatchObject({ code, verdict: 'confirmed' })
    if (code !== 'commands-fail')
      expect(diagnosis.offers.map(({ remedy }) => remedy)).not.toContain('probe-reserve')
  })
  test('slow is not reserved: an answer that comes late, or not at all', () => {
    expect(first({ instead: turs('', 0, 6_000) })).toMatchObject({ code: 'slow', verdict: 'confirmed' })
    expect(first({ instead: turs('', 0, 1_500) }).code).toBe('healthy')
    const never = first({
      instead: prints('lun-turs', '', { outcome: 'timed-out', reason: 'ended', exitCode: null }),
    })
    expect(never.summary).toContain('took longer than 10 s')
  })
})

describe('the way down', () => {
  test('is not guessed: a serial number alone joins nothing, and says what would', () => {
    const { diagnosis } = look({
      instead: prints('lun-scst@wsg-70-3', (own) =>
        own.replace('t10_dev_id:de3ff523-disk12', 't10_dev_id:something-else'),
      ),
    })
    const breaks = diagnosis.facts.breaks as { why: string }
    expect(breaks.why).toContain('no proof')
    expect(breaks.why).toContain('sg_inq --page=0x83')
    expect(diagnosis.facts.watchers).toBeNull()
    expect(diagnosis.offers).toEqual([])
  })
  test('stops where one identity has two images, and names both', () => {
    const { diagnosis } = look({
      instead: several(
        prints(
          'lun-scst@wsg-2',
          '/sys/kernel/scst_tgt/devices/disk12/filename:/dev/rbd3\n/sys/kernel/scst_tgt/devices/disk12/t10_dev_id:de3ff523-disk12\n',
          { exitCode: 0, stderr: '' },
        ),
        prints('lun-krbd@wsg-2', '/sys/bus/rbd/devices/3/pool:rbd\n/sys/bus/rbd/devices/3/name:old\n'),
      ),
    })
    expect((diagnosis.facts.breaks as { why: string }).why).toMatch(/2 images/)
    expect(diagnosis.next.map(({ command }) => command)).toEqual(
      expect.arrayContaining(['check watchers rbd/old', 'check watchers rbd/vol7']),
    )
    expect(diagnosis.offers).toEqual([])
  })
  test('a left-over watcher without harm above it is said, and not called the reason', () => {
    const { diagnosis } = look({
      healthy: false,
      instead: several(
        prints('lun-vmkernel', ''),
        prints('lun-stats', (own) => own.replace(/(Failed.*: )\d+/g, '$10')),
      ),
    })
    expect(diagnosis.findings[0]).toMatchObject({ code: 'left-over-watcher-blocks' })
    expect(diagnosis.findings[0]!.summary).toContain('it can stall reservations at any time')
  })
  test('names with blanks and unicode, volumes without a name, empty columns', () => {
    const rename = (to: string): Instead =>
      several(
        prints('lun-filesystems', (own) => own.replace('QA-lun-v7', to)),
        prints('lun-extents', (own) => own.replace('QA-lun-v7', to)),
      )
    for (const name of ['QA lun 7', '测试 存储', 'a, b "c"', 'Größe-1']) {
      const csv = /[",]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name
      const found = look({ instead: rename(csv), args: { target: name } }).diagnosis
      expect(found.findings[0]!.code, name).toBe('healthy')
    }
    expect(
      look({ args: { target: '5B8FA879-70bdee41-4848-00e0ed438c4e' } }).diagnosis.findings[0]!.code,
    ).toBe('healthy')
    const unknown = look({ instead: rename(''), args: { target: 'QA-lun-v7' } }).diagnosis
    expect(unknown.findings[0]).toMatchObject({ code: 'no-such-datastore', verdict: 'inconclusive' })
  })
  test('two volumes of one name are a question', () => {
    const { diagnosis } = look({
      instead: prints('lun-extents', (own) => own.replace('SEG-LUN', 'QA-lun-v7')),
    })
    expect(diagnosis).toMatchObject({ looked: false, findings: [{ code: 'ambiguous-datastore' }] })
    expect(diagnosis.next.length).toBe(2)
    expect(diagnosis.next[0]!.why).toBe('The volume of `esx-1`')
  })
  test('a datastore with several extents: each device is looked at, and no image is guessed', () => {
    const { diagnosis, wanted } = look({
      instead: prints('lun-extents', (own) =>
        own.replace(
          /eui\.3939303832313261,0,1,[^,]+,SEG-LUN/,
          'eui.3939303832313261,1,1,5b8fa879-70bdee41-4848-00e0ed438c4e,QA-lun-v7',
        ),
      ),
    })
    expect(wanted.filter((id) => id.startsWith('lun-stats-1'))).toHaveLength(2)
    expect((diagnosis.facts.luns as unknown[]).length).toBe(2)
    // one of them is not followed to its end: that is said, and nothing is called healthy
    expect(diagnosis.findings[0]).toMatchObject({ code: 'nothing-wrong-seen', verdict: 'inconclusive' })
    expect(diagnosis.findings[0]!.details.join()).toMatch(/Not followed: `disk11` of `wsg-70-3`/)
  })
  test('an NFS datastore has nothing of SCSI', () => {
    expect(look({ args: { target: '124-share' } }).diagnosis).toMatchObject({
      looked: false,
      findings: [{ code: 'not-on-a-lun' }],
    })
  })
  test.each<[string, World]>([
    [
      'could-not-look',
      {
        instead: (probe) =>
          probe.host === ESX
            ? { outcome: 'unreachable', reason: 'no route to host', exitCode: null, stdout: '' }
            : undefined,
      },
    ],
    ['no-host', { hosts: (all) => all.filter(({ name }) => name !== ESX) }],
    ['no-such-datastore', { args: { target: 'other' } }],
    ['no-such-lun', { playbook: 'lun', args: { target: 'naa.600140512345678901234567890abcde' } }],
    ['no-such-lun', { playbook: 'lun', args: { target: '/dev/sdz' } }],
    ['which-host', { playbook: 'lun', args: { target: '/dev/sdd', on: 'nowhere' } }],
  ])('%s: nothing is said about health', (code, world) => {
    const { diagnosis } = look(world)
    expect(diagnosis).toMatchObject({ looked: false, offers: [] })
    expect(diagnosis.findings[0]).toMatchObject({ code, verdict: 'inconclusive' })
  })
  test('its clock is ESXi’s own: a host whose clock is wrong by a day still has recent messages', () => {
    const day = 86_400_000
    const found = first({
      instead: several(
        prints('lun-clock', `${(NOW - day) / 1000} +0000\n`),
        prints(
          'lun-vmkernel',
          `${new Date(NOW - day - 60_000).toISOString()} cpu3:1)${failed('H:0x3 D:0x0 P:0x0')}\n`,
        ),
      ),
    })
    expect(found.code).toBe('commands-fail')
  })
})
