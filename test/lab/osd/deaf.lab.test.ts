import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runCheck } from '../../../jobs/check.ts'
import { type Cluster, openCluster } from '../../../jobs/hosts/cluster.ts'
import { osd, osds } from '../../../playbooks/osd/index.ts'
import type { Offer } from '../../../playbooks/shared/finding.ts'
import type { Playbook } from '../../../playbooks/shared/playbook.ts'
import { approve } from '../../playbooks/osd/approve.ts'
import { until } from '../ceph/cluster.ts'
import { type OsdLab, startOsdLab } from './osds.ts'

let lab: OsdLab
let cluster: Cluster
const stateDir = mkdtempSync(join(tmpdir(), 'unwedge-osd-'))

beforeAll(async () => {
  lab = await startOsdLab()
  const ceph = { conf: lab.ceph.conf, osdInit: { restart: [lab.init, '{id}'] } }
  const local = 'local' as const
  cluster = openCluster({
    name: 'lab',
    ceph,
    local: { stateDir },
    hosts: [
      { name: 'lab-admin', addresses: [], roles: ['ceph-admin'], transport: local },
      { name: 'lab-osd', addresses: ['127.0.0.1'], roles: ['osd-host'], transport: local },
    ],
  })
}, 300_000)
afterAll(async () => {
  await cluster?.close()
  await lab?.stop()
  rmSync(stateDir, { recursive: true, force: true })
})

const look = async (id: string) =>
  (await runCheck({ playbook: osd as Playbook, args: { target: id }, cluster })).result.diagnosis
const lookAtAll = async () =>
  (await runCheck({ playbook: osds as Playbook, args: {}, cluster })).result.diagnosis
const approved = (id: string, offer: Offer) => approve(cluster, id, offer)
const ceph = (...args: string[]) => lab.ceph.run('ceph', ...args)
const healthy = (...ids: string[]) =>
  until(async () => {
    const codes = await Promise.all(ids.map(async (id) => (await look(id)).findings[0]!.code))
    return codes.every((code) => code === 'listens')
  }, 60_000)

beforeEach(async () => {
  // as long as their heartbeats go on, the monitors of a real cluster keep a deaf OSD up; here they'd notice after 5 s
  await ceph('osd', 'set', 'nodown')
})

describe('three OSDs that are well', () => {
  test('each is found listening on all of its addresses, by a greeting from two hosts', async () => {
    for (const id of ['0', '1', '2']) {
      const { findings, facts, unseen, offers } = await look(id)
      expect(findings.map(({ code }) => code)).toEqual(['listens'])
      expect(findings[0]).toMatchObject({ verdict: 'ruled-out', severity: 'ok' })
      const { addresses } = facts.osd as {
        addresses: { state: string; listening: boolean; from: { state: string }[] }[]
      }
      expect(addresses).toHaveLength(8)
      for (const each of addresses) {
        expect(each).toMatchObject({ state: 'answers', listening: true })
        expect(each.from.map(({ state }) => state)).toEqual(['answers', 'answers'])
      }
      expect(unseen).toEqual([])
      expect(offers).toEqual([])
    }
  })

  test('all at once are found well, too', async () => {
    const { findings } = await lookAtAll()
    expect(findings).toMatchObject([{ code: 'all-listen', verdict: 'ruled-out', severity: 'ok' }])
  })

  test('one that the map does not have is not said to be well', async () => {
    expect(await look('77')).toMatchObject({ looked: false, findings: [{ code: 'no-such-osd' }] })
  })
})

describe('an OSD whose listening sockets are gone, as after the accepter gave up', () => {
  test('is found deaf, the others are not, and a restart by approval makes it hear', async () => {
    await lab.closeListeners('2')
    const { findings, offers } = await look('2')
    expect(findings[0]).toMatchObject({ code: 'deaf-osd', verdict: 'confirmed', severity: 'critical' })
    expect(findings[0]!.summary).toContain('deaf: nobody can open a new connection')
    expect((await look('1')).findings[0]!.code).toBe('listens')
    const all = await lookAtAll()
    expect(all.findings[0]!.summary).toBe('1 of 3 OSDs is up, but deaf: `osd.2`.')

    const before = lab.pid('2')
    expect(offers.map(({ remedy }) => remedy)).toEqual(['restart-osd'])
    const result = await approved('2', offers[0]!)
    expect(result.lines.filter(({ ok }) => !ok)).toEqual([])
    expect(result.state).toBe('done')
    expect(result.lines.map(({ text }) => text).join('\n')).toMatch(
      /may stop[\s\S]*up in the OSD map[\s\S]*listens on 8[\s\S]*answers[\s\S]*PGs are active/,
    )
    expect(lab.pid('2')).not.toBe(before)
    expect((await look('2')).findings[0]!.code).toBe('listens')
  })

  test('is not restarted when Ceph says that PGs would stop', async () => {
    await ceph('osd', 'pool', 'set', 'rbd', 'min_size', '2')
    await until(async () => (await ceph('osd', 'ok-to-stop', '2')).exitCode === 16)
    await lab.closeListeners('2')
    try {
      const { findings, offers, doNot } = await look('2')
      expect(findings[0]!.code).toBe('deaf-osd')
      expect(offers).toEqual([])
      expect(doNot[0]!.why).toContain('would become offline')
    } finally {
      await ceph('osd', 'pool', 'set', 'rbd', 'min_size', '1')
      await lab.restart('2')
      await healthy('2')
    }
  })
})

describe('an OSD without a free descriptor, still in LISTEN', () => {
  test('is found deaf without being connected to, and hears again when its limit is raised by approval', async () => {
    await lab.starve('1')
    const { findings, offers, facts } = await look('1')
    expect(findings[0]).toMatchObject({ code: 'deaf-osd', verdict: 'confirmed' })
    expect(findings[0]!.summary).toContain('no free descriptor')
    expect(facts.osd).toMatchObject({ spared: true, limits: { soft: '20' } })
    const raise = offers.find(({ remedy }) => remedy === 'raise-nofile')!
    const result = await approved('1', raise)
    expect(result).toMatchObject({ state: 'done' })
    await healthy('1')

    // the way back is offered, and works, too
    expect(result.offers[0]!.commands[0]).toContain('--nofile=20:')
    await lab.feed('1')
  })

  test('is left alone when it was healed between check and approval', async () => {
    await lab.starve('1')
    const { offers } = await look('1')
    await lab.feed('1')
    await healthy('1')
    for (const offer of offers) {
      expect(await approved('1', offer)).toMatchObject({ state: 'refused', undone: 'Nothing was touched.' })
    }
    expect(offers.length).toBeGreaterThan(0)
  })
})

test('an OSD that was stopped by a signal is told from a deaf one, and no restart is offered', async () => {
  process.kill(lab.pid('1'), 'SIGSTOP')
  try {
    const { findings, offers, next } = await look('1')
    expect(findings[0]).toMatchObject({ code: 'stopped-process', verdict: 'confirmed' })
    expect(findings[0]!.details.join('\n')).toContain('no banner within 3 s')
    expect(offers).toEqual([])
    expect(next[0]!.command).toContain(`kill -CONT ${lab.pid('1')}`)
  } finally {
    process.kill(lab.pid('1'), 'SIGCONT')
    await healthy('1')
  }
})

test('an OSD that is down is said to be down, and whether PGs wait for it', async () => {
  await ceph('osd', 'unset', 'nodown')
  process.kill(lab.pid('2'), 'SIGSTOP')
  try {
    await until(async () => (await ceph('osd', 'dump')).stdout.includes('osd.2 down'), 40_000)
    const { findings, offers } = await look('2')
    expect(findings[0]).toMatchObject({ code: 'down-osd', severity: 'warning' })
    expect(findings[0]!.summary).toContain('no PG waits for it')
    expect(offers).toEqual([])
  } finally {
    process.kill(lab.pid('2'), 'SIGCONT')
    await healthy('2')
  }
})
