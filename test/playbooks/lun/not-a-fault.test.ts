import { describe, expect, test } from 'vitest'
import { codes, ESX, type Instead, logged, look, NOW, prints, RED, several, type World } from './world.ts'

const first = (world: World) => look(world).diagnosis.findings[0]!
const grown = (name: string, by: number): Instead =>
  prints('lun-stats-2', (own) =>
    own.replace(new RegExp(`( ${name}: )(\\d+)`), (_, head, value) => `${head}${Number(value) + by}`),
  )
const failed = (words: string) =>
  `ScsiDeviceIO: 2338: Cmd(0x439500a7f200) 0x2a, CmdSN 0xaa9 from world 65693 to dev "${RED}" failed ${words}.`
/** A second ESXi host: `probe` decides what it sees. */
const second =
  (roles: ('esxi' | 'iscsi-target')[] = ['esxi']): NonNullable<World['hosts']> =>
  (all) => [...all, { name: 'esx-2', addresses: ['1.1.2.22'], roles }]
/** It answers as the first does, except where told otherwise. */
const asFirst =
  (other: Instead): Instead =>
  (probe, own) => {
    if (probe.host !== 'esx-2') return undefined
    return other(probe, own) ?? { outcome: 'exited', exitCode: 0, stdout: '', stderr: '' }
  }
const unknownThere = prints('lun-', `Unable to find device with name ${RED}\n`, {
  outcome: 'exited',
  exitCode: 1,
})
const emptyLists: Instead = (probe, own) =>
  /^lun-(?:filesystems|extents|vmkernel|clock)/.test(probe.id)
    ? {
        outcome: 'exited',
        exitCode: 0,
        stdout: probe.id.startsWith('lun-clock') ? `${NOW / 1000} +0000\n` : '',
      }
    : unknownThere(probe, own)

describe('a LUN that a host does not list', () => {
  const elsewhere = (instead: Instead) =>
    look({ playbook: 'lun', hosts: second(), instead: asFirst(instead) }).diagnosis
  test('is not called lost there when nothing shows that the host ever had it', () => {
    const { findings } = elsewhere(emptyLists)
    expect(findings.map(({ severity }) => severity)).not.toContain('critical')
    expect(findings.find(({ code }) => code === 'device-not-listed')).toMatchObject({
      verdict: 'inconclusive',
      severity: 'info',
      summary: expect.stringContaining('`esx-2` does not list'),
    })
  })
  test.each<[string, Instead]>([
    [
      'a datastore of that host lies on it',
      prints(
        'lun-extents',
        `DeviceName,ExtentNumber,Partition,VMFSUUID,VolumeName,\n${RED},0,1,5b8fa879-70bdee41-4848-00e0ed438c4e,QA-lun-v7,\n`,
        {
          outcome: 'exited',
          exitCode: 0,
        },
      ),
    ],
    [
      'its log names it',
      prints(
        'lun-vmkernel',
        `${new Date(NOW - 60_000).toISOString()} cpu1:3)${failed('H:0x1 D:0x0 P:0x0 Invalid sense data: 0x0 0x0 0x0')}\n`,
        {
          outcome: 'exited',
          exitCode: 0,
        },
      ),
    ],
  ])('is lost when %s', (_, had) => {
    expect(elsewhere(several(had, emptyLists)).findings[0]).toMatchObject({
      code: 'device-vanished',
      severity: 'critical',
      summary: expect.stringContaining('`esx-2`'),
    })
  })
  test('is asked for by the one name that udev is sure of', () => {
    const { wanted, diagnosis } = look({
      playbook: 'lun',
      args: { target: '/dev/sde' },
      instead: prints('lun-links', (own) => `${own}wwn-0x3939303832313261\t../../sde\n`),
    })
    expect(wanted.filter((id) => id.startsWith('lun-device:'))).toEqual([
      `lun-device:eui.3939303832313261@${ESX}`,
    ])
    expect(codes(diagnosis)).not.toContain('device-not-listed')
  })
})

describe('conflicts', () => {
  test('one in a while is how hosts share a datastore', () => {
    const found = look({ instead: grown('Reservation Conflicts', 1) }).diagnosis
    expect(found.findings[0]).toMatchObject({ code: 'nothing-wrong-seen', severity: 'info' })
    expect(found.findings.find(({ code }) => code === 'conflicts-growing')?.severity).toBe('info')
    const more = first({ instead: grown('Reservation Conflicts', 2) })
    expect(more.severity).toBe('warning')
    expect(more.details.join()).toContain('Nothing failed for good meanwhile')
  })
  test('on a disk that a cluster of machines holds all the time are usual', () => {
    const perennial = prints('lun-device:', (own) =>
      own.replace('Perennially Reserved: false', 'Perennially Reserved: true'),
    )
    const { findings } = look({ instead: several(perennial, grown('Reservation Conflicts', 40)) }).diagnosis
    expect(findings.map(({ severity }) => severity)).not.toContain('warning')
    expect(findings.find(({ code }) => code === 'conflicts-growing')?.details.join()).toContain(
      'perennially reserved',
    )
  })
  test('are not concluded from commands that fail for another reason', () => {
    const held =
      '  PR generation=0x4\n    Key=0xabc\n      << Reservation holder >>\n      scope: LU_SCOPE,  type: Write Exclusive, registrants only\n      Transport Id of initiator:\n        iSCSI world wide unique port id: iqn.1993-08.org.debian:01:aa,i,0x00023d000001\n'
    const { findings } = look({
      instead: several(prints('lun-pr-status', held), grown('Failed Read Operations', 3)),
    }).diagnosis
    expect(findings[0]!.code).toBe('commands-fail')
    const reserved = findings.find(({ code }) => code === 'persistent-reservation')!
    expect(reserved.severity).toBe('info')
    expect(reserved.summary).not.toContain('refused')
  })
  test('what all registrants hold has no single owner', () => {
    const one = (key: string) =>
      `    Key=${key}\n      << Reservation holder >>\n      scope: LU_SCOPE,  type: Write Exclusive, all registrants\n      Transport Id of initiator:\n        iSCSI world wide unique port id: iqn.1993-08.org.debian:01:${key},i,0x00023d000001\n`
    const { findings } = look({
      instead: prints('lun-pr-status', `  PR generation=0x4\n${one('0xa')}${one('0xb')}`),
    }).diagnosis
    expect(findings.find(({ code }) => code === 'persistent-reservation')).toMatchObject({
      severity: 'info',
      summary: 'The LUN is persistently reserved by all that are registered (2 keys).',
    })
  })
  test('a reservation that is met once may be one of a moment, and that is said', () => {
    const found = first({
      instead: prints('lun-turs', '', { stderr: 'Reservation conflict\n', exitCode: 24 }),
    })
    expect(found.code).toBe('reservation-held')
    expect(found.details.join()).toContain('check again')
  })
})

describe('a Linux initiator that lost the disk', () => {
  const gone = prints('lun-inq', '  PQual=3  PDT=31\n')
  const offline = prints('lun-turs', '', {
    stderr: 'error opening file: /dev/sdd: No such device or address\n',
    exitCode: 56,
  })
  test.each([gone, offline])('says nothing about the others while ESXi has it', (instead) => {
    expect(first({ instead })).toMatchObject({
      severity: 'warning',
      summary: expect.stringMatching(/`wsg-70-2`.*ESXi has it/),
    })
    const alone = several(
      instead,
      prints('lun-device:', '', { outcome: 'timed-out', reason: 'late', exitCode: null }),
    )
    expect(first({ instead: alone }).severity).toBe('critical')
  })
  test('and is not the reason where a watcher is left over', () => {
    expect(look({ healthy: false, instead: offline }).diagnosis.findings[0]!.code).toBe(
      'left-over-watcher-blocks',
    )
  })
})

describe('messages', () => {
  test.each(['Invalid', 'Possible'])(
    '%s sense data are none: a full array is not read out of them',
    (word) => {
      expect(
        codes(
          look({ instead: logged(60, failed(`H:0x0 D:0x2 P:0x0 ${word} sense data: 0x7 0x27 0x7`)) })
            .diagnosis,
        ),
      ).not.toContain('array-full')
    },
  )
  test('many times nearly nothing is not slow', () => {
    const rose = (from: number, to: number) =>
      logged(
        60,
        `WARNING: ScsiDeviceIO: 1513: Device ${RED} performance has deteriorated. I/O latency increased from average value of ${from} microseconds to ${to} microseconds.`,
      )
    const { findings } = look({ instead: rose(343, 10_297) }).diagnosis
    expect(findings[0]!.severity).toBe('info')
    expect(findings.find(({ code }) => code === 'slow')).toMatchObject({
      severity: 'info',
      summary: expect.stringContaining('10 ms instead of 0.34 ms'),
    })
    expect(first({ instead: rose(1_346, 40_390) })).toMatchObject({
      code: 'slow',
      severity: 'warning',
      summary: expect.stringContaining('is slow: 40 ms instead of 1.3 ms'),
    })
  })
  test('what was not answered minutes ago is told as past when nothing fails now', () => {
    const found = first({
      instead: logged(600, failed('H:0x5 D:0x0 P:0x0 Possible sense data: 0x0 0x0 0x0')),
    })
    expect(found.summary).toMatch(/were not answered: 1 message in the last 15 min, the last 10 min ago/)
    expect(found.details.join()).toContain('None failed in the 45 s between the looks')
  })
  test.each([
    ['an empty log', ''],
    ['a log that was begun anew', `${new Date(NOW - 120_000).toISOString()} cpu1:3)Log for VMkernel\n`],
  ])('%s proves nothing', (_, text) => {
    const found = first({ instead: prints('lun-vmkernel', text) })
    expect(found).toMatchObject({ code: 'nothing-wrong-seen', severity: 'info' })
    expect(found.details.join()).toContain('does not reach back 15 min')
  })
})

describe('a heartbeat of the volume', () => {
  const lost = "HBX: 2802: 'QA-lun-v7': HB at offset 3575808 - Waiting for timed out HB:"
  const back =
    'HBX: 231: Reclaimed heartbeat for volume 5b8fa879-70bdee41-4848-00e0ed438c4e (QA-lun-v7): [Timeout] [HB state abcdef02 offset 4063232 gen 43 stampUS 358012043 uuid 50a0d5d0-96130a3c-4332-e61f131d9a43 jrnl <FB 65400> drv 14.58]'
  test('that is late and not back is said', () => {
    expect(first({ instead: logged(30, lost) })).toMatchObject({
      code: 'access-lost',
      severity: 'warning',
      summary: expect.stringContaining('30 s ago, and has not said that it is back'),
    })
  })
  test('that is back is no fault, and nothing is called healthy over it', () => {
    expect(first({ instead: logged(30, lost, back) })).toMatchObject({
      code: 'nothing-wrong-seen',
      severity: 'info',
    })
    expect(first({ instead: logged(3600, lost) }).code).toBe('healthy')
    expect(first({ instead: logged(30, lost.replace('QA-lun-v7', 'SEG-LUN')) }).code).toBe('healthy')
  })
  test('a path that speaks of PDL is not nothing', () => {
    const pdl = `WARNING: NMP: nmp_PathDetermineFailure:2961: Cmd (0x2a) PDL error (0x5/0x25/0x0) - path vmhba32:C0:T0:L12 device ${RED} - triggering path evaluation`
    expect(first({ instead: logged(30, pdl) })).toMatchObject({ code: 'nothing-wrong-seen' })
  })
})

describe('where nobody looked', () => {
  test('an ESXi without any file system was not heard: nothing is called unmounted', () => {
    const { diagnosis } = look({
      instead: prints('lun-filesystems', '', { outcome: 'exited', exitCode: 0, stderr: '' }),
    })
    expect(codes(diagnosis)).not.toContain('datastore-unmounted')
    expect(diagnosis.findings[0]!.severity).not.toBe('ok')
    expect(diagnosis.unseen.map(({ why }) => why).join()).toContain('lists no file system at all')
  })
  test.each<[World['playbook'] & string, string]>([
    ['datastore', 'QA-lun-v7'],
    ['lun', RED],
  ])('%s: a host that does not exist is not answered for by another', (playbook, target) => {
    const { diagnosis } = look({ playbook, args: { target, on: 'esx-7' } })
    expect(diagnosis).toMatchObject({
      looked: false,
      findings: [{ code: 'no-host', verdict: 'inconclusive' }],
    })
    expect(diagnosis.findings[0]!.summary).toContain('`esx-7`')
    expect(look({ playbook, args: { target, on: ESX } }).diagnosis.looked).toBe(true)
  })
  test('more hosts than are asked are named, and nothing is called healthy for them', () => {
    const many: World['hosts'] = (all) => [
      ...all,
      ...Array.from({ length: 8 }, (_, at) => ({
        name: `tgt-${at}`,
        addresses: [`10.9.0.${at}`],
        roles: ['iscsi-target' as const],
      })),
    ]
    const none: Instead = (probe) =>
      probe.host.startsWith('tgt-')
        ? {
            outcome: 'exited',
            exitCode: 1,
            stdout: '',
            stderr: `find: '${probe.argv[1]}': No such file or directory`,
          }
        : undefined
    const { diagnosis } = look({ hosts: many, instead: none })
    expect(diagnosis.findings[0]).toMatchObject({ code: 'nothing-wrong-seen' })
    expect(diagnosis.unseen.map(({ what }) => what).join()).toContain('`tgt-7`')
  })
  test('a snapshot behind the LUN is not its image', () => {
    const { diagnosis } = look({
      healthy: false,
      instead: prints('lun-krbd@wsg-70-3', (own) => `${own}/sys/bus/rbd/devices/0/current_snap:daily\n`),
    })
    expect((diagnosis.facts.breaks as { why: string }).why).toContain('the snapshot `daily` of `rbd/vol7`')
    expect(diagnosis.offers.map(({ remedy }) => remedy)).not.toContain('blocklist')
  })
  test('the line of a trace names no device, and that is said', () => {
    const traced = `[357000.4] [82419] scst_reserve_dev:536: Old Holder:           (null), New Holder: ffff88011c870000\n`
    const found = first({
      instead: several(prints('lun-dmesg', traced), grown('Failed Read Operations', 3)),
    })
    expect(found.details.join()).toContain('it may be about another LUN')
  })
  test.each(['mpx.vmhba1:C0:T0:L0', 'vml.02000c00006001405', 'vmhba64:C0:T1:L0'])(
    '%s is a way, not a disk',
    (target) => {
      expect(() => look({ playbook: 'lun', args: { target } })).toThrow(/way to a disk/)
    },
  )
})
