import { describe, expect, test } from 'vitest'
import { ALIVE, DOUBTED, GIANT, gw1, gw2, look, type Situation, verdictOf } from './situation.ts'

const D = '10.0.0.12:0/3222000222'
/** Release 16.2, a watch that an OSD keeps for 10 min without its client: nothing of gw2's client is left. */
const dead: Situation = { timeoutS: 600 }
/** Release 0.87, the same. */
const deadOnGiant: Situation = { versions: [GIANT] }
const gw2With = (part: Partial<typeof gw2>): Situation => ({ hosts: [gw1, { ...gw2, ...part }] })
const life = (situation: Situation) => verdictOf(look(situation)).life[D]
const why = (situation: Situation) => verdictOf(look(situation)).because[D]
const to = '10.0.0.21:6800'
const monitor = '10.0.0.31:6789'

describe('says gone', () => {
  test.each([
    ['16.2', dead],
    ['0.87', deadOnGiant],
  ])('on %s, when everything was seen and nothing is there', (_, situation) => {
    expect(verdictOf(look(situation))).toMatchObject({
      code: 'left-over-watcher',
      life: { [D]: 'gone', '10.0.0.11:0/111000111': 'alive' },
      offers: [{ address: D, approvals: 1, typed: false }],
    })
  })
  test('though another process has a session of its own and talks to the OSDs', () => {
    const other = gw2With({
      processes: ['500 qemu-kvm -name vm1'],
      sockets: [`${to} qemu-kvm 500`, `${monitor} qemu-kvm 500`],
    })
    expect(life({ ...dead, ...other })).toBe('gone')
  })
  test('on 0.87, though a process of another number talks to the OSDs', () => {
    expect(
      life({ ...deadOnGiant, ...gw2With({ processes: ['500 tapdisk'], sockets: [`${to} tapdisk 500`] }) }),
    ).toBe('gone')
  })
  test('though a command that had just started had a connection without an owner, which it then has', () => {
    const sockets = [`${to} rados 700`, `${monitor} rados 700`]
    const started = gw2With({ processes: ['700 rados -p rbd ls'], socketsFirst: [to], sockets })
    expect(life({ ...dead, ...started })).toBe('gone')
  })
  test('though a command that was ending had left the monitor before the OSD', () => {
    const ended = gw2With({ processesFirst: ['700 rados -p rbd ls'], socketsFirst: [`${to} rados 700`] })
    expect(life({ ...dead, ...ended })).toBe('gone')
  })
  test('though such a connection was there, and is no longer when asked again', () => {
    expect(life({ ...dead, ...gw2With({ socketsFirst: [to] }) })).toBe('gone')
  })
  test('though the kernel maps other images with another client', () => {
    const mapped = gw2With({ krbd: [{ client: 'client555', pool: 'rbd', name: 'vol9' }], sockets: [to] })
    expect(life({ ...dead, ...mapped })).toBe('gone')
  })
  test('though containers may hide, when others at the address have sessions with all monitors', () => {
    const sessions = ['10.0.0.11:0/111000111 100', '10.0.0.12:0/9 300']
    expect(life({ ...dead, sessions, ...gw2With({ namespaces: 5, forwards: true }) })).toBe('gone')
  })
})

describe('says alive', () => {
  const alive: [string, Situation][] = [
    [
      'a mapping of this image by its client number',
      gw2With({ krbd: [{ client: 'client200', pool: 'rbd', name: 'vol1' }] }),
    ],
    [
      'a mapping by its address',
      gw2With({ krbd: [{ client: 'client1', address: D, pool: 'rbd', name: 'vol1' }] }),
    ],
    [
      'a mapping of another image by the same kernel client',
      gw2With({ krbd: [{ client: 'client200', pool: 'rbd', name: 'x' }] }),
    ],
    ['a session by its address', { sessions: [`${D} 999`] }],
    ['a session by its client number, from another address', { sessions: ['192.0.2.9:0/5 200'] }],
    ['a session that came with the second look', { sessions: [], laterSessions: [`${D} 200`] }],
    ['the rbd-mirror daemon that reports', { mirror: { state: 'up+replaying', client: '200' } }],
    [
      'a watch registered again between the looks',
      { later: [ALIVE, '10.0.0.12:0/3222000222 client.200 cookie=77'] },
    ],
    [
      'another watch of the same client between the looks',
      { later: [ALIVE, DOUBTED, '10.0.0.12:0/3222000222 client.200 cookie=77'] },
    ],
  ]
  test.each(alive)('for %s, and offers nothing', (_, part) => {
    const verdict = verdictOf(look({ ...dead, ...part }))
    expect(verdict.life[D]).toBe('alive')
    expect(verdict.offers).toEqual([])
  })
  test.each(['546917', '3546917'])('on 0.87 for process %s that its nonce stands for', (pid) => {
    const seeds = '10.0.0.12:0/1193546917 client.200 cookie=2'
    const shown = gw2With({ processes: [`${pid} qemu`], sockets: [`${to} qemu ${pid}`] })
    const verdict = verdictOf(look({ versions: [GIANT], watchers: [ALIVE, seeds], ...shown }))
    expect(verdict.life['10.0.0.12:0/1193546917']).toBe('alive')
  })
  test('wherever one of two hosts that share the address has it mapped', () => {
    const hosts = [
      gw1,
      gw2,
      { name: 'gw3', ip: '10.0.0.12', krbd: [{ client: 'client200', pool: 'rbd', name: 'vol1' }] },
    ]
    expect(life({ ...dead, hosts })).toBe('alive')
  })
})

describe('never says gone', () => {
  const doubts: [string, Situation, RegExp][] = [
    ['a host that the inventory does not know', { hosts: [gw1] }, /no host of the inventory/],
    [
      'a process that talks to the OSDs and to no monitor',
      gw2With({ processes: ['500 qemu'], sockets: [`${to} qemu 500`] }),
      /may be it/,
    ],
    [
      'a process that is just connecting',
      gw2With({ processes: ['500 qemu'], sockets: [`SYN-SENT ${to} qemu 500`] }),
      /may be it/,
    ],
    [
      'a connection to an OSD on a port it had before',
      gw2With({ processes: ['500 qemu'], sockets: ['10.0.0.21:6830 qemu 500'] }),
      /may be it/,
    ],
    [
      'ceph-mgr, whose modules open images',
      gw2With({ processes: ['500 ceph-mgr'], sockets: [`${to} ceph-mgr 500`] }),
      /may be it/,
    ],
    [
      'a guest behind user-mode networking',
      gw2With({
        processes: ['500 qemu -netdev user,id=n'],
        sockets: [`${to} qemu 500`, `${monitor} qemu 500`],
      }),
      /may be it/,
    ],
    [
      'a process with two clients and one session',
      gw2With({
        processes: ['500 qemu'],
        sockets: [`${to} qemu 500`, `${to} qemu 500`, `${monitor} qemu 500`],
      }),
      /may be it/,
    ],
    [
      'a connection of the kernel that is made anew between two lists',
      gw2With({ socketsFirst: [to], sockets: [`SYN-SENT ${to}`] }),
      /the kernel of/,
    ],
    ['a connection of the kernel without a mapping', gw2With({ sockets: [to] }), /the kernel of/],
    [
      'a process whose connection to an OSD had no owner while it was made',
      gw2With({ processes: ['500 qemu'], socketsFirst: [to], sockets: [`${to} qemu 500`] }),
      /may be it/,
    ],
    [
      'a process that left the monitor, and is still there',
      gw2With({ processes: ['500 qemu'], socketsFirst: [`${to} qemu 500`], sockets: [] }),
      /may be it/,
    ],
    [
      'a process that came back to the monitor after its sessions were listed',
      gw2With({
        processes: ['500 qemu'],
        socketsFirst: [`${to} qemu 500`],
        sockets: [`${to} qemu 500`, `${monitor} qemu 500`],
      }),
      /may be it/,
    ],
    [
      'such a connection, when a second list cannot be had',
      { ...gw2With({ socketsFirst: [to] }), instead: { 'sockets-again@gw2': { outcome: 'timed-out' } } },
      /the kernel of/,
    ],
    [
      'a mapping that does not say its client',
      gw2With({ krbd: [{ pool: 'rbd', name: 'x' }] }),
      /does not say which client/,
    ],
    [
      'an unmap that hangs',
      gw2With({ krbd: [{ client: 'client5' }], sockets: [to], processes: ['9 rbd unmap /dev/rbd1'] }),
      /rbd unmap/,
    ],
    [
      'connections beside a mapping whose owners only root could see',
      {
        ...gw2With({ krbd: [{ client: 'client555', pool: 'rbd', name: 'vol9' }], sockets: [to] }),
        sessions: ['10.0.0.11:0/111000111 100', '10.0.0.12:0/9 300'],
        instead: { 'namespaces@gw2': { exitCode: 1, stderr: 'find: ‘/proc/1/ns’: Permission denied\n' } },
      },
      /whose connections to the OSDs these are/,
    ],
    ['containers', gw2With({ namespaces: 2 }), /network namespaces/],
    ['a router', gw2With({ forwards: true }), /forwards packets/],
    [
      'an address that has moved to another host',
      gw2With({ has: ['10.0.0.99'] }),
      /does not have the address/,
    ],
    ['a view from inside a container', gw2With({ kthreadd: false }), /not all processes/],
    [
      'one of two hosts with the address that is not seen',
      {
        hosts: [gw1, gw2, { name: 'gw3', ip: '10.0.0.12' }],
        instead: { 'sockets@gw3': { outcome: 'unreachable' } },
      },
      /connections of `gw3`/,
    ],
  ]
  for (const [release, base] of [
    ['16.2', dead],
    ['0.87', deadOnGiant],
  ] as const) {
    test.each(
      doubts.filter(
        ([what]) =>
          release === '16.2' ||
          !/talks to the OSDs and|connecting|port|mgr|while it was|that left|came back|two clients/.test(
            what,
          ),
      ),
    )(`of %s (${release})`, (_, part, because) => {
      const situation = { ...base, ...part }
      expect(life(situation)).toBe('unknown')
      expect(why(situation)).toMatch(because)
      expect(
        verdictOf(look(situation)).offers.every(({ approvals, typed }) => approvals === 2 && typed),
      ).toBe(true)
    })
  }
  test.each<[string, Situation]>([
    [
      'whose release was not seen',
      { instead: { 'client-release@gw2': { outcome: 'not-found', reason: 'no' } } },
    ],
    [
      'that draw their numbers',
      gw2With({ version: 'ceph version 10.2.11 (e4b061b47f07f583c92a050d9e84b1813a35671e)' }),
    ],
    ['in containers', gw2With({ pidNamespaces: 2 })],
  ])('on 0.87 of clients %s, whose connections tell of one moment only', (_, part) => {
    expect(life({ ...deadOnGiant, ...part })).toBe('unknown')
  })
  test('on 0.87 of a client whose process runs, though its release was not seen', () => {
    const instead = { 'client-release@gw2': { outcome: 'not-found', reason: 'no' } } as const
    const situation = { ...deadOnGiant, ...gw2With({ processes: ['222 qemu'] }), instead }
    expect([life(situation), why(situation)]).toEqual(['unknown', expect.stringContaining('process 222')])
  })
  test.each(['krbd', 'sockets', 'processes', 'addresses', 'namespaces', 'forwarding'])(
    'when %s of its host could not be seen',
    (part) => {
      for (const outcome of ['timed-out', 'unreachable', 'not-found'] as const) {
        const situation = { ...dead, instead: { [`${part}@gw2`]: { outcome, reason: 'no' } } }
        expect(life(situation)).toBe('unknown')
      }
    },
  )
})

describe('the sessions of the monitors', () => {
  const only16: [string, Situation][] = [
    ['one monitor did not answer', { answering: ['a', 'b'] }],
    ['only one of three answered, unnamed', { answering: ['a'] }],
    [
      'they were refused',
      {
        instead: {
          'sessions-1': {
            exitCode: 1,
            stderr: 'Error EACCES: problem getting command descriptions from mon.a',
          },
        },
      },
    ],
    ['the second look failed', { instead: { 'sessions-2': { outcome: 'timed-out' } } }],
    ['the monitor map is not known', { instead: { monitors: { outcome: 'timed-out' } } }],
    ['there was one at the first look', { sessions: [`${D} 200`], laterSessions: [] }],
  ]
  test.each(only16)('prove nothing when %s', (_, part) => {
    const other = gw2With({
      processes: ['500 qemu-kvm'],
      sockets: [`${to} qemu-kvm 500`, `${monitor} qemu-kvm 500`],
    })
    expect(life({ ...dead, ...other, ...part })).toBe('unknown')
    expect(life({ ...dead, ...part }), 'from Hammer on a clean host alone proves nothing').toBe('unknown')
  })
  test('of a single monitor are enough where there is only one', () => {
    expect(life({ ...dead, monitors: ['a'], answering: ['a'] })).toBe('gone')
  })
})

describe('time', () => {
  test('a watch that outlives its timeout is renewed by somebody, from Hammer on', () => {
    expect(why({ timeoutS: 30 })).toMatch(/still there after 35 s, though .* 30 s: something renews it/)
    expect(life({ timeoutS: 30 })).toBe('unknown')
    expect(
      life({ timeoutS: 30, versions: ['ceph version 0.94.10 (b1e0532418e4631af01acbc0cedd426f1905f4af)'] }),
    ).toBe('unknown')
  })
  test('between Hammer and Nautilus nobody is called gone: the monitors cannot be asked for their sessions', () => {
    for (const version of ['0.94.10', '10.2.11', '14.2.22'])
      expect(life({ ...dead, versions: [`ceph version ${version} (abc)`] })).toBe('unknown')
  })
  test('an upgrade counts by its newest OSD', () => {
    expect(
      life({ versions: [GIANT, 'ceph version 0.94.10 (b1e0532418e4631af01acbc0cedd426f1905f4af)'] }),
    ).toBe('unknown')
    expect(life({ ...deadOnGiant, instead: { 'osd-versions': { outcome: 'timed-out' } } })).toBe('unknown')
  })
  test('one look is not enough from Hammer on, and offers nothing anywhere', () => {
    expect(life({ ...dead, interval: '0' })).toBe('unknown')
    const giant = look({ ...deadOnGiant, interval: '0' })
    expect(verdictOf(giant)).toMatchObject({ code: 'left-over-watcher', offers: [] })
    expect(giant.diagnosis.next[0]?.command).toBe('check watchers rbd_header.abc123 interval=35')
  })
  test('a clock that was set back between the looks proves nothing', () => {
    const at = { startedAt: Date.UTC(2026, 10, 20, 12) + 1000 }
    expect(why({ ...dead, instead: { 'watchers-2': at } })).toMatch(/clock was set back/)
    expect(life({ ...dead, instead: { 'watchers-2': at } })).toBe('unknown')
  })
  test('the timeout is the one that the OSD tells, and without it nothing is proven', () => {
    expect(life({ ...dead, instead: { 'held-1': { outcome: 'timed-out' } } })).toBe('gone')
    expect(life({ ...dead, instead: { 'held-0': { outcome: 'timed-out' } } })).toBe('unknown')
    expect(life({ ...dead, interval: '10', instead: { 'held-0': { outcome: 'timed-out' } } })).toBe('unknown')
  })
})

describe('process numbers in nonces (up to Hammer)', () => {
  const seeds = { versions: [GIANT], watchers: [ALIVE, '10.0.0.12:0/1193546917 client.200 cookie=2'] }
  const state = (part: Situation) => verdictOf(look({ ...seeds, ...part })).life['10.0.0.12:0/1193546917']
  test('a process of that number that does not talk to OSDs now may be it', () => {
    expect(state(gw2With({ processes: ['546917 tgtd'] }))).toBe('unknown')
  })
  test('a process of more than 4294 instances shows its number no more, and may be it', () => {
    // process 7731, instance 9000: 9,000,007,731 in 32 bits
    const wrapped = '10.0.0.12:0/410073139'
    const of = (pid: string) =>
      verdictOf(
        look({
          ...deadOnGiant,
          watchers: [ALIVE, `${wrapped} client.200 cookie=2`],
          ...gw2With({
            processes: [`${pid} cinder-volume`],
            sockets: [`${to} cinder-volume ${pid}`],
          }),
        }),
      )
    expect(of('7731').life[wrapped]).toBe('unknown')
    expect(of('7731').because[wrapped]).toMatch(/7731.*may be it/)
    expect(of('7732').life[wrapped]).toBe('gone')
  })
  test.each([
    ['its tools are newer', { version: 'ceph version 10.2.11 (e4b061b47f07f583c92a050d9e84b1813a35671e)' }],
    ['it has containers with numbers of their own', { pidNamespaces: 2 }],
  ])('tell nothing about other processes on a host where %s', (_, part) => {
    const talking = { processes: ['500 tgtd'], sockets: [`${to} tgtd 500`] }
    expect(state(gw2With(talking))).toBe('gone')
    expect(state(gw2With({ ...talking, ...part }))).toBe('unknown')
  })
})

describe('two clients of one address', () => {
  // a client that registered with the monitors anew, or containers whose process 1 made the same nonce
  const twin = `${D} client.300 cookie=7`
  const listed = { watchers: [ALIVE, DOUBTED, twin] }
  test('live if one of them does: a block would cut both', () => {
    const mapped = gw2With({ krbd: [{ client: 'client300', pool: 'rbd', name: 'vol1' }] })
    for (const base of [dead, deadOnGiant]) {
      const verdict = verdictOf(look({ ...base, ...listed, ...mapped }))
      expect(verdict.life[D]).toBe('alive')
      expect(verdict.offers).toEqual([])
    }
    expect(verdictOf(look({ ...deadOnGiant, ...listed, ...mapped })).because[D]).toMatch(/has it mapped/)
  })
  test('are gone if both are', () => {
    expect(verdictOf(look({ ...deadOnGiant, ...listed })).life[D]).toBe('gone')
  })
  test('one beside another address is judged for itself', () => {
    const other = { watchers: [ALIVE, DOUBTED, '10.0.0.12:0/71 client.300 cookie=7'] }
    const mapped = gw2With({ krbd: [{ client: 'client300', pool: 'rbd', name: 'vol1' }] })
    expect(life({ ...deadOnGiant, ...other, ...mapped })).toBe('gone')
  })
})

test('on an IPv6 cluster a process that talks to an OSD may be it, also where ss writes no brackets', () => {
  const six = '[2001:db8::12]:0/5 client.200 cookie=2'
  const host = { ...gw2, ip: '2001:db8::12', processes: ['500 qemu'] }
  const osds = {
    'osd-dump': {
      stdout: JSON.stringify({
        ...{ epoch: 5, fsid: 'f', blocklist: {}, pools: [{ pool: 1, pool_name: 'rbd' }] },
        osds: [
          {
            ...{ osd: 0, up: 1, public_addr: '[2001:db8::21]:6800/1', cluster_addr: '[2001:db8::21]:6801/1' },
            ...{
              heartbeat_back_addr: '[2001:db8::21]:6802/1',
              heartbeat_front_addr: '[2001:db8::21]:6803/1',
            },
          },
        ],
      }),
    },
  }
  for (const peer of ['[2001:db8::21]:6800', '2001:db8::21:6800']) {
    const hosts = [gw1, { ...host, sockets: [`${peer} qemu 500`] }]
    const verdict = verdictOf(look({ ...dead, watchers: [ALIVE, six], hosts, instead: osds }))
    expect(verdict.life['[2001:db8::12]:0/5']).toBe('unknown')
    expect(verdict.because['[2001:db8::12]:0/5']).toMatch(/may be it/)
  }
})

test('IPv6 in another spelling is the same host', () => {
  const six = '[2001:db8::12]:0/5 client.200 cookie=2'
  const host = { ...gw2, ip: '2001:db8::12', listed: ['2001:0DB8:0:0::0012'] }
  expect(
    verdictOf(look({ ...dead, watchers: [ALIVE, six], hosts: [gw1, host] })).life['[2001:db8::12]:0/5'],
  ).toBe('gone')
  expect(DOUBTED).toContain('cookie=18446462598732840961')
})

test('an inventory address that is no IP matches nobody', () => {
  expect(why({ ...dead, hosts: [gw1, { ...gw2, listed: ['gw2.example'] }] })).toMatch(
    /no host of the inventory/,
  )
})
