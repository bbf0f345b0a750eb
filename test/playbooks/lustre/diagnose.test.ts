import { describe, expect, test } from 'vitest'
import { judgeText } from '../../../playbooks/lustre/text/judge.ts'
import {
  concluded,
  diagnosed,
  FAILED,
  fixture,
  IMPORTS,
  type Instead,
  importText,
  inventory,
  logOf,
  NOW,
  noPing,
} from './world.ts'

const LOCK = (remote: string) =>
  `LustreError: 1:0:(ldlm_request.c:125:ldlm_expired_completion_wait()) ### lock timed out (enqueued at 1564973016, 300s ago), entering recovery for MGS@MGC10.1.0.202@o2ib_0 ns: MGC10.1.0.202@o2ib lock: ffff883e064a4400/0x460c6f21125734b1 lrc: 4/1,0 mode: --/CR res: [0x73666c6873:0x0:0x0].0x0 rrc: 1 type: PLN flags: 0x1000000000000 nid: local remote: ${remote} expref: -99 pid: 1 timeout: 0 lvb_type: 0`
const NO_MGS: Instead = { 'mgs-202: lctl dl': { stdout: '  0 UP osd-ldiskfs shlfs-OST0000-osd x_UUID 5\n' } }
const MOVED: Instead = {
  ...NO_MGS,
  'mgs-201: lctl dl': { stdout: '  0 UP mgs MGS MGS 217\n' },
  'mgs-201: lctl get_param -n mgs.MGS.filesystems': { stdout: 'shlfs\n' },
}
const UNSEEN = { outcome: 'unreachable' } as const
const FSTAB_ONE: Instead = {
  'cat /etc/fstab': { stdout: '10.1.0.202@o2ib:/shlfs /mnt/lustre lustre defaults 0 0\n' },
}

describe('the lock is not granted', () => {
  test('in the report: confirmed, with whose lock, how long, and that the network is fine', () => {
    const { findings, offers, next, doNot } = diagnosed()
    expect(findings[0]).toMatchObject({
      code: 'config-lock-not-granted',
      verdict: 'confirmed',
      severity: 'critical',
    })
    const told = findings[0]!.details.join('\n')
    for (const word of [
      '[0x73666c6873:0x0:0x0].0x0',
      '495639619699',
      '`--/CR`',
      'within 5 min',
      'after 10 min',
      'network is fine',
      '10.1.0.201@o2ib',
      'itself waits',
    ])
      expect(told).toContain(word)
    expect(offers).toEqual([])
    expect(next.map(({ command }) => command).join('\n')).toContain('grep 0x73666c6873')
    for (const { why } of next) expect(why).toContain('no button')
    expect(doNot).toHaveLength(2)
  })
  test.each([
    [3_600, 'confirmed'],
    [3_601, 'inconclusive'],
  ])('%d s later it is %s', (ago, verdict) => {
    const instead = logOf([
      [ago + 300, LOCK('0xa68b3e19634974ca')],
      [ago, FAILED(-5)],
    ])
    expect(concluded({ instead })).toEqual(['config-lock-not-granted', verdict, 'critical'])
  })
  test('also while the mount still waits', () => {
    const { findings } = diagnosed({ instead: logOf([[30, LOCK('0xa68b3e19634974ca')]]) })
    expect(findings[0]).toMatchObject({
      code: 'config-lock-not-granted',
      summary: expect.stringContaining('still being mounted'),
    })
  })
  test('not when the MGS never answered the request', () => {
    expect(
      concluded({
        instead: logOf([
          [300, LOCK('0x0')],
          [30, FAILED(-5)],
        ]),
      })[0],
    ).toBe('mount-failed-before')
    expect(concluded({ instead: logOf([[300, LOCK('0x0')]]) })).toEqual([
      'mount-unanswered',
      'inconclusive',
      'warning',
    ])
  })
  test('names a client that the MGS threw out because of it', () => {
    const instead = {
      'mgs-202: dmesg': { stdout: fixture('hand-2.8-mgs-server.txt') },
      'mgs-202: cat /proc/uptime': { stdout: '3156500.00 1.0\n' },
    }
    const { findings, facts } = diagnosed({ instead })
    expect(findings[0]!.details.join('\n')).toContain('`10.1.0.57@o2ib` held it and was thrown out')
    expect(facts.holders).toEqual([
      { nid: '10.1.0.57@o2ib', evicted: true },
      { nid: '10.1.0.59@o2ib', evicted: true },
    ])
  })
  test('gives way to what is so now: the servers are gone, or the MGS is', () => {
    expect(concluded({ instead: { ...noPing('10.1.0.202@o2ib'), ...noPing('10.1.0.201@o2ib') } })[0]).toBe(
      'lnet-unreachable',
    )
    expect(concluded({ instead: NO_MGS })[0]).toBe('mgs-not-running')
  })
  test('is nobody’s trouble once it is mounted', () => {
    const mounted = {
      'cat /proc/self/mountinfo': {
        stdout: '80 60 0:39 / /mnt/lustre rw - lustre 10.1.0.202@o2ib:/shlfs rw\n',
      },
      [IMPORTS]: { stdout: full('shlfs') },
    }
    expect(concluded({ instead: mounted })[0]).toBe('healthy')
  })
})

describe('LNet', () => {
  const both = { ...noPing('10.1.0.202@o2ib'), ...noPing('10.1.0.201@o2ib') }
  test('unreachable: every server, by name', () => {
    const { findings } = diagnosed({ fsname: 'archive', instead: both })
    expect(findings[0]).toMatchObject({
      code: 'lnet-unreachable',
      verdict: 'confirmed',
      severity: 'critical',
    })
    expect(findings[0]!.summary).toContain('10.1.0.202@o2ib`, `10.1.0.201@o2ib')
  })
  test('one of two unreachable is said beside', () => {
    const { findings } = diagnosed({ instead: noPing('10.1.0.201@o2ib') })
    expect(findings.map(({ code }) => code)).toEqual(['config-lock-not-granted', 'partner-unreachable'])
    expect(findings[1]!.summary).toContain('10.1.0.201@o2ib')
  })
  test('a server is reached over any of its NIDs', () => {
    const options = { mgs: '192.168.9.9@tcp,10.1.0.202@o2ib' }
    const told = diagnosed({ options, instead: noPing('192.168.9.9@tcp') })
    expect(told.findings.map(({ code }) => code)).toEqual(['config-lock-not-granted'])
    const none = diagnosed({
      options,
      instead: { ...noPing('192.168.9.9@tcp'), ...noPing('10.1.0.202@o2ib') },
    })
    expect(none.findings[0]!.code).toBe('lnet-unreachable')
    expect(none.findings[0]!.details.join()).toContain('no NID on `tcp`')
  })
  test('a ping that could not be tried proves nothing', () => {
    const instead: Instead = {
      'lctl ping 10.1.0.202@o2ib 5': { outcome: 'timed-out' },
      ...noPing('10.1.0.201@o2ib'),
    }
    expect(concluded({ fsname: 'archive', instead })[0]).not.toBe('lnet-unreachable')
  })
  test.each([
    [{ stderr: 'IOC_LIBCFS_GET_NI error 100: Network is down\n', exitCode: 100 }, 'not started'],
    [
      {
        stderr:
          'opening /dev/lnet failed: No such file or directory\nhint: the kernel modules may not be loaded\n',
        exitCode: 2,
      },
      'not loaded',
    ],
  ])('not up on the client itself comes first', (reply, why) => {
    const { findings, offers } = diagnosed({ instead: { 'host-31: lctl list_nids': reply } })
    expect(findings[0]).toMatchObject({
      code: 'lnet-not-up',
      verdict: 'confirmed',
      summary: expect.stringContaining(why),
    })
    expect(offers).toEqual([])
  })
  test.each([
    ['down', 'down', 'lnet-not-up'],
    ['down', 'up', 'config-lock-not-granted'],
  ])('interfaces %s and %s: %s', (a, b, code) => {
    const stdout = `net:\n    - net: o2ib\n      nid: 10.1.0.31@o2ib\n      status: ${a}\n    - net: tcp\n      nid: 10.2.0.31@tcp\n      status: ${b}\n`
    expect(concluded({ instead: { 'host-31: lnetctl net show': { stdout } } })[0]).toBe(code)
  })
})

describe('the MGS is not where the mount looks', () => {
  test('it runs on a server that the mount does not name', () => {
    const { findings, next } = diagnosed({ instead: { ...MOVED, ...FSTAB_ONE } })
    expect(findings[0]).toMatchObject({ code: 'mgs-elsewhere', verdict: 'confirmed' })
    expect(findings[0]!.summary).toContain('`mgs-201`, `10.1.0.201@o2ib`')
    expect(next[0]!.command).toBe('mount -t lustre 10.1.0.202@o2ib:10.1.0.201@o2ib:/shlfs /mnt/lustre')
  })
  test('it runs on a named server that cannot be reached', () => {
    const { findings } = diagnosed({ instead: { ...MOVED, ...noPing('10.1.0.201@o2ib') } })
    expect(findings[0]).toMatchObject({
      code: 'mgs-elsewhere',
      summary: expect.stringContaining('cannot be reached'),
    })
  })
  test('it runs on the other of two: that is what failover is for', () => {
    expect(concluded({ instead: MOVED })[0]).toBe('config-lock-not-granted')
  })
  test('it runs nowhere', () => {
    expect(concluded({ instead: NO_MGS })).toEqual(['mgs-not-running', 'confirmed', 'critical'])
  })
  test('one server that was not seen may have it', () => {
    expect(concluded({ fsname: 'archive', instead: { ...NO_MGS, 'mgs-201: lctl dl': UNSEEN } })).toEqual([
      'mount-failed',
      'inconclusive',
      'warning',
    ])
  })
})

describe('the name is wrong', () => {
  test('the MGS said -2: the nearest that exists', () => {
    const { findings, next } = diagnosed({
      fsname: 'shlf',
      instead: logOf([[60, FAILED(-2, 'shlf-client')]]),
    })
    expect(findings[0]).toMatchObject({
      code: 'wrong-name',
      verdict: 'confirmed',
      summary: expect.stringContaining('nearest is `shlfs`'),
    })
    expect(next[0]!.command).toBe('check lustre shlfs on=host-31')
  })
  test('also as an old release says it', () => {
    const line =
      "LustreError: 156-2: The client profile 'shlf-client' could not be read from the MGS.  Does that filesystem exist?"
    expect(concluded({ fsname: 'shlf', instead: logOf([[60, line]]) })[0]).toBe('wrong-name')
  })
  test.each([
    [3_600, 'confirmed'],
    [3_601, 'inconclusive'],
  ])('without the list of the MGS, %d s old: %s', (ago, verdict) => {
    const instead = {
      ...logOf([[ago, FAILED(-2, 'shlf-client')]]),
      'mgs-202: lctl get_param -n mgs.MGS.filesystems': UNSEEN,
    }
    expect(concluded({ fsname: 'shlf', instead })).toEqual(['wrong-name', verdict, 'critical'])
  })
  test('it exists by now', () => {
    expect(concluded({ instead: logOf([[60, FAILED(-2)]]) })).toEqual([
      'no-config-then',
      'inconclusive',
      'warning',
    ])
  })
  test('-5 is another thing', () => {
    expect(concluded({ instead: logOf([[60, FAILED(-5)]]) })[0]).toBe('mount-failed-before')
  })
})

function full(fsname: string, change: Partial<Record<'mgc' | 'mdc' | 'osc', string>> = {}): string {
  const { mgc = 'FULL', mdc = 'FULL', osc = 'FULL' } = change
  return [
    importText('mgc', 'MGC10.1.0.202@o2ib', 'MGS', mgc),
    importText('mdc', `${fsname}-MDT0000-mdc-ff`, `${fsname}-MDT0000_UUID`, mdc),
    importText('osc', `${fsname}-OST0003-osc-ffff883f5f2a4800`, `${fsname}-OST0003_UUID`, osc),
  ].join('')
}

describe('mounted', () => {
  const on = (
    imports: Instead[string],
    more: Instead = logOf([[9_000, 'Lustre: Mounted shlfs-client']]),
  ): { instead: Instead } => ({
    instead: {
      'cat /proc/self/mountinfo': {
        stdout: '80 60 0:39 / /mnt/lustre rw - lustre 10.1.0.202@o2ib:10.1.0.201@o2ib:/shlfs rw\n',
      },
      [IMPORTS]: imports,
      ...more,
    },
  })
  const lost = (ago: number, back?: number): [number, string][] => [
    [
      ago,
      'Lustre: shlfs-OST0003-osc-ffff883f5f2a4800: Connection to shlfs-OST0003 (at 10.1.0.213@o2ib) was lost; in progress operations using this service will wait for recovery to complete',
    ],
    ...(back === undefined
      ? []
      : ([
          [
            back,
            'Lustre: shlfs-OST0003-osc-ffff883f5f2a4800: Connection restored to 10.1.0.214@o2ib (at 10.1.0.214@o2ib)',
          ],
        ] as [number, string][])),
  ]

  test('and all connected: healthy', () => {
    expect(concluded(on({ stdout: full('shlfs') }))).toEqual(['healthy', 'ruled-out', 'ok'])
    expect(concluded(on({ stdout: full('shlfs', { osc: 'IDLE' }) }))[0]).toBe('healthy')
  })
  test.each([
    [{ osc: 'DISCONN' }, 'disconnected', 'critical'],
    [{ mdc: 'EVICTED' }, 'disconnected', 'critical'],
    [{ mgc: 'CONNECTING' }, 'mgs-lost', 'warning'],
  ])('%j: %s', (change, code, severity) => {
    expect(concluded(on({ stdout: full('shlfs', change) }))).toEqual([code, 'confirmed', severity])
  })
  test('another file system’s broken connection is not this one’s', () => {
    const other = importText('osc', 'other-OST0000-osc-ff', 'other-OST0000_UUID', 'DISCONN')
    expect(concluded(on({ stdout: full('shlfs') + other }))[0]).toBe('healthy')
  })
  test('connections that were not seen, or not all, are no health', () => {
    expect(concluded(on(UNSEEN))).toEqual(['mounted-not-judged', 'inconclusive', 'warning'])
    expect(concluded(on({ stdout: importText('mgc', 'MGC10.1.0.202@o2ib', 'MGS', 'FULL') }))[0]).toBe(
      'mounted-not-judged',
    )
    expect(concluded(on({ stdout: full('shlfs').split('mdc.')[1]!.replace(/^/, 'mdc.') }))[0]).toBe(
      'mgs-not-seen',
    )
  })
  test('a log that was not seen makes it connected, not healthy', () => {
    const dark: Instead = { dmesg: UNSEEN }
    expect(concluded(on({ stdout: full('shlfs') }, dark))).toEqual(['connected', 'inconclusive', 'info'])
  })
  test('a list of mounts that was not seen makes it connected, not healthy', () => {
    const world = on({ stdout: full('shlfs') })
    world.instead['cat /proc/self/mountinfo'] = UNSEEN
    expect(concluded(world)).toEqual(['connected', 'inconclusive', 'info'])
  })
  test('a short disconnect that healed', () => {
    const { findings } = diagnosed(on({ stdout: full('shlfs') }, logOf(lost(500, 480))))
    expect(findings[0]).toMatchObject({ code: 'healed', verdict: 'ruled-out', severity: 'info' })
    expect(findings[0]!.details[0]).toContain('back after 20 s on `10.1.0.214@o2ib`')
  })
  test.each([
    [86_400, 'healed'],
    [86_401, 'healthy'],
  ])('a disconnect %d s ago: %s', (ago, code) => {
    expect(concluded(on({ stdout: full('shlfs') }, logOf(lost(ago, ago - 5))))[0]).toBe(code)
  })
  test('an eviction, and what it lost', () => {
    const evicted = {
      'host-31: dmesg': { stdout: fixture('hand-2.10-evicted.txt') },
      'host-31: cat /proc/uptime': { stdout: '6000.00 1.0\n' },
    }
    const { findings } = diagnosed(on({ stdout: full('shlfs') }, evicted))
    expect(findings[0]).toMatchObject({ code: 'evicted', verdict: 'confirmed', severity: 'critical' })
    expect(findings[0]!.summary).toContain('2 files were lost')
    expect(findings[0]!.details.join('\n')).toContain('`run 7/out.dat` (`[0x200000401:0x1b:0x0]`)')
    expect(
      concluded(
        on(
          { stdout: full('shlfs') },
          { ...evicted, 'host-31: cat /proc/uptime': { stdout: '92000.00 1.0\n' } },
        ),
      )[0],
    ).toBe('healthy')
  })
  test('a failure before the mount is history', () => {
    const log = logOf([
      [600, FAILED(-5)],
      [300, 'Lustre: Mounted shlfs-client'],
    ])
    expect(concluded(on({ stdout: full('shlfs') }, log))[0]).toBe('healthy')
  })
  test('waiting for the lock while in use is said beside: it does not hear of changes', () => {
    const { findings } = diagnosed(
      on(
        { stdout: full('shlfs') },
        logOf([
          [9_000, 'Lustre: Mounted shlfs-client'],
          [30, LOCK('0xa68b3e19634974ca')],
        ]),
      ),
    )
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
      ['healthy', 'ok'],
      ['config-lock-not-granted', 'warning'],
    ])
  })
})

describe('not mounted, and nothing against it', () => {
  test('a failure that is over: the mount of fstab is offered', () => {
    const { findings, offers } = diagnosed({ fsname: 'archive' })
    expect(findings[0]).toMatchObject({
      code: 'mount-failed-before',
      verdict: 'confirmed',
      severity: 'warning',
    })
    expect(offers).toMatchObject([
      {
        remedy: 'retry-mount',
        params: { path: '/mnt/archive' },
        commands: ['mount /mnt/archive'],
        approvals: 1,
      },
    ])
    expect(offers[0]!.basis).not.toMatch(/\d\d:\d\d/)
  })
  const offered = (instead: Instead) => diagnosed({ fsname: 'archive', instead }).offers.length
  const fstab = (text: string): Instead => ({ 'cat /etc/fstab': { stdout: text } })
  const LINE = '10.1.0.202@o2ib:/archive /mnt/archive lustre defaults 0 0\n'
  test.each<[string, Instead, number]>([
    ['with one line in fstab', fstab(LINE), 1],
    ['not without a line in fstab', fstab(''), 0],
    ['not with two', fstab(LINE + LINE.replace('/mnt/', '/srv/')), 0],
    [
      'not at a path that could be an option or an expansion',
      fstab(LINE.replace('/mnt/archive', '/mnt/$(x)')),
      0,
    ],
    ['not above the root', fstab(LINE.replace('/mnt/archive', '/mnt/../etc')), 0],
    [
      'not where something is mounted',
      { 'cat /proc/self/mountinfo': { stdout: '80 60 0:39 / /mnt/archive rw - xfs /dev/sdb rw\n' } },
      0,
    ],
    ['when only a connection of the client shows the MGS', { 'mgs-202: lctl dl': UNSEEN }, 1],
    [
      'not when the MGS was not seen and nothing is connected to it',
      { 'mgs-202: lctl dl': UNSEEN, [IMPORTS]: UNSEEN },
      0,
    ],
    ['not when its server does not answer', noPing('10.1.0.202@o2ib'), 0],
    ['not when fstab was not seen', { 'cat /etc/fstab': UNSEEN }, 0],
    ['not when mounts were not seen', { 'cat /proc/self/mountinfo': UNSEEN }, 0],
    ['not when the log was not seen', { dmesg: UNSEEN }, 0],
    [
      'not when nobody tried and the MGS was not seen',
      { ...logOf([[10, 'Lustre: x']]), 'mgs-202: lctl dl': UNSEEN, [IMPORTS]: UNSEEN },
      0,
    ],
    [
      'not when nobody tried and the MGS may run only where fstab does not look',
      {
        ...logOf([[10, 'Lustre: x']]),
        ...MOVED,
        ...fstab(LINE),
        'mgs-202: lctl dl': UNSEEN,
        [IMPORTS]: UNSEEN,
      },
      0,
    ],
    ['when nobody tried', logOf([[10, 'Lustre: something']]), 1],
    [
      'not when nobody tried and fstab says noauto',
      { ...logOf([[10, 'Lustre: x']]), ...fstab(LINE.replace('defaults', 'noauto')) },
      0,
    ],
    [
      'not when somebody unmounted it',
      logOf([
        [20, 'Lustre: Mounted archive-client'],
        [10, 'Lustre: Unmounted archive-client'],
      ]),
      0,
    ],
    [
      'not while a mount waits for the lock',
      logOf([[30, LOCK('0xa68b3e19634974ca').replaceAll('0x73666c6873', '0x65766968637261')]]),
      0,
    ],
  ])('%s', (_, instead, count) => {
    expect(offered(instead)).toBe(count)
  })
})

describe('who cannot be looked at', () => {
  const [client, ...servers] = inventory.hosts
  const second = { name: 'host-32', addresses: ['10.1.0.32'], roles: ['lustre-client' as const] }
  test.each([
    [servers, {}, 'no-client'],
    [[client!, second, ...servers], {}, 'which-client'],
    [[client!, second, ...servers], { on: 'host-99' }, 'no-such-host'],
    [[client!, second, ...servers], { on: 'mgs-202' }, 'no-such-host'],
  ])('is asked for, or named', (hosts, options, code) => {
    const told = diagnosed({ hosts, options })
    expect(told).toMatchObject({ looked: false, offers: [], findings: [{ code, verdict: 'inconclusive' }] })
  })
  test('by name and by address', () => {
    for (const on of ['host-31', '10.1.0.31'])
      expect(diagnosed({ hosts: [client!, second, ...servers], options: { on } }).looked).toBe(true)
  })
  test('a client that does not answer is not healthy and not ill', () => {
    const { hosts } = inventory
    const told = diagnosed({ hosts: [{ ...hosts[0]!, name: 'host-00' }, ...servers] })
    expect(told).toMatchObject({
      looked: false,
      findings: [{ code: 'could-not-look', verdict: 'inconclusive' }],
      offers: [],
    })
    expect(told.unseen.length).toBeGreaterThan(3)
  })
  test('permission denied on dmesg is said, and another log is taken', () => {
    const dmesg = { stderr: 'dmesg: read kernel buffer failed: Operation not permitted\n', exitCode: 1 }
    const denied = diagnosed({ instead: { 'host-31: dmesg': dmesg } })
    expect(denied.unseen).toContainEqual(
      expect.objectContaining({
        what: 'kernel log of `host-31`',
        why: expect.stringContaining('not permitted'),
      }),
    )
    const syslog = fixture('report-2.8.0-client.txt').replaceAll(/^\[/gm, 'Aug  5 10:53:36 host-31 kernel: [')
    const instead = {
      'host-31: dmesg': dmesg,
      'host-31: tail -n 20000 /var/log/messages': { stdout: syslog },
    }
    expect(concluded({ instead })[0]).toBe('config-lock-not-granted')
  })
  test('an empty log is no proof of peace', () => {
    expect(diagnosed({ instead: { 'host-31: dmesg': { stdout: '' } } }).unseen).toContainEqual(
      expect.objectContaining({ why: expect.stringContaining('cleared') }),
    )
  })
  test('a clock that differs is said, and does not move the times', () => {
    const clock = (s: number) => ({ 'host-31: date +%s %z': { stdout: `${NOW / 1000 + s} +0800\n` } })
    const codes = (s: number) => diagnosed({ instead: clock(s) }).findings.map(({ code }) => code)
    expect(codes(59)).toEqual(['config-lock-not-granted'])
    expect(codes(60)).toEqual(['config-lock-not-granted', 'clock-differs'])
    expect(diagnosed({ instead: clock(9_999) }).findings[0]!.details[0]).toContain('02:53 UTC (12 min ago)')
  })
})

describe('a pasted text', () => {
  const at = (text: string) =>
    judgeText(text, NOW).map(({ fsname, finding }) => [fsname, finding.code, finding.verdict])
  test('the log of the report', () => {
    expect(at(fixture('report-2.8.0-client.txt'))).toEqual([
      ['shlfs', 'config-lock-not-granted', 'confirmed'],
    ])
  })
  test('the words of mount alone give no reason', () => {
    const said =
      'mount.lustre: mount 10.1.0.202@o2ib:/shlfs at /mnt/lustre failed: Input/output error\nIs the MGS running?\n'
    expect(at(said)).toEqual([['shlfs', 'mount-failed', 'inconclusive']])
    expect(at(said + fixture('report-2.8.0-client.txt'))[0]![1]).toBe('config-lock-not-granted')
  })
  test('several file systems at once; `params` is not one', () => {
    const text = [FAILED(-5, 'params'), FAILED(-2, 'a-client'), FAILED(-5, 'b-client')].join('\n')
    expect(at(text)).toEqual([
      ['a', 'wrong-name', 'inconclusive'],
      ['b', 'mount-failed', 'inconclusive'],
    ])
  })
  test('an eviction; a connection that did not come back; nothing of Lustre', () => {
    expect(at(fixture('hand-2.10-evicted.txt'))).toEqual([['shlfs', 'evicted', 'confirmed']])
    expect(at(fixture('hand-2.10-evicted.txt').split('\n')[1]!)).toEqual([
      ['shlfs', 'connection-lost', 'inconclusive'],
    ])
    expect(at(fixture('hand-2.10-evicted.txt').replace(/.*evicted.*\n/, ''))).toEqual([
      ['shlfs', 'healed', 'ruled-out'],
    ])
    expect(at('[ 1.0] nfs: server a not responding\n')).toEqual([])
  })
})
