import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { createImage, type HeldWatch, holdWatch } from '../ceph/clients.ts'
import { type Ceph, startCeph } from '../ceph/cluster.ts'
import { unwedge } from './product.ts'

let ceph: Ceph
let dead: HeldWatch

beforeAll(async () => {
  ceph = await startCeph({ watchTimeoutS: 600 })
  const { header } = await createImage(ceph, 'img')
  await holdWatch(ceph, { image: 'img', object: header })
  dead = await holdWatch(ceph, { image: 'img', object: header })
  dead.kill('SIGKILL')
})
afterAll(() => ceph?.stop())

/** A check as a Ceph user who has these capabilities and no others. */
async function checkAs(user: string, mon: string, osd: string) {
  const made = await ceph.run('ceph', 'auth', 'get-or-create', `client.${user}`, 'mon', mon, 'osd', osd)
  const [keyring, conf, config] = ['keyring', 'conf', 'yaml'].map((ending) =>
    join(ceph.dir, `${user}.${ending}`),
  )
  writeFileSync(keyring!, made.stdout)
  writeFileSync(conf!, readFileSync(ceph.conf, 'utf8').replace(/^keyring = .*$/m, `keyring = ${keyring}`))
  const hosts = { 'lab-1': { addresses: ['127.0.0.1'], roles: ['ceph-admin'] } }
  writeFileSync(config!, stringify({ clusters: { lab: { ceph: { conf, user }, hosts } } }))
  const args = ['check', 'watchers', 'rbd/img', 'interval=3', '--json']
  const ran = await unwedge(args, { HOME: ceph.dir, UNWEDGE_CONFIG: config })
  const { findings, unseen, offers } = JSON.parse(ran.stdout)
  return {
    code: findings[0].code as string,
    unseen: (unseen as { what: string }[]).map(({ what }) => what).sort(),
    offers: (offers as { approvals: number; params: { address: string; proof: string } }[]).map(
      (offer) => offer,
    ),
  }
}

const BLOCK = 'allow r, allow command "osd blocklist"'

test('with every right it sees everything, and proves who is gone', async () => {
  const { code, unseen, offers } = await checkAs('all', 'allow *', 'allow *')
  expect({ code, unseen }).toEqual({ code: 'left-over-watcher', unseen: [] })
  expect(offers).toMatchObject([{ approvals: 1, params: { address: dead.address, proof: 'proven' } }])
})

test('without the right to ask OSDs nobody is called gone, and a second person has to agree', async () => {
  const { code, unseen, offers } = await checkAs('blast', 'allow *', 'allow rx')
  expect(code).toBe('unexplained-watcher')
  expect(unseen).toContain('what else is watched on osd.0')
  expect(offers).toMatchObject([{ approvals: 2, params: { address: dead.address, proof: 'unproven' } }])
})

test('without the right to ask monitors for sessions nobody is called gone, and it says what it could not see', async () => {
  const { code, unseen, offers } = await checkAs('least', BLOCK, 'allow rx')
  expect(code).toBe('unexplained-watcher')
  expect(unseen).toEqual(
    expect.arrayContaining(['sessions of the monitors', 'what else is watched on osd.0']),
  )
  for (const offer of offers) expect(offer).toMatchObject({ approvals: 2, params: { proof: 'unproven' } })
})

test('with read alone the header of an image is not found, and nothing is said about its watchers', async () => {
  const { code, unseen, offers } = await checkAs('read', BLOCK, 'allow r')
  expect({ code, offers }).toEqual({ code: 'could-not-look', offers: [] })
  expect(unseen).toContain('watchers of `rbd/img`')
})
