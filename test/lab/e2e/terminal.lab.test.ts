import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createImage, type HeldWatch, holdWatch } from '../ceph/clients.ts'
import { type Ceph, startCeph } from '../ceph/cluster.ts'
import { unwedge } from './product.ts'

let ceph: Ceph
let folder: string
let living: HeldWatch
let dying: HeldWatch

beforeAll(async () => {
  ceph = await startCeph({ watchTimeoutS: 600 })
  folder = mkdtempSync(join(tmpdir(), 'unwedge-terminal-'))
  const { header } = await createImage(ceph, 'img')
  living = await holdWatch(ceph, { image: 'img', object: header })
  dying = await holdWatch(ceph, { image: 'img', object: header })
})
afterAll(async () => {
  await ceph?.stop()
  rmSync(folder, { recursive: true, force: true })
})

// no configuration, no Slack, no Redis: this machine is the one host, and Ceph's tools find their cluster as ever
const check = (...args: string[]) =>
  unwedge(['check', 'watchers', ...args], { HOME: folder, CEPH_CONF: ceph.conf })
const codesOf = (json: string) => JSON.parse(json).findings.map(({ code }: { code: string }) => code)

test('nothing wrong ends with 0, and says who watches', async () => {
  const ran = await check('rbd/img', 'interval=3')
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' })
  expect(ran.stdout).toMatch(/^Two clients watch `rbd\/img`, and all of them are in use/)
  expect(ran.stdout).toContain(living.address)
  expect(ran.stdout).toContain('Could not look at: –')
})

test('something wrong ends with 1; its recording gives the same findings anywhere, any time', async () => {
  dying.kill('SIGKILL')
  const file = join(folder, 'seen.json')
  const ran = await check('rbd/img', 'interval=4', '--json', '--record', file)
  expect(ran.exitCode).toBe(1)
  const live = JSON.parse(ran.stdout)
  expect(codesOf(ran.stdout)[0]).toBe('left-over-watcher')
  expect(live.offers).toMatchObject([
    { remedy: 'blocklist', approvals: 1, params: { address: dying.address } },
  ])

  // never printed: it holds the processes of this machine
  const recorded = readFileSync(file, 'utf8')
  expect(recorded.includes((await ceph.run('ceph', 'auth', 'get-key', 'client.admin')).stdout)).toBe(false)

  await ceph.stop()
  const replayed = await unwedge(['replay', file, '--json'], { HOME: folder })
  expect(replayed.exitCode).toBe(1)
  expect(JSON.parse(replayed.stdout)).toEqual(live)
  const inWords = await unwedge(['replay', file], { HOME: folder })
  expect(inWords.stdout).toMatch(/^A left-over watcher is on `rbd\/img`/)
  expect(inWords.stdout).toContain(`block \`${dying.address}\` for at most 1 h`)
})

test('what cannot be looked at, or is not understood, ends with 2 and says what to do', async () => {
  const nowhere = { HOME: folder, CEPH_CONF: join(folder, 'none.conf') }
  const blind = await unwedge(['check', 'watchers', 'rbd/img', '--json'], nowhere)
  expect(blind.exitCode).toBe(2)
  await expect(check('--rbd')).resolves.toMatchObject({ exitCode: 2, stdout: '' })
  const typo = await unwedge(['check', 'wachers', 'rbd/img'], { HOME: folder })
  expect(typo).toMatchObject({ exitCode: 2, stdout: '' })
  expect(typo.stderr).toContain('Did you mean: unwedge check watchers rbd/img')
  await expect(unwedge(['replay', join(folder, 'none.json')], { HOME: folder })).resolves.toMatchObject({
    exitCode: 2,
  })
})
