import { describe, expect, test } from 'vitest'
import { ALIVE, DOUBTED, GIANT, gw1, gw2, look, type Situation, verdictOf } from './situation.ts'

const codes = (situation: Situation) => look(situation).diagnosis.findings.map(({ code }) => code)
const first = (situation: Situation) => look(situation).diagnosis.findings[0]!
const both = ['10.0.0.11:0/111000111 100', '10.0.0.12:0/3222000222 200']
const broken = { outcome: 'timed-out', reason: 'no answer in time' } as const

describe('one client', () => {
  test('is normal: fine, one look, no button', () => {
    const looked = look({ watchers: [ALIVE] })
    expect(verdictOf(looked)).toMatchObject({ code: 'one-watcher', severity: 'ok', offers: [] })
    expect(looked.wanted).not.toContain('watchers-2')
  })
  test('with two watches is one client', () => {
    const twice = look({ watchers: [ALIVE, ALIVE.replace('cookie=1', 'cookie=2')] })
    expect(verdictOf(twice).code).toBe('one-watcher')
    expect(twice.diagnosis.findings[0]!.details[0]).toContain('it has 2 watches')
  })
  test('is not called fine when the blocklist could not be seen', () => {
    expect(first({ watchers: [ALIVE], instead: { blocklist: broken } })).toMatchObject({
      verdict: 'inconclusive',
      severity: 'warning',
    })
  })
  test('of which its host shows no trace is looked at twice, and not called fine', () => {
    const looked = look({ watchers: [DOUBTED] })
    expect(looked.wanted).toContain('watchers-2')
    expect(verdictOf(looked)).toMatchObject({ code: 'unexplained-watcher', severity: 'warning', offers: [] })
  })
  test('of whom nothing is known is fine from Hammer on, where a dead one is not listed for long, and open before', () => {
    const stranger = { watchers: [ALIVE], hosts: [gw2] }
    expect(verdictOf(look(stranger))).toMatchObject({ code: 'one-watcher', severity: 'ok' })
    expect(verdictOf(look({ ...stranger, sessions: [] }))).toMatchObject({ code: 'one-watcher' })
    expect(verdictOf(look({ ...stranger, versions: [GIANT] }))).toMatchObject({
      ...{ code: 'unexplained-watcher', severity: 'warning', offers: [] },
    })
    const silent = { exitCode: 1, stderr: 'osd.1: problem getting command descriptions from osd.1\n' }
    const unseen = look({ ...stranger, versions: [GIANT], instead: { 'osd-versions': silent } })
    expect(verdictOf(unseen)).toMatchObject({ code: 'unexplained-watcher', severity: 'warning' })
    expect(unseen.diagnosis.unseen.map(({ what }) => what)).toContain('releases of the OSDs')
    const mixed = [GIANT, 'ceph version 0.94.10 (b1e0532418e4631af01acbc0cedd426f1905f4af)']
    expect(verdictOf(look({ ...stranger, versions: mixed })).code).toBe('unexplained-watcher')
    expect(verdictOf(look({ watchers: [ALIVE], versions: [GIANT] })).code).toBe('one-watcher')
  })
  test('that is gone is left over, and may be blocked', () => {
    expect(verdictOf(look({ watchers: [DOUBTED], versions: [GIANT] }))).toMatchObject({
      code: 'left-over-watcher',
      offers: [{ approvals: 1 }],
    })
  })
})

describe('several clients', () => {
  test('that are all in use are explained, and nothing is offered', () => {
    expect(verdictOf(look({ sessions: both }))).toMatchObject({
      code: 'watchers-explained',
      severity: 'ok',
      offers: [],
    })
    expect(first({ sessions: both, migration: true }).summary).toContain('during a live migration')
  })
  test('are not called explained when the blocklist could not be seen', () => {
    expect(first({ sessions: both, instead: { blocklist: broken } }).verdict).toBe('inconclusive')
  })
  test('of which one cannot be told are inconclusive, the host behind it named as unseen', () => {
    const looked = look({ hosts: [gw1] })
    expect(verdictOf(looked)).toMatchObject({ code: 'unexplained-watcher', severity: 'warning' })
    expect(looked.diagnosis.unseen.map(({ what }) => what)).toEqual(['the host behind `10.0.0.12`'])
  })
  test('of which one leaves between the looks: said, and the rest judged', () => {
    expect(codes({ later: [ALIVE] })).toEqual(['one-watcher', 'watcher-left'])
  })
  test('a second look that failed is said, and offers nothing', () => {
    const looked = look({ timeoutS: 600, instead: { 'watchers-2': broken } })
    expect(looked.diagnosis.unseen).toContainEqual(expect.objectContaining({ what: 'second look' }))
    expect(looked.diagnosis.offers).toEqual([])
  })
  test('the rbd-mirror daemon counts only while it reports', () => {
    expect(verdictOf(look({ mirror: { state: 'down+stopped', client: '200' } })).life).toMatchObject({
      '10.0.0.12:0/3222000222': 'unknown',
    })
  })
})

describe('the blocklist', () => {
  test.each(['10.0.0.12:0/3222000222', '10.0.0.12:0/0', 'cidr:10.0.0.0:0/28'])(
    '%s blocks the watcher: said, and not offered again',
    (entry) => {
      const verdict = verdictOf(look({ blocklist: [entry], versions: [GIANT] }))
      expect(verdict).toMatchObject({ code: 'blocklisted-watcher', offers: [] })
    },
  )
  test('an entry that lost a digit blocks nobody, and is shown', () => {
    const looked = look({ blocklist: ['10.0.0.12:0/322200222'] })
    expect(looked.diagnosis.findings.map(({ code }) => code)).toContain('blocklist-wrong-nonce')
  })
  test('up to Hammer the next instance or the next process is no slip, a lost digit is', () => {
    const seed = { versions: [GIANT], watchers: [ALIVE, '10.0.0.12:0/1193546917 client.200 cookie=2'] }
    for (const neighbour of ['1194546917', '1193546918'])
      expect(codes({ ...seed, blocklist: [`10.0.0.12:0/${neighbour}`] })).not.toContain(
        'blocklist-wrong-nonce',
      )
    expect(codes({ ...seed, blocklist: ['10.0.0.12:0/119354691'] })).toContain('blocklist-wrong-nonce')
    expect(codes({ blocklist: ['10.0.0.12:0/3222000223'] })).toContain('blocklist-wrong-nonce')
  })
  test('an entry for an unrelated client of that host is no slip', () => {
    expect(codes({ blocklist: ['10.0.0.12:0/71'] })).not.toContain('blocklist-wrong-nonce')
  })
})

describe('nobody watches', () => {
  const lock = { id: 'auto 1405', locker: 'client.200', address: '10.0.0.12:0/3222000222' }
  const mapped = (address?: string, snap?: string): Situation => ({
    watchers: [],
    blocklist: ['10.0.0.12:0/3222000222'],
    hosts: [
      {
        ...gw2,
        krbd: [
          {
            client: 'client200',
            pool: 'rbd',
            name: 'vol1',
            ...(address && { address }),
            ...(snap && { snap }),
          },
        ],
      },
    ],
  })
  test('and nothing holds it: unused', () => {
    expect(first({ watchers: [], hosts: [gw2] })).toMatchObject({ code: 'no-watcher', severity: 'ok' })
  })
  test.each(['locks', 'blocklist'])('but whether somebody was cut off could not be seen (%s)', (probe) => {
    expect(first({ watchers: [], hosts: [gw2], instead: { [probe]: broken } })).toMatchObject({
      verdict: 'inconclusive',
      severity: 'warning',
    })
  })
  test('because the holder of its lock is blocklisted (error 108)', () => {
    const looked = look({ watchers: [], hosts: [gw2], locks: [lock], blocklist: [lock.address] })
    expect(verdictOf(looked)).toMatchObject({ code: 'blocklisted-client', severity: 'critical', offers: [] })
    expect(looked.diagnosis.doNot[0]?.what).toContain('remove blocklist entries')
  })
  test('because the client that has it mapped is blocklisted', () => {
    expect(codes(mapped('10.0.0.12:0/3222000222'))).toEqual(['blocklisted-client'])
  })
  test('a mapping whose client is not known to be blocklisted is not called so', () => {
    expect(first(mapped())).toMatchObject({ code: 'mapped-without-watcher', verdict: 'inconclusive' })
    expect(first(mapped('10.0.0.12:0/4'))).toMatchObject({
      code: 'mapped-without-watcher',
      verdict: 'inconclusive',
    })
  })
  test('a mapping whose client a range blocks is found, and so is one whose entry has ended', () => {
    expect(codes({ ...mapped('10.0.0.12:0/7'), blocklist: ['cidr:10.0.0.0:0/24'] })).toEqual([
      'blocklisted-client',
    ])
    expect(codes({ ...mapped(), blocklist: [] })).toEqual(['mapped-without-watcher'])
  })
  test('a host that was not seen may have it mapped', () => {
    const looked = look({ watchers: [], hosts: [gw2], instead: { 'krbd@gw2': broken } })
    expect(verdictOf(looked)).toMatchObject({ code: 'no-watcher', severity: 'warning' })
    expect(looked.diagnosis.findings[0]).toMatchObject({ verdict: 'inconclusive' })
    expect(looked.diagnosis.unseen.map(({ what }) => what)).toContain('rbd mappings of gw2')
  })
  test('behind an entry of no host of ours somebody may be cut off', () => {
    expect(first({ watchers: [], hosts: [gw2], blocklist: ['10.9.9.9:0/7'] })).toMatchObject({
      ...{ code: 'no-watcher', verdict: 'inconclusive', severity: 'info' },
      summary: expect.stringContaining('behind 1 blocklist entry of no host of the inventory'),
    })
  })
  test('of many hosts those are asked that an entry points to, and the others are not called seen', () => {
    const many = Array.from({ length: 60 }, (_, at) => ({ name: `h${at}`, ip: `10.0.1.${at}` }))
    const looked = look({ watchers: [], blocklist: ['10.0.1.7:0/5'], hosts: many })
    expect(looked.wanted.filter((probe) => probe.startsWith('krbd@'))).toEqual(['krbd@h7'])
    expect(looked.diagnosis.findings[0]?.verdict).toBe('inconclusive')
    expect(looked.diagnosis.unseen.map(({ what }) => what)).toContain('rbd mappings of 61 more hosts')
  })
  test('says that a mapping may be read-only, which watches nothing', () => {
    expect(first(mapped()).details.join(' ')).toContain('mapped read-only')
  })
  test('a mapped snapshot watches nothing', () => {
    expect(codes(mapped(undefined, 'snap1'))).toEqual(['no-watcher'])
  })
  test('a mapping of the same name in another namespace is another image', () => {
    const situation = mapped('10.0.0.12:0/3222000222')
    situation.hosts![0]!.krbd![0]!.ns = 'ns1'
    expect(codes(situation)).toEqual(['no-watcher'])
  })
  test('but a lock is left: of librbd a warning, set by hand none', () => {
    expect(first({ watchers: [], hosts: [gw2], locks: [lock] })).toMatchObject({
      code: 'lock-without-watcher',
      severity: 'warning',
    })
    expect(first({ watchers: [], hosts: [gw2], locks: [{ ...lock, id: 'mine' }] })).toMatchObject({
      severity: 'info',
    })
  })
})

describe('finding the header', () => {
  const absent = (pool: string) => ({
    exitCode: 1,
    stderr: `error listing watchers ${pool}/x: (2) No such file or directory`,
  })
  test('finds it in another pool when `rbd` has none', () => {
    const looked = look({ pools: { volumes: [ALIVE] }, instead: { 'watchers-1': absent('rbd') } })
    expect(looked.diagnosis.facts.header).toMatchObject({ pool: 'volumes' })
  })
  test('an object of that name in two pools is asked about, not guessed', () => {
    const looked = look({ target: 'vol1.rbd', pools: { volumes: [ALIVE] } })
    expect(verdictOf(looked)).toMatchObject({ code: 'ambiguous-object', offers: [] })
    expect(looked.diagnosis).toMatchObject({ looked: false })
    expect(
      [...looked.seen.keys()].filter((id) => !looked.wanted.includes(id)),
      'nothing asked before it was clear',
    ).toEqual([])
    expect(looked.diagnosis.next.map(({ command }) => command)).toEqual([
      'check watchers vol1.rbd pool=rbd',
      'check watchers vol1.rbd pool=volumes',
    ])
  })
  test('with pool= only that pool is asked', () => {
    expect(
      verdictOf(look({ target: 'vol1.rbd', pool: 'rbd', pools: { volumes: [ALIVE] }, watchers: [ALIVE] }))
        .code,
    ).toBe('one-watcher')
  })
  test('says that there is none only when every pool was searched', () => {
    const nowhere = { 'watchers-1': absent('rbd') }
    expect(codes({ pools: { volumes: undefined }, instead: nowhere })).toEqual(['no-such-object'])
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`p${at}`, undefined]))
    expect(codes({ pools: many, instead: nowhere })).toEqual(['could-not-look'])
    expect(codes({ instead: { ...nowhere, 'osd-dump': broken } })).toEqual(['could-not-look'])
    expect(codes({ pools: { volumes: [] }, instead: { ...nowhere, 'watchers-1@volumes': broken } })).toEqual([
      'could-not-look',
    ])
  })
  test('an image without a name in its directory may be in the trash: said', () => {
    const looked = look({
      watchers: [ALIVE],
      instead: { 'image-name': { exitCode: 1, stderr: 'No such key: rbd/rbd_directory/id_abc123' } },
    })
    expect(looked.diagnosis.unseen[0]?.why).toContain('rbd trash ls rbd')
  })
  test('an image that cannot be described is judged by its status, without a button', () => {
    const looked = look({
      target: 'rbd/vol1',
      instead: { info: { exitCode: 1, stderr: 'rbd: error: (5) Input/output error' } },
    })
    expect(verdictOf(looked)).toMatchObject({ code: 'unexplained-watcher', offers: [] })
    expect(looked.diagnosis.unseen.map(({ what }) => what)).toContain('image')
  })
  test('an image in a namespace is looked at there', () => {
    const { seen } = look({ target: 'rbd/ns1/vol1', watchers: [ALIVE] })
    expect(seen.get('watchers-1')?.argv).toEqual(expect.arrayContaining(['-N', 'ns1', 'rbd_header.abc123']))
  })
  test.each([
    [
      'the pool is unknown',
      { exitCode: 1, stderr: 'error opening pool nopool: (2) No such file or directory' },
      'no-such-object',
    ],
    [
      'the OSD does not answer',
      { exitCode: 1, stderr: 'error listing watchers rbd/x: (110) Connection timed out' },
      'could-not-look',
    ],
    ['the tools are missing', { outcome: 'not-found', reason: 'no rados' } as const, 'could-not-look'],
    [
      'our own host is blocklisted',
      { exitCode: 1, stderr: '(108) Cannot send after transport endpoint shutdown' },
      'could-not-look',
    ],
  ])('%s: nothing is said about health', (_, instead, code) => {
    const looked = look({ pool: 'rbd', instead: { 'watchers-1': instead } })
    expect(verdictOf(looked)).toMatchObject({ code, offers: [] })
    expect(looked.diagnosis.looked).toBe(false)
  })
})
