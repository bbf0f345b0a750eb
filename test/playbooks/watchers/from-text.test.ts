import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OsdArgs } from '../../../playbooks/osd/args.ts'
import { WatchersArgs } from '../../../playbooks/watchers/args.ts'
import { watchersReader } from '../../../playbooks/watchers/from-text.ts'
import {
  DAMAGES,
  folded,
  identifiers,
  missingFacts,
  pastedIn,
  prompted,
  tell,
  worst,
  wrapped,
} from '../shared/ceph/pasted.ts'

const texts = pastedIn(join(import.meta.dirname, 'text'))
const read = (text: string) => tell(watchersReader, text)
const of = (name: string) => {
  const text = texts.get(name)
  if (!text) throw new Error(`no text ${name}`)
  return prompted(text)
}

type Wanted = {
  facts?: Record<string, Record<string, string | string[]>[]>
  codes: Record<string, string>
  next?: string[]
  doNot?: RegExp[]
}

const ONE = { address: '127.0.0.1:0/485138185', client: 'client.4176', cookie: '94086243431920' }
const TWO = { address: '127.0.0.1:0/320865893', client: 'client.4194', cookie: '94548898257968' }
const HEADER = 'rbd_header.103c49b111cc'
const VOL7 = { name: 'vol7', id: '103c49b111cc', header: HEADER }
const BLOCKED = { address: '127.0.0.1:0/320865893', until: '2026-11-20T22:51:53.703920+0000' }
const BLOCKED_NET = { address: 'cidr:127.9.0.0:0/16', until: '2026-11-20T22:01:53.980354+0000' }

/** Nothing here may alarm anybody. */
const HEALTHY: Record<string, Wanted> = {
  'listwatchers-one': {
    facts: { watchers: [{ ...ONE, object: HEADER, pool: 'rbd' }] },
    codes: { 'one-watcher': 'ok' },
  },
  'status-one': { facts: { watchers: [{ ...ONE, image: 'rbd/vol7' }] }, codes: { 'one-watcher': 'ok' } },
  'status-one-json': { facts: { watchers: [{ ...ONE, image: 'rbd/vol7' }] }, codes: { 'one-watcher': 'ok' } },
  'status-none': { codes: { 'no-watcher': 'ok' } },
  'status-none-json': { codes: { 'no-watcher': 'ok' } },
  'status-ipv6': {
    facts: {
      watchers: [
        { address: '[2001:db8:0:1::15]:0/2145223481', client: 'client.74113', cookie: '139816326144000' },
      ],
    },
    codes: { 'one-watcher': 'ok' },
  },
  'status-migration': {
    facts: {
      watchers: [
        { address: '10.1.2.3:0/3062468253' },
        { address: '10.1.2.4:0/3687678454', image: 'data/vol7' },
      ],
    },
    codes: { 'watchers-explained': 'info' },
    next: ['check watchers data/vol7'],
  },
  info: { facts: { images: [VOL7] }, codes: { 'image-described': 'ok' } },
  'info-json': { facts: { images: [VOL7] }, codes: { 'image-described': 'ok' } },
  'info-child': {
    facts: { images: [{ name: 'child1', id: '10488bfb3dbe', parent: 'rbd/base@s1' }] },
    codes: { 'image-described': 'ok' },
  },
  'info-child-json': {
    facts: { images: [{ name: 'child1', id: '10488bfb3dbe', parent: 'rbd/base@s1' }] },
    codes: { 'image-described': 'ok' },
  },
  'info-giant': {
    facts: { images: [{ header: 'rbd_header.7mjm6dk28jaj3', parent: 'rbd/golden@base' }] },
    codes: { 'image-described': 'ok' },
  },
  'info-format-1': {
    facts: { images: [{ name: 'old1', header: 'old1.rbd', prefix: 'rb.0.1011.238e1f29' }] },
    codes: { 'image-described': 'ok' },
  },
  lock: {
    facts: {
      locks: [
        {
          id: 'host 1',
          client: 'client.4224',
          address: '127.0.0.1:0/3069488451',
          mode: 'exclusive',
          image: 'vol7',
        },
      ],
    },
    codes: { 'lock-held': 'ok' },
  },
  'lock-json': {
    facts: { locks: [{ id: 'host 1', client: 'client.4224', address: '127.0.0.1:0/3069488451' }] },
    codes: { 'lock-held': 'ok' },
  },
  'ls-l': {
    facts: {
      images: [{ name: 'child1', parent: 'rbd/base@s1' }],
      snapshots: [{ image: 'base', name: 's1' }],
    },
    codes: { 'nothing-wrong-here': 'ok' },
  },
  'ls-l-json': { facts: { images: [VOL7] }, codes: { 'nothing-wrong-here': 'ok' } },
  'snap-ls': {
    facts: { snapshots: [{ id: '4', name: 's1', image: 'base' }] },
    codes: { 'nothing-wrong-here': 'ok' },
  },
  'snap-ls-json': {
    facts: { snapshots: [{ id: '4', name: 's1', image: 'base' }] },
    codes: { 'nothing-wrong-here': 'ok' },
  },
  children: { facts: { images: [{ name: 'child1', pool: 'rbd' }] }, codes: { 'nothing-wrong-here': 'ok' } },
  'children-json': {
    facts: { images: [{ name: 'child1', pool: 'rbd' }] },
    codes: { 'nothing-wrong-here': 'ok' },
  },
  getomapval: { facts: { images: [VOL7] }, codes: { 'image-described': 'ok' } },
  'mirror-off': { codes: { 'not-mirrored': 'ok' } },
  'mirror-up': {
    facts: {
      mirrors: [{ state: 'up+replaying', image: 'vol7', globalId: '9b3f6c1e-5f2a-4d0b-9d6e-2f3c1a7b8c90' }],
    },
    codes: { 'mirror-up': 'ok' },
  },
  showmapped: {
    facts: { mappings: [{ id: '1', pool: 'data', image: 'backup-11', snap: 's1', device: '/dev/rbd1' }] },
    codes: { 'nothing-wrong-here': 'ok' },
  },
  'device-list': {
    facts: {
      mappings: [
        { id: '0', image: 'vol7' },
        { namespace: 'ns1', image: 'vol9', device: '/dev/rbd1' },
      ],
    },
    codes: { 'nothing-wrong-here': 'ok' },
  },
  'device-list-json': {
    facts: { mappings: [{ id: '0', pool: 'rbd', image: 'vol7', device: '/dev/rbd0' }] },
    codes: { 'nothing-wrong-here': 'ok' },
  },
  'showmapped-json-old': {
    facts: { mappings: [{ id: '1', pool: 'data', image: 'b', device: '/dev/rbd1' }] },
    codes: { 'nothing-wrong-here': 'ok' },
  },
  'blocklist-none': { codes: { 'blocklist-empty': 'ok' } },
  'blocklist-none-json': { codes: { 'blocklist-empty': 'ok' } },
  blocklist: {
    facts: { blocklist: [BLOCKED, BLOCKED_NET] },
    codes: { 'blocklist-entries': 'info' },
    doNot: [/clear the blocklist/],
  },
  'blocklist-json': { facts: { blocklist: [BLOCKED, BLOCKED_NET] }, codes: { 'blocklist-entries': 'info' } },
  'blocklist-pretty': {
    facts: { blocklist: [BLOCKED, BLOCKED_NET] },
    codes: { 'blocklist-entries': 'info' },
  },
  'blacklist-giant': {
    facts: { blocklist: [{ address: '1.1.2.1:0/1193546917', until: '2019-10-14 18:22:33.123456' }] },
    codes: { 'blocklist-entries': 'info' },
  },
  'bl-add': { facts: { blocklist: [{ ...BLOCKED, seconds: '3600' }] }, codes: { 'client-blocked': 'info' } },
  'bl-rm': { codes: { 'client-unblocked': 'ok' } },
  'bl-rm-again': { codes: { 'not-blocklisted': 'info' } },
  'bl-dump': { facts: { blocklist: [BLOCKED, BLOCKED_NET] }, codes: { 'blocklist-entries': 'info' } },
  noimage: { codes: { 'does-not-exist': 'info' } },
  noobj: { codes: { 'does-not-exist': 'info' } },
  sessions: { facts: { sessions: [{ name: 'osd.0', host: 'vm' }] }, codes: { 'nothing-wrong-here': 'ok' } },
  'krbd-mapped': {
    facts: { clients: [{ client: 'client.4123', fsid: '114109a7-eaaf-484c-8f16-18f5b6b27487' }] },
    codes: { 'nothing-wrong-here': 'ok' },
  },
  'krbd-lock-broken': {
    facts: { clients: [{ client: 'client.4123' }] },
    codes: { 'lock-taken-over': 'info' },
  },
}

const FAULTY: Record<string, Wanted> = {
  'listwatchers-two': {
    facts: { watchers: [{ ...ONE, object: HEADER }, TWO] },
    codes: { 'several-watchers': 'warning' },
    next: [`check watchers ${HEADER} pool=rbd`],
    doNot: [/blocklist one of these/, /without its nonce/],
  },
  'status-two': {
    facts: { watchers: [ONE, TWO] },
    codes: { 'several-watchers': 'warning' },
    next: ['check watchers rbd/vol7'],
  },
  'status-two-json': {
    facts: { watchers: [ONE, TWO] },
    codes: { 'several-watchers': 'warning' },
    next: ['check watchers rbd/vol7'],
  },
  'status-hammer-json': {
    facts: {
      watchers: [
        { address: '10.1.2.3:0/1193546917', client: 'client.4123', cookie: '93892029245616' },
        { address: '10.1.2.4:0/220114', client: 'client.9001', cookie: '18446462598732840961' },
      ],
    },
    codes: { 'several-watchers': 'warning' },
    next: ['check watchers rbd/vol7'],
  },
  'dump-watchers': {
    facts: {
      watchers: [
        { ...ONE, object: HEADER, osd: 'osd.1' },
        { ...TWO, timeout: '30' },
      ],
    },
    codes: { 'several-watchers': 'warning' },
    next: [`check watchers ${HEADER}`],
  },
  'blocked-host': {
    facts: { blocklist: [{ address: '10.1.2.3:0/0' }] },
    codes: { 'blocked-whole-host': 'warning' },
  },
  'bl-add-range': {
    facts: { blocklist: [{ address: 'cidr:127.9.0.0:0/16', seconds: '600' }] },
    codes: { 'blocked-whole-host': 'warning' },
  },
  mistyped: {
    facts: { addresses: [{ address: '1.1.2.1:0/1193546917' }, { address: '1.1.2.1:0/119354691' }] },
    codes: { 'mistyped-address': 'warning' },
    doNot: [/119354691/],
  },
  'rm-has-watchers': {
    codes: { 'image-has-watchers': 'warning' },
    next: ['check watchers rbd/vol7'],
    doNot: [/delete the header/],
  },
  'lock-without-watch': {
    facts: {
      locks: [{ client: 'client.4123', address: '10.1.2.3:0/3062468253', id: 'auto 93892029245616' }],
    },
    codes: { 'lock-without-watch': 'warning' },
    next: ['check watchers rbd_header.5e2cb1ae6ba2 pool=rbd'],
    doNot: [/rbd lock rm/],
  },
  'info-invalid': {
    facts: { images: [{ name: 'vol9', header: 'rbd_header.5e2cb1ae6ba2', data_pool: 'ec' }] },
    codes: { 'image-flags': 'warning' },
  },
  'mirror-split-brain': { codes: { 'mirror-split-brain': 'warning' }, doNot: [/resync/] },
  'librbd-watch-lost': {
    facts: { errors: [{ code: '107', name: 'ENOTCONN' }] },
    codes: { 'watch-lost': 'warning' },
  },
  'krbd-blocklisted': {
    facts: { errors: [{ code: '108', name: 'ESHUTDOWN' }], devices: [{ name: 'rbd0' }] },
    codes: { 'client-blocklisted': 'critical' },
    doNot: [/off the blocklist/],
  },
  'map-failed': { facts: { errors: [{ code: '6' }] }, codes: { 'map-failed': 'warning' } },
  'unmap-busy': { codes: { 'unmap-failed': 'warning' }, doNot: [/-o force/] },
  'osd-timeout': {
    codes: { 'osd-not-answering': 'warning' },
    next: ['check osds', 'check watchers rbd_header.7mjm6dk28jaj3 pool=rbd'],
  },
  'image-locked': {
    codes: { 'image-locked': 'warning' },
    next: ['check watchers rbd/vol7'],
    doNot: [/rbd lock rm/],
  },
}

const check = (text: string, { facts = {}, codes, next = [], doNot = [] }: Wanted) => {
  const told = read(text)
  expect(missingFacts(told, facts)).toEqual([])
  for (const [code, severity] of Object.entries(codes))
    expect(told.findings.map((each) => `${each.code} ${each.severity}`)).toContain(`${code} ${severity}`)
  expect(told.next.map(({ command }) => command)).toEqual(expect.arrayContaining(next))
  for (const pattern of doNot) expect(told.doNot.map(({ what }) => what).join('\n')).toMatch(pattern)
  return told
}

describe('calls healthy what is healthy', () => {
  test.each(Object.keys(HEALTHY))('%s', (name) => {
    const told = check(of(name), HEALTHY[name]!)
    expect(['ok', 'info']).toContain(worst(told))
    for (const damage of Object.values(DAMAGES))
      expect(['ok', 'info']).toContain(worst(read(damage(of(name)))))
  })
})

describe('finds what is wrong, its identifiers, what to check and what not to do', () => {
  test.each(Object.keys(FAULTY))('%s', (name) => void check(of(name), FAULTY[name]!))
  test.each(Object.keys(FAULTY))('%s, however it was pasted', (name) => {
    for (const damage of Object.values(DAMAGES)) check(damage(of(name)), FAULTY[name]!)
  })
  test.each(Object.keys(FAULTY))('%s, broken by a terminal or an editor', (name) => {
    for (const width of [80, 100, 132]) check(wrapped(of(name), width), FAULTY[name]!)
    check(folded(of(name), 90), FAULTY[name]!)
  })
  test.each(Object.keys(FAULTY).filter((name) => !/^(?:rm-has|image-locked|mistyped|map-failed)/.test(name)))(
    '%s, without its prompt',
    (name) => {
      const { facts = {}, codes } = FAULTY[name]!
      const bare = Object.fromEntries(
        Object.entries(facts).map(([kind, all]) => [
          kind,
          all.map(({ object: _, image: _i, osd: _o, ...rest }) => rest),
        ]),
      )
      check(texts.get(name)!.body, { facts: bare, codes })
    },
  )
})

test('every text of the folder is in one of the tables, and its next steps are commands of ours', () => {
  expect([...Object.keys(HEALTHY), ...Object.keys(FAULTY), 'damaged-listing'].sort()).toEqual(
    [...texts.keys()].sort(),
  )
  for (const text of texts.values())
    for (const { command } of read(prompted(text)).next) {
      const [verb, playbook, target, pool] = command.split(' ')
      expect(verb).toBe('check')
      if (playbook === 'watchers')
        WatchersArgs.parse({ target, ...(pool === undefined ? {} : { pool: pool.replace('pool=', '') }) })
      else if (playbook === 'osd') OsdArgs.parse({ target })
      else expect(command).toBe('check osds')
    }
})

test('never calls a watcher stale or left over from a text alone', () => {
  for (const text of texts.values())
    for (const { code, verdict } of read(prompted(text)).findings) {
      expect(code).not.toMatch(/left-over|stale/)
      if (code === 'several-watchers') expect(verdict).toBe('inconclusive')
    }
})

test('refuses a cut address by name, and does not call the list whole', () => {
  const told = read(of('damaged-listing'))
  expect(told.refused).toMatchObject([{ line: 3, value: '1.1.2.4:0/2201' }])
  expect(identifiers(told)).not.toContain('watchers.address=1.1.2.4:0/2201')
  expect(told.findings).toMatchObject([{ code: 'one-watcher', verdict: 'inconclusive', severity: 'info' }])
})

test('takes no address without its nonce for a client, which would mean the whole host', () => {
  for (const address of ['1.1.2.1', '1.1.2.1:0', '1.1.2.1:0/', '1.1.2.1:0/99999999999', '1.1.2:0/5']) {
    const told = read(`watcher=${address} client.4123 cookie=93892029245616\n`)
    expect(told.refused).toMatchObject([{ line: 1, value: address }])
    expect(told.facts.watchers).toBeUndefined()
    expect(worst(told)).toBe('info')
  }
})

test('sees a watcher that is on the blocklist, unless it was taken off again', () => {
  const both = `${of('listwatchers-two')}${of('blocklist')}`
  expect(read(both).findings.map(({ code }) => code)).toContain('blocklisted-watcher')
  expect(read(`${both}${of('bl-rm')}`).findings.map(({ code }) => code)).not.toContain('blocklisted-watcher')
})

test('sees a watcher whose whole host or network is on the blocklist, and one that was put there again', () => {
  const watcher =
    '$ rados -p rbd listwatchers rbd_header.103c49b111cc\nwatcher=10.0.0.12:0/3208 client.4194 cookie=9\n'
  const listed = (entry: string) =>
    `$ ceph osd blocklist ls\n${entry} 2026-11-20T22:51:53.703920+0000\nlisted 1 entries\n`
  const removed = '$ ceph osd blocklist rm 10.0.0.12:0/3208\nun-blocklisting 10.0.0.12:0/3208\n'
  const codes = (text: string) => read(text).findings.map(({ code }) => code)
  for (const entry of ['10.0.0.12:0/0', 'cidr:10.0.0.0:0/24'])
    expect(codes(watcher + listed(entry))).toContain('blocklisted-watcher')
  expect(codes(watcher + removed + listed('10.0.0.12:0/3208'))).toContain('blocklisted-watcher')
  expect(codes(watcher + listed('10.0.0.12:0/3208') + removed)).not.toContain('blocklisted-watcher')
})

test('takes one client with two cookies for one client', () => {
  const told = read(
    'Watchers:\n\twatcher=10.0.0.5:0/123456 client.77 cookie=1\n\twatcher=10.0.0.5:0/123456 client.77 cookie=2\n',
  )
  expect(told.findings).toMatchObject([{ code: 'one-watcher', severity: 'ok' }])
  expect(told.facts.watchers).toHaveLength(2)
})

test('several watchers of an object that is no image header alarm nobody', () => {
  const told = read(of('listwatchers-two').replaceAll(HEADER, 'gateway.conf'))
  expect(worst(told)).toBe('info')
  expect(told.next).toEqual([])
})

test('the seed: the lost digit, the header to check, and no watcher from prose', () => {
  const told = read(
    '先列出 watcher\n\n```\n  rados -p rbd listwatchers rbd_header.7mjm6dk28jaj3\n\n  将有问题的 watcher 加入blacklist\n  ceph osd blacklist add 1.1.2.1:0/1193546917\n\n  ceph osd blacklist rm 1.1.2.1:0/119354691\n```\n',
  )
  expect(told.findings.map(({ code }) => code)).toEqual(['mistyped-address'])
  expect(told.next.map(({ command }) => command)).toContain('check watchers rbd_header.7mjm6dk28jaj3')
  expect(told.facts.watchers).toBeUndefined()
})

test('the watchers of one image say nothing about the lock on another', () => {
  const watched =
    '[root@n ~]# rbd status rbd/vol1\nWatchers:\n\twatcher=10.0.0.5:0/123456 client.77 cookie=1\n'
  const lock = (image: string) =>
    `[root@n ~]# rbd lock ls rbd/${image}\nThere is 1 exclusive lock on this image.\nLocker      ID      Address\nclient.88  auto 1  10.0.0.6:0/654321\n`
  const codes = (image: string) => read(`${watched}${lock(image)}`).findings.map(({ code }) => code)
  expect(codes('vol1')).toContain('lock-without-watch')
  expect(codes('vol2')).not.toContain('lock-without-watch')
})

test('an entry that was added by itself is no slip of its neighbour', () => {
  const typed = (words: string) => `[root@n ~]# ceph osd blocklist ${words}\n`
  const [a, b] = ['10.0.0.5:0/1193546917', '10.0.0.5:0/1194546917']
  const codes = (...all: string[]) => read(all.map(typed).join('')).findings.map(({ code }) => code)
  expect(codes(`add ${a}`, `add ${b}`, `rm ${b}`)).not.toContain('mistyped-address')
  expect(codes(`add ${a}`, `rm ${b}`)).toContain('mistyped-address')
})

test('whom the kernel could not block is not called blocked', () => {
  for (const said of [
    'blacklist of client4123 failed: -1',
    'blocklist of client4123 failed: -13',
    'failed to blocklist client4123: -1',
  ]) {
    const { findings, facts } = read(`[ 812.004512] rbd: rbd0: ${said}\n`)
    expect(findings).toMatchObject([{ code: 'block-failed', severity: 'warning' }])
    expect(findings[0]!.summary).toContain('`client.4123`')
    expect(facts.clients).toEqual([{ client: 'client.4123' }])
  }
})

test('a client that is on the blocklist is not called as it should be', () => {
  const text = `${of('listwatchers-one')}[root@n ~]# ceph osd blocklist ls\n${ONE.address} 2026-11-20T22:51:53.703920+0000\nlisted 1 entries\n`
  expect(read(text).findings.map(({ code }) => code)).toEqual(['blocklisted-watcher', 'blocklist-entries'])
  expect(read(text).findings[0]).toMatchObject({ verdict: 'inconclusive', severity: 'warning' })
})

test('a header in a namespace is not checked outside of it', () => {
  for (const option of ['-N ns1', '--namespace ns1', '--namespace=ns1']) {
    const told = read(
      `[root@n ~]# rados -p rbd ${option} listwatchers ${HEADER}\nwatcher=10.0.0.5:0/123456 client.77 cookie=1\n`,
    )
    expect(told.findings[0]!.summary).toContain(HEADER)
    expect(told.next).toEqual([])
  }
})

test('mirroring explains a second watcher of the copy, not of the primary', () => {
  const two = `[root@n ~]# rbd status rbd/vol7\nWatchers:\n\twatcher=10.0.0.5:0/123456 client.77 cookie=1\n\twatcher=10.0.0.6:0/654321 client.78 cookie=1\n`
  const info = (primary: boolean) =>
    `[root@n ~]# rbd info rbd/vol7\nrbd image 'vol7':\n\tid: 103c49b111cc\n\tblock_name_prefix: rbd_data.103c49b111cc\n\tformat: 2\n\tmirroring state: enabled\n\tmirroring mode: snapshot\n\tmirroring primary: ${primary}\n`
  const json = (primary: boolean) =>
    `[root@n ~]# rbd info rbd/vol7 --format json\n${JSON.stringify({ name: 'vol7', id: '103c49b111cc', size: 1, objects: 1, order: 22, block_name_prefix: 'rbd_data.103c49b111cc', format: 2, features: ['layering'], flags: [], mirroring: { mode: 'snapshot', global_id: 'x', state: 'enabled', primary } })}\n`
  const state = (text: string) =>
    `[root@n ~]# rbd mirror image status rbd/vol7\nvol7:\n  global_id:   9b3f6c1e-5f2a-4d0b-9d6e-2f3c1a7b8c90\n  state:       ${text}\n  description: x\n`
  const codes = (text: string) => read(two + text).findings.map(({ code }) => code)
  for (const copy of [info(false), json(false), state('up+replaying')])
    expect(codes(copy)).toContain('watchers-explained')
  for (const primary of [info(true), json(true), state('up+stopped')])
    expect(codes(primary)).toContain('several-watchers')
})

test('nobody watching is not called unused: whoever had it open may have been cut off', () => {
  const { findings } = read(of('status-none'))
  expect(findings[0]!.summary).not.toContain('not in use')
})

test('says nothing of texts of other systems', () => {
  for (const text of [
    '',
    'hello',
    'LustreError: 11-0: an error occurred (108)',
    '4: POSIX  ADVISORY  WRITE 28331 00:14:2199054015793 0 EOF',
    'Mount Point  Volume Name\n',
  ])
    expect(read(text)).toEqual({ recognised: [], facts: {}, findings: [], next: [], doNot: [], refused: [] })
})

test('what it reads of a log, it also finds in the lines that it wants', () => {
  for (const name of [
    'librbd-watch-lost',
    'krbd-blocklisted',
    'rm-has-watchers',
    'unmap-busy',
    'osd-timeout',
    'listwatchers-two',
  ]) {
    const sifted = of(name)
      .split('\n')
      .filter((line, at) => at === 0 || watchersReader.wants.test(line))
      .join('\n')
    expect(read(sifted).findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(Object.keys(FAULTY[name]!.codes)),
    )
  }
})

describe('whatever happens to a text', () => {
  const sample = fc.constantFrom(...texts.values()).map(prompted)
  test('a cut one never yields an identifier that the whole one has not', () => {
    fc.assert(
      fc.property(sample, fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (text, part, end) => {
        const whole = identifiers(read(text))
        // at a line's end: a number that is cut within cannot be told from a shorter one
        const at = text.indexOf('\n', Math.floor(part * text.length)) + 1
        const cut = end ? text.slice(at) : text.slice(0, at)
        for (const each of identifiers(read(cut))) expect(whole).toContain(each)
      }),
      { numRuns: 300 },
    )
  })
  test('a broken one never yields an identifier that the whole one has not', () => {
    fc.assert(
      fc.property(sample, fc.integer({ min: 60, max: 170 }), fc.boolean(), (text, width, terminal) => {
        const whole = identifiers(read(text))
        const broken = terminal ? wrapped(text, width) : folded(text, width)
        for (const each of identifiers(read(broken))) expect(whole).toContain(each)
      }),
      { numRuns: 400 },
    )
  })
  test('it never throws', () => {
    fc.assert(
      fc.property(
        sample,
        fc.array(fc.tuple(fc.nat(), fc.nat(40), fc.string({ maxLength: 8 })), { maxLength: 6 }),
        (text, edits) => {
          let torn = text
          for (const [at, length, put] of edits)
            torn = torn.slice(0, at % torn.length) + put + torn.slice((at % torn.length) + length)
          read(torn)
        },
      ),
      { numRuns: 300 },
    )
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => void read(text)))
  })
})
