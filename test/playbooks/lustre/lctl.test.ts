import { describe, expect, test } from 'vitest'
import { fsnameOf, readImports, works } from '../../../playbooks/lustre/imports.ts'
import {
  readDevices,
  readExports,
  readFileSystems,
  readNetShow,
  readNids,
  readPing,
  readVersion,
} from '../../../playbooks/lustre/lctl.ts'
import { lustreMounts, readFstab, readMountComplaint } from '../../../playbooks/lustre/mounts.ts'
import { readLog } from '../../../playbooks/lustre/probes.ts'
import { readMounts } from '../../../playbooks/shared/linux/mountinfo.ts'
import { output } from '../shared/linux/output.ts'

const NO_MODULES =
  'opening /dev/lnet failed: No such file or directory\nhint: the kernel modules may not be loaded\n'
const denied = output('', { exitCode: 1, stderr: 'error: get_param: opening /x: Permission denied\n' })

test.each([readDevices, readNids, readPing, readNetShow, readFileSystems, readExports, readImports])(
  'a refusal is a refusal, for %o',
  (read) => {
    expect(() => read(denied)).toThrow(expect.objectContaining({ code: 'denied' }))
  },
)

test.each([
  readDevices,
  readNids,
  readPing,
  readNetShow,
  readFileSystems,
  readExports,
  readImports,
  readVersion,
  readLog,
])('garbage is never taken for an answer, by %o', (read) => {
  expect(() => read(output('\u0000%%garbage\n', { exitCode: 1, stderr: 'what?' }))).toThrow(
    expect.objectContaining({ name: 'NotSeen' }),
  )
})

describe('lctl dl', () => {
  test('lists devices', () => {
    expect(
      readDevices(output('  0 UP mgs MGS MGS 217\n  1 -- mdt shlfs-MDT0000 shlfs-MDT0000_UUID 9\n')),
    ).toEqual([
      { status: 'UP', type: 'mgs', name: 'MGS' },
      { status: '--', type: 'mdt', name: 'shlfs-MDT0000' },
    ])
  })
  test('none are there when the modules are not loaded', () => {
    expect(readDevices(output('', { exitCode: 1, stderr: NO_MODULES }))).toEqual([])
  })
  test('refuses a list that is cut', () => {
    expect(() => readDevices(output('  0 UP mgs MGS MGS 217\n  1 UP m', {}))).toThrow('line 2')
    expect(() => readDevices(output('  0 UP mgs MGS MGS 217\n', { truncated: true }))).toThrow('longer')
  })
})

describe('LNet', () => {
  test('its NIDs, in one spelling', () => {
    expect(readNids(output('10.1.0.31@o2ib\n10.2.0.31@tcp0\n'))).toEqual({
      up: true,
      nids: ['10.1.0.31@o2ib', '10.2.0.31@tcp'],
    })
  })
  test.each([
    ['IOC_LIBCFS_GET_NI error 100: Network is down\n', 'LNet is not started'],
    [NO_MODULES, 'the modules of Lustre are not loaded'],
  ])('not up: %s', (stderr, why) => {
    expect(readNids(output('', { exitCode: 100, stderr }))).toEqual({ up: false, why })
  })
  test('a ping answers, does not answer, or could not be tried', () => {
    expect(readPing(output('12345-0@lo\n12345-10.1.0.202@o2ib\n'))).toEqual({ answers: true })
    expect(
      readPing(output('', { exitCode: 5, stderr: 'failed to ping 10.1.0.202@o2ib: Input/output error\n' })),
    ).toEqual({
      answers: false,
      why: 'Input/output error',
    })
    expect(() => readPing(output('', { exitCode: 1, stderr: NO_MODULES }))).toThrow('not up here')
    expect(() => readPing(output('', { exitCode: 0 }))).toThrow('lctl ping')
    expect(() => readPing(output('', { exitCode: 1, stderr: 'Can\'t parse process id "x"' }))).toThrow(
      "Can't parse",
    )
  })
  test('interfaces of 2.8 and of 2.15', () => {
    expect(
      readNetShow(output('net:\n    - net: o2ib\n      nid: 10.1.0.31@o2ib\n      status: down\n')),
    ).toEqual([{ nid: '10.1.0.31@o2ib', status: 'down' }])
    expect(
      readNetShow(
        output(
          'net:\n    - net type: o2ib\n      local NI(s):\n        - nid: 10.1.0.31@o2ib\n          status: up\n          interfaces:\n              0: ib0\n',
        ),
      ),
    ).toEqual([{ nid: '10.1.0.31@o2ib', status: 'up' }])
  })
})

describe('imports', () => {
  const old =
    'mgc.MGC10.1.0.202@o2ib.import=import:\n    name: MGC10.1.0.202@o2ib\n    target: MGS\n    state: DISCONN\n    instance: 0\n    connect_flags: [version]\n    import_flags: [invalid, deactive]\n    connection:\n       failover_nids: [10.1.0.202@o2ib, 10.1.0.201@o2ib]\n       current_connection: <none>\n'
  const today =
    'osc.shlfs-OST0003-osc-ffff88.import=\nimport:\n    name: shlfs-OST0003-osc-ffff88\n    target: shlfs-OST0003_UUID\n    state: IDLE\n    import_flags: [ pingable ]\n    connection:\n       failover_nids: [ "10.1.0.213@o2ib" ]\n       current_connection: "10.1.0.213@o2ib"\n'
  test('of 2.5 and of 2.15', () => {
    expect(readImports(output(old + today))).toEqual([
      {
        type: 'mgc',
        device: 'MGC10.1.0.202@o2ib',
        target: 'MGS',
        state: 'DISCONN',
        failoverNids: ['10.1.0.202@o2ib', '10.1.0.201@o2ib'],
        current: undefined,
        inactive: true,
      },
      {
        type: 'osc',
        device: 'shlfs-OST0003-osc-ffff88',
        target: 'shlfs-OST0003_UUID',
        state: 'IDLE',
        failoverNids: ['10.1.0.213@o2ib'],
        current: '10.1.0.213@o2ib',
        inactive: false,
      },
    ])
  })
  test('none, when nothing is mounted; but silence is not none', () => {
    const stderr = "error: get_param: param_path 'mgc/*/import': No such file or directory\n"
    expect(readImports(output('', { exitCode: 2, stderr }))).toEqual([])
    expect(() => readImports(output(''))).toThrow('no import')
  })
  test('refuses an import without a state, or with one that nobody knows', () => {
    expect(() => readImports(output(today.replace(/ {4}state.*\n/, '')))).toThrow('without its state')
    expect(() => readImports(output(today.replace('IDLE', 'FINE')))).toThrow('without its state')
  })
  test('only FULL and IDLE work', () => {
    expect(
      (['FULL', 'IDLE', 'DISCONN', 'EVICTED', 'CONNECTING', 'REPLAY_WAIT'] as const).map((state) =>
        works({ state }),
      ),
    ).toEqual([true, true, false, false, false, false])
  })
  test('names of devices tell the file system', () => {
    expect(['shlfs-OST0003_UUID', 'a-b-MDT0000-mdc-ff', 'MGS', 'MGC10.1.0.202@o2ib'].map(fsnameOf)).toEqual([
      'shlfs',
      'a-b',
      undefined,
      undefined,
    ])
  })
})

describe('the MGS', () => {
  test('the file systems that it has; `params` is none', () => {
    expect(readFileSystems(output('shlfs\nparams\nscratch\n'))).toEqual(['shlfs', 'scratch'])
    expect(() =>
      readFileSystems(
        output('', { exitCode: 2, stderr: 'error: get_param: param_path: No such file or directory' }),
      ),
    ).toThrow('No such file')
  })
  test('its clients, by NID and once each', () => {
    expect(
      readExports(
        output(
          'mgs.MGS.exports.10.1.0.57@o2ib.uuid=a\nmgs.MGS.exports.0@lo.uuid=b\nmgs.MGS.exports.10.1.0.57@o2ib.uuid=c\n',
        ),
      ),
    ).toEqual(['10.1.0.57@o2ib'])
  })
  test('the release, as 2.8 and as 2.15 print it', () => {
    expect(readVersion(output('lustre: 2.8.0\nkernel: patchless_client\n'))).toBe('2.8.0')
    expect(readVersion(output('2.15.3\n'))).toBe('2.15.3')
  })
})

describe('mounts', () => {
  test('a client’s mount is told from a target’s', () => {
    const rows =
      '80 60 0:39 / /mnt/a rw - lustre 10.1.0.202@o2ib:/shlfs rw\n81 60 8:16 / /mnt/mdt rw - lustre /dev/sdb rw\n'
    expect(lustreMounts(readMounts(output(rows))).map(({ path }) => path)).toEqual(['/mnt/a'])
  })
  test('fstab: comments and others are left out, blanks are unescaped', () => {
    const text =
      '#10.1.0.202@o2ib:/a /mnt/a lustre defaults 0 0\n/dev/sda / xfs defaults 0 0\n10.1.0.202@o2ib:/b /mnt/b\\040c lustre noauto,_netdev 0 0\n'
    expect(readFstab(output(text))).toMatchObject([{ path: '/mnt/b c', options: ['noauto', '_netdev'] }])
  })
  test('what mount said', () => {
    const said =
      'mount.lustre: mount 10.1.0.202@o2ib:10.1.0.201@o2ib:/shlfs at /mnt/lustre failed: Input/output error\nIs the MGS running?\n'
    expect(readMountComplaint(said)).toMatchObject({
      spec: { fsname: 'shlfs' },
      path: '/mnt/lustre',
      error: 'Input/output error',
      saysMgs: true,
    })
    expect(readMountComplaint('all is well')).toBeUndefined()
  })
})

describe('the kernel’s log', () => {
  test.each([
    [{ exitCode: 1, stderr: 'dmesg: read kernel buffer failed: Operation not permitted' }, 'denied'],
    [{ exitCode: 1, stderr: 'dmesg: something else' }, 'failed'],
    [{ stdout: '' }, 'absent'],
    [{ stdout: 'garbage\n' }, 'unparsable'],
    [{ stdout: '-- No entries --\n' }, 'absent'],
    [{ stdout: '[ 1.0] x\n', truncated: true }, 'unparsable'],
  ])('%j is not seen: %s', (part, code) => {
    expect(() => readLog(output('', part))).toThrow(expect.objectContaining({ code }))
  })
  test('without times it is one as soon as Lustre speaks', () => {
    expect(readLog(output('Lustre: Mounted shlfs-client\n')).ours).toBe(1)
  })
})
