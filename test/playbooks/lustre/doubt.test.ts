import { describe, expect, test } from 'vitest'
import { judgeText } from '../../../playbooks/lustre/text/judge.ts'
import {
  concluded,
  diagnosed,
  FAILED,
  IMPORTS,
  type Instead,
  importText,
  inventory,
  logOf,
  NOW,
  noPing,
} from './world.ts'

const UNSEEN = { outcome: 'unreachable' } as const
const NO_PROFILE = (fsname: string) =>
  `LustreError: 156-2: The client profile '${fsname}-client' could not be read from the MGS.  Does that filesystem exist?`
const NO_LIST: Instead = { 'mgs-202: lctl get_param -n mgs.MGS.filesystems': UNSEEN }
const first = (world: Parameters<typeof diagnosed>[0]) => diagnosed(world).findings[0]!

describe('a name is wrong only when the MGS said so', () => {
  test('a subdirectory that does not exist ends a mount with -2, too', () => {
    const line = (source: string) =>
      `LustreError: 771:0:(super25.c:187:lustre_fill_super()) llite: Unable to mount ${source}: rc = -2`
    const instead = logOf([[60, line('10.1.0.202@o2ib:10.1.0.201@o2ib:/shlfs/gone')]])
    expect(concluded({ instead })).toEqual(['mount-failed', 'inconclusive', 'warning'])
    expect(concluded({ instead: { ...instead, ...NO_LIST } })[0]).toBe('mount-failed')
    const config = {
      ...logOf([
        [61, FAILED(-2, 'shlf-client')],
        [60, line('10.1.0.202@o2ib:/shlf')],
      ]),
      ...NO_LIST,
    }
    expect(concluded({ fsname: 'shlf', instead: config })[0]).toBe('wrong-name')
  })

  test('the MGS of another Lustre system does not know it, and need not', () => {
    const hosts = inventory.hosts.map((host) =>
      host.name.startsWith('mgs')
        ? { ...host, addresses: [host.addresses[0]!.replace('10.1', '10.9')] }
        : host,
    )
    const elsewhere: Instead = {
      'mgs-202: lctl list_nids': { stdout: '10.9.0.202@o2ib\n' },
      'mgs-201: lctl list_nids': { stdout: '10.9.0.201@o2ib\n' },
      'lctl ping 10.9.0.202@o2ib 5': { stdout: '12345-0@lo\n12345-10.9.0.202@o2ib\n' },
      'lctl ping 10.9.0.201@o2ib 5': { stdout: '12345-0@lo\n12345-10.9.0.201@o2ib\n' },
    }
    const world = { fsname: 'home2', options: { mgs: '10.1.0.202@o2ib' } }
    expect(first(world)).toMatchObject({ code: 'wrong-name' })
    const other = diagnosed({ ...world, hosts, instead: elsewhere })
    expect(other.findings.map(({ code }) => code)).not.toContain('wrong-name')
    expect(JSON.stringify(other.findings)).not.toContain('archive')
  })

  test('a server that refuses this release was not asked for the name', () => {
    const refused =
      'LustreError: 16a-d: Server MGS version (2.10.5.0) refused connection from this client with an incompatible version (2.15.6).  Client must be recompiled'
    const lines: [number, string][] = [
      [62, refused],
      [61, NO_PROFILE('znqu5bev')],
      [61, 'Lustre: Unmounted znqu5bev-client'],
      [
        60,
        'LustreError: 2525281:0:(super25.c:187:lustre_fill_super()) llite: Unable to mount <unknown>: rc = -22',
      ],
    ]
    const world = { fsname: 'znqu5bev', instead: { ...logOf(lines), ...NO_LIST } }
    expect(first(world)).toMatchObject({
      code: 'version-refused',
      verdict: 'confirmed',
      severity: 'critical',
    })
    expect(first(world).summary).toMatch(/2\.10\.5\.0.*2\.15\.6/)
    const text = lines.map(([ago, line]) => `[${200_000 - ago}.000000] ${line}\n`).join('')
    expect(judgeText(text, NOW).map(({ finding }) => finding.code)).toEqual(['version-refused'])
    // another try, after the server was upgraded
    const later = {
      fsname: 'znqu5bev',
      instead: { ...logOf([...lines, [9, NO_PROFILE('znqu5bev')]]), ...NO_LIST },
    }
    expect(first(later).code).toBe('wrong-name')
  })

  test('a profile that is missing after requests to the MGS came to nothing proves no name', () => {
    const lost =
      'LustreError: 11-0: MGC10.1.0.202@o2ib: operation mgs_connect to node 10.1.0.202@o2ib failed: rc = -11'
    const at = (ago: number) => ({
      ...logOf([
        [ago, lost],
        [60, NO_PROFILE('shlf')],
      ]),
      ...NO_LIST,
    })
    expect(concluded({ fsname: 'shlf', instead: at(90) })).toEqual(['wrong-name', 'inconclusive', 'critical'])
    expect(concluded({ fsname: 'shlf', instead: at(900) })).toEqual(['wrong-name', 'confirmed', 'critical'])
  })
})

describe('servers of which only the first is known, from the log', () => {
  const nobody: Instead = { 'cat /etc/fstab': { stdout: '' }, [IMPORTS]: UNSEEN }
  const hosts = inventory.hosts.filter(({ name }) => name === 'host-31')
  const log = logOf([[60, FAILED(-110)]])

  test('the others may be reached', () => {
    const instead = { ...nobody, ...log, ...noPing('10.1.0.202@o2ib') }
    const found = first({ hosts, instead })
    expect(found).toMatchObject({ code: 'lnet-unreachable', verdict: 'inconclusive' })
    expect(found.details.join()).toContain('mgs=NID:NID')
    const all = { mgs: '10.1.0.202@o2ib' }
    expect(first({ hosts, instead, options: all })).toMatchObject({ verdict: 'confirmed' })
  })

  test('the MGS may be on one of the others', () => {
    const moved: Instead = {
      'mgs-202: lctl dl': { stdout: '  0 UP osd-ldiskfs shlfs-OST0000-osd x_UUID 5\n' },
      'mgs-201: lctl dl': { stdout: '  0 UP mgs MGS MGS 217\n' },
      'mgs-201: lctl get_param -n mgs.MGS.filesystems': { stdout: 'shlfs\n' },
    }
    const instead = { ...nobody, ...log, ...moved }
    expect(first({ instead }).code).not.toBe('mgs-elsewhere')
    expect(first({ instead, options: { mgs: '10.1.0.202@o2ib' } }).code).toBe('mgs-elsewhere')
  })
})

describe('a mount that failed would fail again', () => {
  const mountable: Instead = {
    'cat /etc/fstab': { stdout: '10.1.0.202@o2ib:/shlfs /mnt/lustre lustre defaults 0 0\n' },
  }
  test.each([-13, -22, -30, -126])(
    'for its rights, its options or its key (%i): nothing is offered',
    (rc) => {
      const found = diagnosed({ instead: { ...mountable, ...logOf([[60, FAILED(rc)]]) } })
      expect(found.findings[0]).toMatchObject({ code: 'mount-failed', verdict: 'inconclusive' })
      expect(found.findings[0]!.summary).not.toContain('nothing seems to stop it')
      expect(found.offers).toEqual([])
    },
  )
  test.each([-5, -110, -113])('but not when it had no answer (%i)', (rc) => {
    const found = diagnosed({ instead: { ...mountable, ...logOf([[60, FAILED(rc)]]) } })
    expect(found.findings[0]!.code).toBe('mount-failed-before')
    expect(found.offers).toMatchObject([{ remedy: 'retry-mount' }])
  })
})

describe('mounted', () => {
  const OST = 'shlfs-OST0003-osc-ffff883f5f2a4800'
  const own = (osc = 'FULL') =>
    importText('mgc', 'MGC10.1.0.202@o2ib', 'MGS', 'FULL') +
    importText('mdc', 'shlfs-MDT0000-mdc-ff', 'shlfs-MDT0000_UUID', 'FULL') +
    importText('osc', OST, 'shlfs-OST0003_UUID', osc)
  const on = (stdout: string, log: [number, string][] = [[9_000, 'Lustre: Mounted shlfs-client']]) => ({
    instead: {
      'cat /proc/self/mountinfo': {
        stdout: '80 60 0:39 / /mnt/lustre rw - lustre 10.1.0.202@o2ib:10.1.0.201@o2ib:/shlfs rw\n',
      },
      [IMPORTS]: { stdout },
      ...logOf(log),
    },
  })

  test.each(['CONNECTING', 'RECOVER', 'REPLAY_WAIT', 'NEW'])(
    'a connection that is %s is not broken yet: idle ones come and go',
    (state) => {
      expect(concluded(on(own(state)))).toEqual(['connecting', 'inconclusive', 'warning'])
    },
  )
  test('one that the log calls lost is', () => {
    const lost = `Lustre: ${OST}: Connection to shlfs-OST0003 (at 10.1.0.213@o2ib) was lost; in progress operations using this service will wait for recovery to complete`
    expect(concluded(on(own('CONNECTING'), [[300, lost]]))).toEqual(['disconnected', 'confirmed', 'critical'])
    expect(concluded(on(own('DISCONN')))[0]).toBe('disconnected')
  })

  test('connections without a mount in the list are a mount in a container, or a lazy unmount: nothing is offered', () => {
    const unlisted: Instead = {
      ...on(own()).instead,
      'cat /proc/self/mountinfo': { stdout: '21 0 8:1 / / rw - ext4 /dev/sda1 rw\n' },
      'cat /etc/fstab': { stdout: '10.1.0.202@o2ib:/shlfs /mnt/lustre lustre defaults 0 0\n' },
      ...logOf([[60, 'Lustre: Unrelated']]),
    }
    const found = diagnosed({ instead: unlisted })
    expect(found.findings[0]).toMatchObject({ code: 'connected', verdict: 'inconclusive' })
    expect(found.findings[0]!.details.join('\n')).toContain('a container may have it')
    expect(found.offers).toEqual([])
    const none = diagnosed({
      instead: {
        ...unlisted,
        [IMPORTS]: {
          stderr: "error: get_param: param_path 'mgc/*/import': No such file or directory\n",
          exitCode: 2,
        },
      },
    })
    expect(none.findings[0]).toMatchObject({ code: 'not-mounted', verdict: 'confirmed' })
  })

  test('a file system whose name begins with this one’s is another', () => {
    const other = importText('osc', 'shlfs-b-OST0000-osc-ff', 'shlfs-b-OST0000_UUID', 'DISCONN')
    expect(concluded(on(own() + other))[0]).toBe('healthy')
    expect(first(on(own() + other)).details.join()).toContain('1 MDT and 1 OST connected')
  })

  test('a target that somebody switched off is no fault, and not connected either', () => {
    const off = importText('osc', 'shlfs-OST0004-osc-ff', 'shlfs-OST0004_UUID', 'DISCONN').replace(
      'pingable',
      'invalid, deactive',
    )
    const found = first(on(own() + off))
    expect(found).toMatchObject({ code: 'healthy', verdict: 'ruled-out' })
    expect(found.summary).toContain('but for 1 target that somebody switched off')
    expect(found.details.join('\n')).toMatch(/1 MDT and 1 OST connected[\s\S]*`shlfs-OST0004`/)
  })

  test('an eviction of an unknown time may have been long ago', () => {
    const line = `LustreError: 167-0: ${OST}: This client was evicted by shlfs-OST0003; in progress operations using this service will fail.`
    const { instead } = on(own())
    const undated: Instead = { ...instead, 'host-31: dmesg': { stdout: `${line}\n` } }
    expect(concluded({ instead: undated })).toEqual(['evicted', 'inconclusive', 'critical'])
    expect(concluded(on(own(), [[600, line]]))).toEqual(['evicted', 'confirmed', 'critical'])
  })

  test('a lock that was not granted an hour ago may be granted by now: Lustre does not log that', () => {
    const line =
      'LustreError: 1:0:(ldlm_request.c:125:ldlm_expired_completion_wait()) ### lock timed out (enqueued at 1564973016, 300s ago), entering recovery for MGS@MGC10.1.0.202@o2ib_0 ns: MGC10.1.0.202@o2ib lock: ffff883e064a4400/0x460c6f21125734b1 lrc: 4/1,0 mode: --/CR res: [0x73666c6873:0x0:0x0].0x0 rrc: 1 type: PLN flags: 0x1000000000000 nid: local remote: 0xa68b3e19634974ca expref: -99 pid: 1 timeout: 0 lvb_type: 0'
    const waiting = (...ago: number[]) =>
      diagnosed(
        on(
          own(),
          ago.map((each): [number, string] => [each, line]),
        ),
      ).findings.find(({ code }) => code === 'config-lock-not-granted')
    expect(waiting(300)).toMatchObject({ verdict: 'confirmed' })
    expect(waiting(3000)).toMatchObject({ verdict: 'inconclusive' })
    expect(waiting(3000, 300)).toMatchObject({ verdict: 'confirmed' })
  })
})
