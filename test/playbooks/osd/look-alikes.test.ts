import { describe, expect, test } from 'vitest'
import { runCheck } from '../../../jobs/check.ts'
import { osds } from '../../../playbooks/osd/index.ts'
import { PROCESSES_ARGV } from '../../../playbooks/shared/linux/processes.ts'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'
import { check, checkAll, codes, incident, type Twist } from './stand.ts'

const is = (argv: readonly string[], ...words: string[]) => words.every((word) => argv.includes(word))
const json = (value: unknown) => ({ stdout: `\n${JSON.stringify(value)}` })
const connects = (argv: readonly string[]) => argv[0] === 'python3'
/** every connection from a host in `from` to an address that matches ends so */
const connection =
  (from: RegExp, to: RegExp, state: string): Twist =>
  (host, argv, own) =>
    connects(argv) && from.test(host)
      ? { ...own, stdout: own!.stdout!.replace(new RegExp(`^(${to.source}) .*$`, 'gm'), `$1 ${state}`) }
      : undefined
const both =
  (...twists: Twist[]): Twist =>
  (host, argv, own, now) =>
    twists.reduce<ReturnType<Twist>>(
      (changed, twist) =>
        changed === 'unknown' ? changed : (twist(host, argv, changed ?? own, now) ?? changed),
      undefined,
    )
const processState =
  (pid: string, state: string): Twist =>
  (_, argv, own) =>
    argv[0] === 'ps'
      ? { ...own, stdout: own!.stdout!.replace(new RegExp(`(${pid}) Ssl`), `$1 ${state}`) }
      : undefined
const open =
  (pid: string, count: number): Twist =>
  (_, argv, own) =>
    argv[0] === 'find'
      ? {
          ...own,
          stdout: `${own!
            .stdout!.split('\n')
            .filter((line) => line && !line.includes(`/${pid}/`))
            .join('\n')}\n${`/proc/${pid}/fd\n`.repeat(count)}`.trimStart(),
        }
      : undefined

describe('connects, but is not greeted', () => {
  const silent = connection(/./, /10\.2[12]\.0\.21,680[0-3]/, 'silent 3000 ')
  test('is deaf, although all of its sockets are in LISTEN', async () => {
    const { findings, offers } = await check('0', silent)
    expect(findings[0]!.code).toBe('deaf-osd')
    expect(findings[0]!.summary).toContain('deaf: nobody can open a new connection to it.')
    expect(findings[0]!.details.join('\n')).toContain('in LISTEN; connects, but no banner within 3 s')
    expect(offers.map(({ remedy }) => remedy)).toEqual(['restart-osd'])
  })
  test.each([
    ['T', 'stopped-process'],
    ['Tl', 'stopped-process'],
    ['Dl', 'stuck-process'],
  ])('with the process in state %s it is %s, and no restart is offered', async (state, expected) => {
    const { findings, offers } = await check('0', both(silent, processState('2200', state)))
    expect(findings[0]).toMatchObject({ code: expected, verdict: 'confirmed', severity: 'critical' })
    expect(offers).toEqual([])
  })
  test('something else that greets on its port is not it', async () => {
    const { findings } = await check(
      '0',
      connection(/./, /10\.2[12]\.0\.21,680[0-3]/, 'answers 1 SSH-2.0-OpenSSH'),
    )
    expect(findings[0]!.code).not.toBe('listens')
  })
})

describe('no banner, seen from elsewhere only', () => {
  const notAtHome: Twist = (host, argv) => (connects(argv) && host === 'stor-21' ? 'unknown' : undefined)
  test('by one host: something in between may have taken the connection', async () => {
    for (const state of ['silent 3000 ', 'closed 1 ']) {
      const twist = both(
        connection(/^mon-21$/, /10\.21\.0\.21,680[0-3]/, state),
        connection(/^stor-2/, /10\.2[12]\.0\.21,680[0-3]/, 'failed 3000 ETIMEDOUT'),
        notAtHome,
      )
      const { findings, offers } = await check('0', twist)
      expect(findings[0]).toMatchObject({ code: 'osd-not-all-seen', verdict: 'inconclusive' })
      expect(offers).toEqual([])
    }
  })
  test('by two hosts: deaf', async () => {
    const { findings } = await check(
      '0',
      both(connection(/./, /10\.2[12]\.0\.21,680[0-3]/, 'silent 3000 '), notAtHome),
    )
    expect(findings[0]!.code).toBe('deaf-osd')
  })
})

test('greeted by one host, but not by another that connects: not called well, nor deaf', async () => {
  const twist = connection(/^mon-21$/, /10\.21\.0\.21,6800/, 'silent 3000 ')
  const { findings, offers } = await check('0', twist)
  expect(findings[0]).toMatchObject({ code: 'osd-not-all-seen', verdict: 'inconclusive' })
  expect(findings[0]!.summary).toContain('greets one host on its public address and lets another wait')
  expect(offers).toEqual([])
  expect(codes(await checkAll(twist))).toContain('not-all-seen')
})

test('only those that were greeted are named as such', async () => {
  const noAnswer = connection(/^stor-23$/, /10\.2[12]\.0\.21,\d+/, 'failed 0 EACCES')
  const { findings } = await check('0', noAnswer)
  expect(findings[0]!.code).toBe('listens')
  expect(findings[0]!.details[0]).not.toContain('stor-23')
})

describe('stopped or restarted in good order while it is looked at', () => {
  // the map is read, the OSD goes, its host is looked at
  const changed = (osd0: (map: string) => string): Twist => {
    let maps = 0
    return (_, argv, own) => {
      if (!is(argv, 'dump', 'osd')) return undefined
      maps += 1
      return maps === 1 ? undefined : { ...own, stdout: osd0(own!.stdout!) }
    }
  }
  const gone = both(connection(/./, /10\.2[12]\.0\.21,680[0-3]/, 'failed 0 ECONNREFUSED'), (_, argv, own) =>
    argv[0] === 'ps'
      ? { ...own, stdout: own!.stdout!.replace(/^.*--id 0 .*\n/m, '') }
      : argv[0] === 'ss'
        ? { ...own, stdout: own!.stdout!.replace(/^.*pid=2200,.*\n/gm, '') }
        : undefined,
  )
  test('is down now, and was not deaf', async () => {
    const stopped = () => changed((map) => map.replace('"osd":0,"up":1', '"osd":0,"up":0'))
    expect((await check('0', both(gone, stopped()))).findings[0]).toMatchObject({ code: 'down-osd' })
    const all = await checkAll(both(gone, stopped()))
    expect(all.findings[0]!.summary).toBe('1 of 6 OSDs is up, but deaf: `osd.4`.')
    expect(codes(all)).toContain('down-osds')
  })
  test('is up on other ports now: not known, until it is looked at again', async () => {
    const restarted = () =>
      changed((map) => map.replaceAll(/10\.2([12])\.0\.21:680([0-3])\/2200/g, '10.2$1.0.21:682$2/30200'))
    expect((await check('0', both(gone, restarted()))).findings[0]).toMatchObject({
      ...{ code: 'osd-not-all-seen', verdict: 'inconclusive' },
    })
  })
  test('is as it was in the map: gone', async () => {
    expect((await check('0', gone)).findings[0]).toMatchObject({ code: 'process-gone' })
  })
})

describe('a process that is not the one of the map', () => {
  const as =
    (pid: string, age: string): Twist =>
    (host, argv, own) =>
      host !== 'stor-21' || argv[0] === undefined
        ? undefined
        : argv[0] === 'ps'
          ? { ...own, stdout: own!.stdout!.replace(/ 2200 Ssl {2}\S+/, ` ${pid} Ssl  ${age}`) }
          : argv[0] === 'ss'
            ? { ...own, stdout: own!.stdout!.replaceAll(/:680([0-3]) (.*)pid=2200/g, `:681$1 $2pid=${pid}`) }
            : argv[0] === 'systemctl'
              ? { ...own, stdout: own!.stdout!.replace('MainPID=2200', `MainPID=${pid}`) }
              : argv[0] === 'find' || argv[2] === '^Max open files'
                ? { ...own, stdout: argv[0] === 'find' ? `/proc/${pid}/fd\n`.repeat(9) : LIMITS(pid) }
                : undefined
  const LIMITS = (pid: string) =>
    `/proc/${pid}/limits:Max open files            4096                 131072               files     \n`
  test.each([
    ['refuses, as the old one would', 'failed 0 ECONNREFUSED'],
    ['connects without a banner, as one that boots', 'silent 3000 '],
  ])('and is young was just started: %s, and that is not deaf', async (_, state) => {
    const twist = both(as('9200', '00:20'), connection(/./, /10\.2[12]\.0\.21,680[0-3]/, state))
    const { findings, offers } = await check('0', twist)
    expect(findings[0]).toMatchObject({ code: 'osd-not-all-seen', verdict: 'inconclusive' })
    expect(findings[0]!.details[0]).toContain('the map may show the one before it')
    expect(offers.filter(({ remedy }) => remedy === 'restart-osd')).toEqual([])
    expect(codes(await checkAll(twist))).not.toContain('all-listen')
    expect((await checkAll(twist)).findings[0]!.summary).toBe('1 of 6 OSDs is up, but deaf: `osd.4`.')
  })
  test('and is old may be of another cluster: deaf, but not restarted', async () => {
    const refuses = connection(/./, /10\.2[12]\.0\.21,680[0-3]/, 'failed 0 ECONNREFUSED')
    const { findings, offers, doNot } = await check('0', both(as('9200', '41-00:00:20'), refuses))
    expect(findings[0]!.code).toBe('deaf-osd')
    expect(offers).toEqual([])
    expect(doNot[0]!.why).toContain('is not certain')
  })
  test('which may even use the same ports, on another address', async () => {
    const refuses = connection(/./, /10\.2[12]\.0\.21,680[0-3]/, 'failed 0 ECONNREFUSED')
    const others: Twist = (host, argv, own) =>
      host === 'stor-21' && argv[0] === 'ss'
        ? { ...own, stdout: own!.stdout!.replace(/\S+:(680[0-3] .*)pid=2200/g, '10.99.0.1:$1pid=9200') }
        : undefined
    const { offers, doNot } = await check('0', both(others, as('9200', '41-00:00:20'), refuses))
    expect(offers).toEqual([])
    expect(doNot[0]!.why).toContain('is not certain')
  })
  describe('and is old', () => {
    const refuses = connection(/./, /10\.2[12]\.0\.21,680[0-3]/, 'failed 0 ECONNREFUSED')
    const alone: Twist = (_, argv, own) => {
      if (!is(argv, 'dump', 'osd')) return undefined
      const map = JSON.parse(own!.stdout!)
      return json({ ...map, osds: map.osds.filter(({ osd }: { osd: number }) => osd === 0) })
    }
    const namesake = (count: number) => both(as('9200', '41-00:00:20'), refuses, open('9200', count))
    test.each([[3500], [4040], [4096]])(
      'is not looked into for this OSD, with %i of 4096 open',
      async (count) => {
        const { findings, offers, unseen, facts } = await check('0', namesake(count))
        expect(findings.map(({ code }) => code)).toEqual(['deaf-osd'])
        expect(findings[0]!.summary).not.toContain('descriptor')
        expect(findings[0]!.details.join('\n')).toContain("Process 9200, which may be another cluster's:")
        expect(facts.osd).toMatchObject({ spared: false })
        expect(offers).toEqual([])
        expect(unseen.map(({ what }) => what)).toContain('descriptors of the OSD')
        expect(codes(await checkAll(both(namesake(count), alone)))).toEqual(['deaf-osds'])
      },
    )
    test('nobody connects to the OSDs of its host before the sockets there have been seen', async () => {
      const cluster = incident(namesake(4040))
      const { seen } = await runCheck({ playbook: osds as Playbook, args: {}, cluster })
      const asked = (left: typeof seen) =>
        osds.probes({}, cluster.inventory, left).map(({ id }) => id.startsWith('answers-stor-21@'))
      const without = (...ids: RegExp[]) =>
        new Map([...seen].filter(([id]) => !ids.some((each) => each.test(id))))
      expect(asked(without(/^answers-stor-21@/))).toContain(true)
      expect(asked(without(/^answers-stor-21@/, /^listeners@stor-21$/))).not.toContain(true)
    })
    test('its log and its state are no reasons of this OSD', async () => {
      const log: Twist = (host, argv) =>
        host === 'stor-21' && argv[0] === 'tail'
          ? {
              stdout:
                '2026-11-20T18:10:29.980+0000 7f18649b76c0 -1  Processor -- accept open file descriptions limit reached sd = 19 errno -24 (24) Too many open files\n',
            }
          : undefined
      const { findings, next } = await check('0', both(namesake(9), processState('9200', 'T'), log))
      expect(findings[0]!.code).toBe('deaf-osd')
      expect(JSON.stringify(findings[0])).not.toMatch(/descriptors and gave up|Its log/)
      expect(next.map(({ command }) => command)).toEqual(['check osds'])
    })
    test.each<[string, Twist]>([
      [
        'sockets could not be seen',
        (host, argv) => (host === 'stor-21' && argv[0] === 'ss' ? 'unknown' : undefined),
      ],
      [
        'sockets have no owner that could be seen',
        (host, argv, own) =>
          host === 'stor-21' && argv[0] === 'ss'
            ? { ...own, stdout: own!.stdout!.replace(/:681([0-3]) (.*)users:.*/g, ':680$1 $2') }
            : undefined,
      ],
    ])('may be this OSD where its %s: spared, and nothing is certain or offered', async (_, sockets) => {
      const twist = (count: number) => both(as('9200', '41-00:00:20'), open('9200', count), sockets)
      for (const count of [4040, 4096]) {
        const { findings, offers, facts } = await check('0', twist(count))
        expect(findings[0]).toMatchObject({
          ...{ code: 'near-fd-limit', verdict: 'inconclusive', severity: 'critical' },
          summary: expect.stringContaining('Process 9200, which may be `osd.0` of this cluster, is near'),
        })
        expect(facts.osd).toMatchObject({ spared: true })
        expect(offers).toEqual([])
        expect(codes(await checkAll(both(twist(count), alone)))).toEqual(['not-all-seen'])
      }
      const few = await check('0', twist(9))
      expect(few.findings[0]).toMatchObject({ code: 'listens', verdict: 'inconclusive' })
      expect(few.unseen.map(({ what }) => what)).toContain('descriptors of the OSD')
      for (const count of [9, 3500])
        expect((await checkAll(both(twist(count), alone))).findings[0]).toMatchObject({
          ...{ code: 'all-listen', verdict: 'inconclusive' },
        })
    })
  })
  test('but one that cephadm runs under the id of this cluster is restarted', async () => {
    const refuses = connection(/./, /10\.2[12]\.0\.21,680[0-3]/, 'failed 0 ECONNREFUSED')
    const unit = 'ceph-5f0c9e3a-7d21-4a4e-9c83-0e6f2b1d4a77@osd.0.service'
    const cephadm: Twist = (_, argv) =>
      argv[0] === 'systemctl'
        ? { stdout: `Id=${unit}\nLoadState=loaded\nActiveState=active\nMainPID=812\n` }
        : undefined
    const twist = both(as('9200', '41-00:00:20'), refuses, cephadm)
    expect((await check('0', twist)).offers[0]!.commands).toEqual([`[stor-21] systemctl restart ${unit}`])
    const near = await check('0', both(open('2200', 4000), cephadm))
    expect(near.findings[0]!.details.join('\n')).toContain('--ulimit nofile=1048576')
    expect(near.findings[0]!.details.join('\n')).not.toContain('systemctl edit')
  })
})

describe('a neighbour that started later and took the port', () => {
  // osd.4 gave up 10.21.0.22:6800; osd.3 was restarted and binds the first free port
  const taken = both(connection(/./, /10\.21\.0\.22,6800/, 'answers 1 ceph v027'), (host, argv, own) =>
    host === 'stor-22' && argv[0] === 'ss'
      ? {
          ...own,
          stdout: `${own!.stdout}LISTEN 0 128 10.21.0.22:6800 *:* users:(("ceph-osd",pid=2221,fd=9))\n`,
        }
      : undefined,
  )
  test('its greeting does not make the deaf one hear', async () => {
    const { findings, offers } = await check('4', taken)
    expect(findings[0]).toMatchObject({ code: 'deaf-osd', verdict: 'confirmed' })
    expect(findings[0]!.details.join('\n')).toContain('process 2221 took the port')
    expect(offers.map(({ remedy }) => remedy)).toEqual(['restart-osd'])
    expect((await checkAll(taken)).findings[0]!.summary).toBe('1 of 6 OSDs is up, but deaf: `osd.4`.')
  })
  test('nor does it where the nonce of the map is drawn at random, as newer releases do', async () => {
    const random: Twist = (_, argv, own) =>
      is(argv, 'dump', 'osd')
        ? { ...own, stdout: own!.stdout!.replaceAll('/2228"', '/3062468253"') }
        : undefined
    const { findings, offers } = await check('4', both(taken, random))
    expect(findings[0]).toMatchObject({ code: 'deaf-osd', verdict: 'confirmed' })
    expect(offers.map(({ remedy }) => remedy)).toEqual(['restart-osd'])
  })
  test('nor one whose process is gone', async () => {
    const { findings } = await check(
      '4',
      both(taken, (_, argv, own) =>
        argv[0] === 'ps' ? { ...own, stdout: own!.stdout!.replace(/^.*--id 4 .*\n/m, '') } : undefined,
      ),
    )
    expect(findings[0]!.code).toBe('process-gone')
  })
})

describe('the network between two hosts', () => {
  test.each([['failed 3000 ETIMEDOUT'], ['failed 1 EHOSTUNREACH'], ['failed 0 ECONNREFUSED']])(
    '%s from one host, while others are greeted: named with both hosts, no restart',
    async (state) => {
      const { findings, offers } = await check('0', connection(/^stor-22$/, /10\.22\.0\.21,\d+/, state))
      expect(findings[0]).toMatchObject({ code: 'network-between-hosts', verdict: 'confirmed' })
      expect(findings[0]!.summary).toContain('between `stor-22` and `stor-21`')
      expect(findings[0]!.details).toContain('A restart of the OSD does not help.')
      expect(offers).toEqual([])
    },
  )
  test('a host that only administers need not reach the cluster network', async () => {
    expect(codes(await check('0'))).toEqual(['listens'])
  })
  test('but the public one it has to reach', async () => {
    const { findings } = await check(
      '0',
      connection(/^mon-21$/, /10\.21\.0\.21,\d+/, 'failed 3000 ETIMEDOUT'),
    )
    expect(findings[0]).toMatchObject({ code: 'network-between-hosts' })
  })
  test('timed out from everywhere outside and its own host not to be asked: not known, and no offer', async () => {
    const { findings, offers } = await check(
      '0',
      both(connection(/./, /10\.2[12]\.0\.21,\d+/, 'failed 3000 ETIMEDOUT'), (host) =>
        host === 'stor-21' ? 'unknown' : undefined,
      ),
    )
    expect(findings[0]).toMatchObject({ code: 'osd-not-all-seen', verdict: 'inconclusive' })
    expect(offers).toEqual([])
  })
})

describe('how near the limit it is', () => {
  test.each([
    [3276, ['listens']],
    [3277, ['near-fd-limit']],
  ])('%i of 4096 open: %s', async (count, expected) => {
    expect(codes(await check('0', open('2200', count)))).toEqual(expected)
  })
  test.each([
    [4032, true],
    [4033, false],
  ])('%i open: connected to, %s', async (count, connected) => {
    let asked = false
    const { facts, findings } = await check(
      '0',
      both(open('2200', count), (_, argv) => {
        asked ||= connects(argv)
        return undefined
      }),
    )
    expect(asked).toBe(connected)
    expect(facts.osd).toMatchObject({ spared: !connected })
    expect(findings[0]).toMatchObject({ code: 'near-fd-limit', severity: connected ? 'warning' : 'critical' })
  })
  test('none left: deaf, though nobody tried, and a higher limit is offered before a restart', async () => {
    const { findings, offers } = await check('0', open('2200', 4096))
    expect(findings[0]).toMatchObject({ code: 'deaf-osd' })
    expect(findings[0]!.summary).toContain('because it has no free descriptor')
    expect(offers.map(({ remedy }) => remedy)).toEqual(['raise-nofile', 'restart-osd'])
  })
  test('where the hard limit is the same, only the printed way is left', async () => {
    const { findings, offers } = await check(
      '0',
      both(open('2200', 3500), (_, argv, own) =>
        is(argv, '^Max open files')
          ? { ...own, stdout: own!.stdout!.replaceAll('131072', '4096  ') }
          : undefined,
      ),
    )
    expect(findings[0]!.details.join('\n')).toContain('systemctl edit ceph-osd@0')
    expect(offers).toEqual([])
  })
})

describe('the machine’s own table of files', () => {
  const table =
    (used: number): Twist =>
    (_, argv) =>
      is(argv, '/proc/sys/fs/file-nr') ? { stdout: `${used}\t0\t1000\n` } : undefined
  test.each([
    [899, ['listens']],
    [900, ['machine-files-near']],
    [999, ['machine-files-near']],
    [1000, ['machine-files-exhausted']],
  ])('%i of 1000: %s', async (used, expected) => {
    expect(codes(await check('0', table(used)))).toEqual(expected)
  })
  test('is told for every host when all are looked at', async () => {
    expect(
      codes(await checkAll(table(1000))).filter((code) => code === 'machine-files-exhausted'),
    ).toHaveLength(3)
  })
})

describe('dies and starts again', () => {
  const young: Twist = (_, argv, own) =>
    argv[0] === 'ps' ? { ...own, stdout: own!.stdout!.replaceAll('41-06:12:44', '00:41') } : undefined
  const log =
    (starts: number, line = ''): Twist =>
    (_, argv) =>
      argv[0] === 'tail'
        ? {
            stdout: Array.from(
              { length: starts },
              (_each, at) =>
                `2026-11-20T18:1${at}:25.848+0000 7f18649b76c0  0 ceph version 16.2.15 (618f) pacific (stable), process ceph-osd, pid ${3000 + at}\n${line}`,
            ).join(''),
          }
        : undefined
  const refused =
    '2026-11-20T18:10:29.980+0000 7f18649b76c0 -1  Processor -- accept open file descriptions limit reached sd = 19 errno -24 (24) Too many open files\n'
  test.each([
    [2, ['listens']],
    [3, ['crash-loop']],
  ])('%i starts within an hour: %s', async (starts, expected) => {
    expect(codes(await check('0', both(young, log(starts))))).toEqual(expected)
  })
  test('for want of descriptors: said so, with the limit as the way out and no restart', async () => {
    const { findings, offers } = await check('0', both(young, log(3, refused)))
    expect(findings[0]!.code).toBe('crash-loop-emfile')
    expect(findings[0]!.details.join('\n')).toContain('LimitNOFILE')
    expect(offers).toEqual([])
  })
  test('not when the process is old: the log tells of another day', async () => {
    expect(codes(await check('0', log(3, refused)))).toEqual(['listens'])
  })
})

describe('the map and the process', () => {
  const notListed: Twist = (_, argv, own) =>
    argv[0] === PROCESSES_ARGV[0]
      ? { ...own, stdout: own!.stdout!.replace(/^.*--id 0 .*\n/m, '') }
      : undefined
  const without = both(notListed, (_, argv, own) =>
    argv[0] === 'ss' ? { ...own, stdout: own!.stdout!.replace(/^.*pid=2200,.*\n/gm, '') } : undefined,
  )
  const gone = connection(/./, /10\.2[12]\.0\.21,680[0-3]/, 'failed 0 ECONNREFUSED')
  test('up in the map without a process', async () => {
    const { findings, offers } = await check('0', both(without, gone))
    expect(findings[0]).toMatchObject({ code: 'process-gone', verdict: 'confirmed' })
    expect(offers).toEqual([])
  })
  test('a process that is not seen, but takes connections, is not gone', async () => {
    const silent = connection(/./, /10\.2[12]\.0\.21,680[0-3]/, 'silent 3000 ')
    const noOwner: Twist = (_, argv, own) =>
      argv[0] === 'ss'
        ? { ...own, stdout: own!.stdout!.replace(/users:\(\("ceph-osd",pid=2200,.*/g, '') }
        : undefined
    expect((await check('0', both(notListed, noOwner, silent))).findings[0]!.code).toBe('deaf-osd')
    const unreachable = connection(/./, /10\.2[12]\.0\.21,680[0-3]/, 'failed 3000 ETIMEDOUT')
    expect((await check('0', both(without, unreachable))).findings[0]).toMatchObject({
      code: 'osd-not-all-seen',
      verdict: 'inconclusive',
    })
  })
  test('nor one that was started between the looks at processes and at sockets', async () => {
    expect(codes(await check('0', notListed))).toEqual(['osd-not-all-seen'])
  })
  test('nor where processes of others are hidden', async () => {
    const hidden: Twist = (_, argv, own) =>
      argv[0] === 'ps' ? { ...own, stdout: own!.stdout!.replace(/^.*kthreadd.*\n/m, '') } : undefined
    const { findings, unseen } = await check('0', both(without, hidden, gone))
    expect(findings[0]!.code).not.toBe('process-gone')
    expect(unseen.map(({ why }) => why).join()).toContain('not all processes')
  })
  test('with the flag `nodown` it is not said that peers will report it', async () => {
    const nodown: Twist = (_, argv, own) =>
      is(argv, 'dump', 'osd')
        ? { ...own, stdout: own!.stdout!.replace('"flags":"', '"flags":"nodown,') }
        : undefined
    const details = async (twist: Twist) => (await check('0', twist)).findings[0]!.details.join()
    expect(await details(both(without, gone))).toContain('report it down')
    expect(await details(both(without, gone, nodown))).toContain('mark no OSD down')
    expect(await details(both(without, gone, nodown))).not.toContain('report it down')
  })
  const down: Twist = (_, argv, own) =>
    is(argv, 'dump', 'osd')
      ? { ...own, stdout: own!.stdout!.replace('"osd":0,"up":1', '"osd":0,"up":0') }
      : undefined
  test('down, and nobody waits for it', async () => {
    const { findings } = await check('0', both(down, without))
    expect(findings[0]).toMatchObject({ code: 'down-osd', severity: 'warning' })
  })
  test('down, and runs: it reports itself up again, unless the flag `noup` keeps it down', async () => {
    const noup: Twist = (_, argv, own) =>
      is(argv, 'dump', 'osd')
        ? { ...own, stdout: own!.stdout!.replace('"flags":"', '"flags":"noup,') }
        : undefined
    expect((await check('0', down)).findings[0]!.details[0]).toContain('reports itself up again')
    expect((await check('0', both(down, noup))).findings[0]!.details[0]).toContain('the flag `noup` is set')
  })
  test('down, and PGs wait for it in peering', async () => {
    const stuck: Twist = (_, argv) =>
      is(argv, 'dump_stuck')
        ? json([{ pgid: '2.1f', state: 'down+peering', up: [3, 6], acting: [3, 6], blocked_by: [0] }])
        : undefined
    const { findings, doNot, offers } = await check('0', both(down, without, stuck))
    expect(findings[0]).toMatchObject({ code: 'down-and-peering', severity: 'critical' })
    expect(findings[0]!.summary).toContain('1 PG cannot go on without it')
    expect(doNot[0]!.what).toContain('lost')
    expect(offers).toEqual([])
    expect((await check('3', stuck)).findings[0]!.summary).toBe(
      '1 PG of `osd.3` does not serve, blocked by `osd.0`.',
    )
  })
})

describe('slow requests', () => {
  const health: Twist = (_, argv) =>
    is(argv, 'health', 'detail')
      ? json({
          status: 'HEALTH_WARN',
          checks: {
            SLOW_OPS: {
              severity: 'HEALTH_WARN',
              summary: { message: '4 slow ops, oldest one blocked for 41 sec, osd.0 has slow ops' },
              detail: [],
            },
          },
        })
      : undefined
  const op = (point: string, event = '') => ({
    description: 'osd_op(client.4188 …)',
    age: 41,
    type_data: { flag_point: point, events: [{ event }] },
  })
  const ops =
    (...list: object[]): Twist =>
    (_, argv) =>
      is(argv, 'dump_blocked_ops') ? json({ ops: list, num_blocked_ops: list.length }) : undefined
  test('that wait for other OSDs make it a victim, and name them', async () => {
    const waits = op('waiting for sub ops', 'waiting for subops from 3,7')
    const { findings, next } = await check('0', both(health, ops(waits, waits, op('delayed'))))
    expect(findings[0]).toMatchObject({ code: 'slow-requests-victim' })
    expect(findings[0]!.summary).toContain('(`osd.3`, `osd.7`) in 2 of them')
    expect(next.map(({ command }) => command)).toEqual(['check osd 3', 'check osd 7'])
  })
  test('that wait in itself make it the cause', async () => {
    const { findings } = await check('0', both(health, ops(op('delayed'), op('waiting for sub ops'))))
    expect(findings[0]).toMatchObject({ code: 'slow-requests-cause' })
  })
})

describe('slow requests that health tells of', () => {
  const stuck: Twist = (_, argv) =>
    is(argv, 'health', 'detail')
      ? json({
          status: 'HEALTH_ERR',
          checks: {
            REQUEST_STUCK: {
              summary: { message: '3 stuck requests are blocked > 4096 sec. Implicated osds 0' },
              detail: [],
            },
          },
        })
      : undefined
  const op = (point: string, ...events: string[]) => ({
    description: 'osd_op(client.4188 …)',
    type_data: { flag_point: point, events: events.map((event) => ({ time: 'x', event })) },
  })
  const ops =
    (...list: object[]): Twist =>
    (_, argv) =>
      is(argv, 'dump_blocked_ops') ? json({ ops: list, num_blocked_ops: list.length }) : undefined
  test('and that cannot be looked at keep a healthy answer away', async () => {
    const { findings, unseen } = await check(
      '0',
      both(stuck, (_, argv) => (is(argv, 'dump_blocked_ops') ? 'unknown' : undefined)),
    )
    expect(findings[0]).toMatchObject({ code: 'listens', verdict: 'inconclusive' })
    expect(unseen.map(({ what }) => what)).toContain('slow requests')
    expect((await check('0', both(stuck, ops()))).findings[0]).toMatchObject({ severity: 'ok' })
  })
  const waits = 'waiting for subops from 3,7'
  test.each([
    [
      'one replica has not answered: that one',
      ['sub_op_commit_rec from 3'],
      'slow-requests-victim',
      '(`osd.7`)',
    ],
    [
      'all replicas have: its own disk',
      ['sub_op_commit_rec from 3', 'sub_op_commit_rec from 7'],
      'slow-requests-cause',
      'in itself',
    ],
    [
      'all have, in releases that leave the number out',
      ['sub_op_commit_rec', 'sub_op_commit_rec'],
      'slow-requests-cause',
      'in itself',
    ],
  ])('of which %s', async (_, events, kind, said) => {
    const { findings } = await check('0', both(stuck, ops(op('waiting for sub ops', waits, ...events))))
    expect(findings[0]!.code).toBe(kind)
    expect(findings[0]!.summary).toContain(said)
  })
  test.each([
    ['delayed', 'waiting for peered'],
    ['waiting for degraded object', 'reached_pg'],
  ])('that wait for their PG are not the disk’s (%s, %s)', async (point, event) => {
    const { findings } = await check('0', both(stuck, ops(op(point, 'queued_for_pg', event))))
    expect(findings[0]!.code).toBe('slow-requests-pgs')
    expect(findings[0]!.summary).not.toMatch(/disk/)
  })
})

describe('a restart is not offered, and it is said why,', () => {
  test.each<[string, Twist, string]>([
    [
      'when PGs would stop',
      (_, argv) =>
        is(argv, 'ok-to-stop')
          ? {
              stderr: 'Error EBUSY: unsafe to stop osd(s) at this time (2 PGs are or would become offline)\n',
              exitCode: 16,
            }
          : undefined,
      '2 PGs are or would become offline',
    ],
    [
      'when this release cannot say what would stop',
      (_, argv) =>
        is(argv, 'ok-to-stop')
          ? { stderr: 'no valid command found\nError EINVAL: invalid command\n', exitCode: 22 }
          : undefined,
      'Luminous and later',
    ],
    [
      'without a manager, which is then not asked',
      (_, argv) =>
        is(argv, 'status')
          ? json({ health: {}, mgrmap: { available: false } })
          : is(argv, 'ok-to-stop') || is(argv, 'dump_stuck')
            ? { tookMs: 600_000 }
            : undefined,
      'without an active manager',
    ],
    [
      'when no unit runs this process',
      (_, argv) =>
        argv[0] === 'systemctl'
          ? { stdout: 'Id=ceph-osd@4.service\nLoadState=loaded\nActiveState=inactive\nMainPID=0\n' }
          : undefined,
      'no unit of systemd runs process 2228',
    ],
  ])('%s', async (_, twist, why) => {
    const { findings, offers, doNot } = await check('4', twist)
    expect(findings[0]!.code).toBe('deaf-osd')
    expect(offers).toEqual([])
    expect(doNot[0]!.why).toContain(why)
  })
  test.each<[string, (host: string, argv: readonly string[]) => ReturnType<Twist>, string]>([
    [
      'upstart',
      (_, argv) =>
        argv[0] === 'initctl' ? { stdout: 'ceph-osd (ceph/4) start/running, process 2228\n' } : undefined,
      'initctl restart ceph-osd id=4',
    ],
    [
      'the init script',
      (_, argv) =>
        argv[0] === 'initctl'
          ? { stderr: 'initctl: Unknown job: ceph-osd\n', exitCode: 1 }
          : argv[0] === 'service'
            ? { stdout: 'osd.4: running {"version":"0.87"}\n' }
            : undefined,
      'service ceph restart osd.4',
    ],
  ])('but by %s where there is no systemd it is', async (_, twist, command) => {
    const noSystemd: Twist = (_host, argv) =>
      argv[0] === 'systemctl'
        ? {
            stderr: 'System has not been booted with systemd as init system (PID 1). Can’t operate.\n',
            exitCode: 1,
          }
        : undefined
    const { offers } = await check('4', both(noSystemd, twist))
    expect(offers[0]!.commands).toEqual([`[stor-22] ${command}`])
  })
})

describe('what was asked for is not there', () => {
  test('an OSD, a host, or the OSD on that host', async () => {
    expect(await check('99')).toMatchObject({ looked: false, findings: [{ code: 'no-such-osd' }] })
    expect(await check('4', undefined, { on: 'stor-99' })).toMatchObject({
      looked: false,
      findings: [{ code: 'no-such-host' }],
    })
    expect(await check('4', undefined, { on: 'stor-21' })).toMatchObject({
      looked: false,
      findings: [{ code: 'other-host' }],
    })
    expect(codes(await check('4', undefined, { on: 'stor-22' }))).toEqual(['deaf-osd'])
  })
  test('the OSD map itself', async () => {
    const diagnosis = await check('4', (_, argv) =>
      is(argv, 'dump', 'osd') ? { tookMs: 60_000 } : undefined,
    )
    expect(diagnosis).toMatchObject({
      looked: false,
      findings: [{ code: 'could-not-look' }],
      unseen: [{ what: 'OSD map' }],
    })
  })
})
