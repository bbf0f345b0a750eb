import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseLun } from '../../../playbooks/lun/args.ts'
import { datastore, lun } from '../../../playbooks/lun/index.ts'
import { readLioDevices } from '../../../playbooks/lun/lio.ts'
import {
  readDebugSites,
  readScstDevices,
  readScstLuns,
  readScstSessions,
  readTraceLevel,
} from '../../../playbooks/lun/scst.ts'
import { backLines, sitesFrom, sitesText, writeArgv } from '../../../playbooks/lun/trace.ts'
import { readMappedImages } from '../../../playbooks/shared/ceph/krbd.ts'
import { field, readEsxcli } from '../../../playbooks/shared/esxi/esxcli.ts'
import { deviceStats, extents, fileSystems, paths } from '../../../playbooks/shared/esxi/storage.ts'
import {
  euiOfText,
  lunName,
  naaOfLioSerial,
  nameOfLink,
  textOfEui,
} from '../../../playbooks/shared/scsi/lun-name.ts'
import { readAnswer, readPersistent } from '../../../playbooks/shared/scsi/sg.ts'

const out = (stdout: string, stderr = '', exitCode = 0) => ({
  stdout,
  stderr,
  exitCode,
  truncated: false,
  startedAt: 0,
})

describe('names of LUNs', () => {
  test('both EUIs of the seed decode to the ids that SCST gave, and back', () => {
    expect(textOfEui('eui.6465336666353233')).toBe('de3ff523')
    expect(textOfEui('eui.3939303832313261')).toBe('9908212a')
    expect(euiOfText('de3ff523-disk12')).toBe('eui.6465336666353233')
  })
  test('a real EUI and a NAA name are left alone', () => {
    for (const name of ['eui.ea3fcd1f5424a6f3', 'naa.6465336666353233', 'eui.64653366663532', 't10.ATA_x'])
      expect(textOfEui(name)).toBeUndefined()
  })
  test('a name has all its digits, or it is none', () => {
    for (const bad of [
      'eui.646533666635323',
      'naa.600140',
      'eui.zz65336666353233',
      'naa.',
      'mpx.vmhba1:C0:T0:L0',
      'eui.6465336666353233:1',
    ])
      expect(lunName(bad)).toBeUndefined()
    expect(lunName('EUI.6465336666353233')).toBe('eui.6465336666353233')
    expect(lunName('naa.60014050F7A1A3C8D324F5EB1A96C1D2')).toBe('naa.60014050f7a1a3c8d324f5eb1a96c1d2')
  })
  test('udev’s links and LIO’s serial numbers give the same names', () => {
    expect(nameOfLink('scsi-26465336666353233')).toBe('eui.6465336666353233')
    expect(nameOfLink('wwn-0x6465336666353233')).toBe('eui.6465336666353233')
    expect(nameOfLink('wwn-0x5000144f79272808')).toBe('naa.5000144f79272808')
    expect(nameOfLink('scsi-360014050f7a1a3c8d324f5eb1a96c1d2')).toBe('naa.60014050f7a1a3c8d324f5eb1a96c1d2')
    for (const other of ['scsi-26465336666353233-part1', 'ata-VMware_CD', 'scsi-SSCST_BIO_disk12_de3ff523'])
      expect(nameOfLink(other)).toBeUndefined()
    expect(naaOfLioSerial('0f7a1a3c-8d32-4f5e-b1a9-6c1d2e3f4a5b')).toBe(
      'naa.60014050f7a1a3c8d324f5eb1a96c1d2',
    )
  })
})

describe('arguments', () => {
  test.each([
    '-d',
    'eui.64',
    'a b',
    'x;reboot',
    '$(id)',
    '/etc/passwd',
    '/dev/sdd/../mem',
    'naa.6001405',
    '`id`',
    'a/b',
    '',
  ])('refuses %j as a LUN', (text) => {
    expect(lun.args.safeParse({ target: text }).success).toBe(false)
  })
  test('says what a name lacks', () => {
    expect(parseLun('eui.646533666635323')).toMatchObject({
      problem: expect.stringContaining('15 characters'),
    })
  })
  test.each(['-x', '', ' ', 'a/b', 'a\nb', 'x'.repeat(121)])('refuses %j as a datastore', (text) => {
    expect(datastore.args.safeParse({ target: text }).success).toBe(false)
  })
  test.each([
    ['trace', '0'],
    ['trace', '31'],
    ['trace', '1.5'],
    ['interval', '601'],
    ['on', '-h'],
    ['more', '1'],
  ])('refuses %s=%s', (name, value) => {
    expect(datastore.args.safeParse({ target: 'a', [name]: value }).success).toBe(false)
  })
})

describe('esxcli', () => {
  const seed = readFileSync(join(import.meta.dirname, 'fixtures/seed-esxi-scst.txt'), 'utf8')
  const table = seed.slice(
    seed.indexOf('Mount Point'),
    seed.indexOf('[root@localhost:~] esxcli storage vmfs'),
  )
  test('the table of the seed, with a name that holds blanks and names that are empty', () => {
    const all = fileSystems(readEsxcli(table.replace('QA-lun-v7', 'QA lun v7')))
    expect(all.map(({ name }) => name)).toEqual([
      '124-share',
      'datastore1',
      'Presale-lun-v7-new',
      'SEG-LUN',
      'QA lun v7',
      '',
      '',
    ])
    expect(all[4]).toEqual({
      mountPoint: '/vmfs/volumes/5b8fa879-70bdee41-4848-00e0ed438c4e',
      name: 'QA lun v7',
      uuid: '5b8fa879-70bdee41-4848-00e0ed438c4e',
      mounted: true,
      type: 'VMFS-5',
      size: '10994847842304',
      free: '1681623351296',
    })
  })
  test('a volume that is not mounted has no mount point', () => {
    const gone = table.replace('/vmfs/volumes/5b8fa879-70bdee41-4848-00e0ed438c4e', ' '.repeat(49))
    expect(fileSystems(readEsxcli(gone))[4]).toMatchObject({ mountPoint: '', name: 'QA-lun-v7' })
  })
  test('CSV: quotation marks, commas, an unknown type, an empty list', () => {
    const [one] = fileSystems(
      readEsxcli(
        'Free,MountPoint,Mounted,Size,Type,UUID,VolumeName,\n0,,false,0,VMFS-unknown version,u,"a, ""b""",\n',
      ),
    )
    expect(one).toMatchObject({ name: 'a, "b"', type: 'VMFS-unknown version', mounted: false })
    expect(readEsxcli('DeviceName,ExtentNumber,Partition,VMFSUUID,VolumeName,\n')).toEqual([])
    expect(readEsxcli('')).toEqual([])
  })
  test('key-value and JSON say the same', () => {
    const keyValue =
      'VmfsExtents[0].DeviceName.string=eui.6465336666353233\nVmfsExtents[0].ExtentNumber.integer=0\nVmfsExtents[0].Partition.integer=1\nVmfsExtents[0].VMFSUUID.string=u\nVmfsExtents[0].VolumeName.string=QA\n'
    const json =
      '[{"Device Name": "eui.6465336666353233", "Extent Number": 0, "Partition": 1, "VMFS UUID": "u", "Volume Name": "QA"}]'
    expect(extents(readEsxcli(keyValue))).toEqual(extents(readEsxcli(json)))
    expect(extents(readEsxcli(json))[0]).toMatchObject({
      name: 'QA',
      device: 'eui.6465336666353233',
      partition: '1',
    })
  })
  test('a column that is not there is refused, and so is a row that does not fit', () => {
    expect(() => fileSystems(readEsxcli('Free,MountPoint,Mounted,\n1,/a,true,\n'))).toThrow(/shows no/)
    expect(() => readEsxcli('Free,MountPoint,Mounted,\n1,/a\n')).toThrow(/2 fields of 3/)
    expect(() => readEsxcli('Connection refused')).toThrow(/not what esxcli prints/)
  })
  test('counters beyond 2^53 keep their digits; what is no number is no zero', () => {
    const text = (value: string) =>
      `x\n   Device: x\n${['Successful Commands', 'Read Operations', 'Write Operations', 'Reserve Operations', 'Reservation Conflicts', 'Failed Commands', 'Failed Read Operations', 'Failed Write Operations', 'Failed Reserve Operations'].map((name) => `   ${name}: ${value}\n`).join('')}`
    expect(deviceStats(readEsxcli(text('9007199254740993')))[0]!.counters['Failed Commands']).toBe(
      9007199254740993n,
    )
    expect(() => deviceStats(readEsxcli(text('N/A')))).toThrow(/no number/)
  })
  test('initiator and target of a path, of software iSCSI and of an old release', () => {
    const record =
      'iqn.1998-01.com.vmware:esxi2-35bac89b-00023d000002,iqn.1992-04.com.emc:storage.tiny,t,1-naa.5000144f79272808\n   Runtime Name: vmhba37:C1:T0:L0\n   Device: naa.5000144f79272808\n   State: active\n'
    expect(
      paths(
        readEsxcli(`${record}   Target Identifier: 00023d000002,iqn.1992-04.com.emc:storage.tiny,t,1\n`),
      )[0],
    ).toMatchObject({
      initiator: 'iqn.1998-01.com.vmware:esxi2-35bac89b',
      target: 'iqn.1992-04.com.emc:storage.tiny',
    })
  })
  test('a field is found whatever its form', () => {
    expect(field(readEsxcli('x\n   Mount Point: /a\n')[0]!, 'MountPoint')).toBe('/a')
  })
})

describe('targets', () => {
  test('SCST: EUI and NAA that were set win over t10_dev_id', () => {
    const at = '/sys/kernel/scst_tgt/devices/d1'
    const names = (text: string) => readScstDevices(out(text))[0]!.names.map(({ name }) => name)
    expect(
      names(`${at}/t10_dev_id:de3ff523-d1\n${at}/eui64_id:0x0011223344556677\n${at}/eui64_id:[key]\n`),
    ).toEqual(['eui.0011223344556677'])
    expect(names(`${at}/t10_dev_id:de3ff523-d1\n${at}/eui64_id:\n${at}/naa_id:\n`)).toEqual([
      'eui.6465336666353233',
    ])
    expect(() =>
      readScstDevices(out('', "find: '/sys/kernel/scst_tgt/devices': No such file or directory", 1)),
    ).toThrow(/not loaded/)
  })
  test('SCST: LUNs of groups, sessions, trace level, debug sites', () => {
    expect(
      readScstLuns(
        out(
          '/sys/kernel/scst_tgt/targets/iscsi/iqn.a:b/ini_groups/esx/luns/12/device\t../../../../../../../devices/disk12\n',
        ),
      ),
    ).toEqual([{ driver: 'iscsi', target: 'iqn.a:b', lun: '12', device: 'disk12' }])
    const session = '/sys/kernel/scst_tgt/targets/iscsi/iqn.a:b/sessions/iqn.c:d'
    expect(
      readScstSessions(out(`${session}/initiator_name:iqn.c:d\n${session}/active_commands:3\n`)),
    ).toEqual([{ target: 'iqn.a:b', initiator: 'iqn.c:d', active: '3' }])
    expect(readTraceLevel(out('minor | pid\n\n\nUsage:\n'))).toEqual(['minor', 'pid'])
    expect(readTraceLevel(out('\n\n\nUsage:\n'))).toEqual([])
    expect(() => readTraceLevel(out('x y\nUsage:'))).toThrow()
    const sites = readDebugSites(
      out(
        '/usr/src/scst_priv.h:536 [scst]scst_reserve_dev =_ "Old Holder: %p"\n/usr/src/scst_priv.h:544 [scst]scst_clear_dev_reservation =pmf "x"\n',
      ),
    )
    expect(sites.map(({ flags }) => flags)).toEqual(['', 'pmf'])
    expect(sitesFrom(sitesText(sites))).toEqual(sites)
    expect(backLines(sites)).toEqual([
      'file /usr/src/scst_priv.h func scst_reserve_dev line 536 =',
      'file /usr/src/scst_priv.h func scst_clear_dev_reservation line 544 =pmf',
    ])
    expect(() => readDebugSites(out('', '', 1))).toThrow(/without dynamic debug/)
  })
  test('LIO: the image of tcmu, the device of iblock, who reserves', () => {
    const at = '/sys/kernel/config/target/core'
    const [user, block] = readLioDevices(
      out(
        `${at}/user_0/rbd.vol7/info:\tConfig: rbd/rbd/ns/vol7;osd_op_timeout=30  Size: 1\n${at}/user_0/rbd.vol7/pr/res_holder:SPC-3 Reservation: iSCSI Initiator: iqn.a:b,i,0x00023d000001\n${at}/user_0/rbd.vol7/pr/res_pr_type:SPC-3 Reservation: Write Exclusive Access\n${at}/iblock_0/d/udev_path:/dev/rbd0\n${at}/iblock_0/d/pr/res_holder:No SPC-2 Reservation holder\n`,
      ),
    )
    expect(user).toMatchObject({
      image: { pool: 'rbd', namespace: 'ns', name: 'vol7' },
      reservation: { kind: 'spc-3', initiator: 'iqn.a:b', type: 'Write Exclusive Access' },
    })
    expect(block).toMatchObject({ path: '/dev/rbd0', image: undefined, reservation: undefined })
  })
  test('krbd: images by device number; a driver that is not loaded maps nothing', () => {
    expect(
      readMappedImages(
        out(
          '/sys/bus/rbd/devices/0/pool:rbd\n/sys/bus/rbd/devices/0/name:vol7\n/sys/bus/rbd/devices/0/current_snap:-\n',
        ),
      ),
    ).toEqual([{ device: '0', pool: 'rbd', namespace: undefined, image: 'vol7', snapshot: undefined }])
    expect(readMappedImages(out('', "find: '/sys/bus/rbd/devices': No such file or directory", 1))).toEqual(
      [],
    )
    expect(() => readMappedImages(out('/sys/bus/rbd/devices/0/pool:rbd\n'))).toThrow(/no name/)
  })
})

describe('sg3-utils', () => {
  test('the statuses of the seed are told apart', () => {
    expect(readAnswer(out('', 'SCSI Status: Good \n')).answer).toBe('good')
    expect(
      readAnswer(
        out('', '>>> unknown pass through result category (1)\nSCSI Status: Reservation Conflict \n', 24),
      ).answer,
    ).toBe('reservation-conflict')
    expect(readAnswer(out('', '>>> transport error: Host_status=0x03 [DID_TIME_OUT]\n', 99)).answer).toBe(
      'no-answer',
    )
    expect(readAnswer(out('', 'device not ready\n', 2)).answer).toBe('not-ready')
    expect(readAnswer(out('', '', 97)).answer).toBe('other')
  })
  // the programs themselves, where they are installed
  test.skipIf(spawnSync('sg_turs', ['--version']).error)(
    'no such device is not seen, as the real programs say it',
    () => {
      for (const argv of [
        ['sg_turs', '/dev/nope'],
        ['sg_raw', '/dev/nope', '16', '00', '00', '00', '00', '00'],
        ['sg_inq', '/dev/nope'],
        ['sg_persist', '--in', '--read-full-status', '/dev/nope'],
      ]) {
        const { stdout, stderr, status } = spawnSync(argv[0]!, argv.slice(1), { encoding: 'utf8' })
        expect(() => readAnswer({ stdout, stderr, exitCode: status }), argv[0]).toThrow(/nope/)
      }
    },
  )
  test('persistent reservations: keys, holder, owner; none; refused', () => {
    // captured, sg3-utils 1.47
    expect(
      readPersistent(
        out(
          '  IET       VIRTUAL-DISK      0001\n  Peripheral device type: disk\n  PR generation=0x1, 1 registered reservation key follows:\n    0xabc\n',
        ),
      ).registrations,
    ).toEqual([{ key: '0xabc', holder: false, initiator: undefined }])
    expect(
      readPersistent(
        out(
          '  PR generation=0x1, Reservation follows:\n    Key=0xabc\n    scope: LU_SCOPE,  type: Exclusive Access\n',
        ),
      ).held,
    ).toEqual({ key: '0xabc', type: 'Exclusive Access' })
    expect(
      readPersistent(out('  PR generation=0x0, there are NO registered reservation keys\n')),
    ).toMatchObject({ registrations: [], held: undefined })
    expect(() => readPersistent(out('', 'PR in (Read keys): Reservation conflict\n', 24))).toThrow(
      'reservation conflict',
    )
    expect(() => readPersistent(out('', 'PR in: command not supported\n', 9))).toThrow(/knows no persistent/)
  })
})

describe('the script that writes to the switches', () => {
  test('writes nowhere else', () => {
    const [perl, ...args] = writeArgv('/tmp/lun-switch', ['add scsi'])
    const { status, stderr } = spawnSync(perl, args, { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: 'refused: /tmp/lun-switch is no switch of SCST\n',
    })
  })
  test('is a program that perl takes, and refuses a second line in one', () => {
    const [, , script] = writeArgv('x', [])
    execFileSync('perl', ['-c', '-e', script!], { stdio: 'pipe' })
    const [perl, ...args] = writeArgv('/sys/kernel/scst_tgt/trace_level', ['add scsi\nall'])
    expect(spawnSync(perl, args, { encoding: 'utf8' }).stderr).toContain('line break')
  })
})
