import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createImage, holdWatch } from '../ceph/clients.ts'
import { type Ceph, startCeph } from '../ceph/cluster.ts'
import { ask, buttons } from './conversation.ts'
import { lin, type Product, startProduct, unwedge } from './product.ts'

// the tools' own patience is minutes; what we give them is seconds
const LIMIT_MS = 20_000

let ceph: Ceph
let product: Product

beforeAll(async () => {
  ceph = await startCeph({ watchTimeoutS: 600 })
  const { header } = await createImage(ceph, 'img')
  await holdWatch(ceph, { image: 'img', object: header })
  product = await startProduct({ lab: { conf: ceph.conf, addresses: ['127.0.0.1'] } })
})
afterAll(async () => {
  await product?.stop()
  await ceph?.stop()
})

type Said = {
  looked: boolean
  findings: { code: string; verdict: string; summary: string }[]
  unseen: { what: string; why: string }[]
  offers: unknown[]
}

/** `unwedge check watchers TARGET --json` without a configuration, and how long it took. */
async function check(target: string, env: NodeJS.ProcessEnv) {
  const startedAt = Date.now()
  const ran = await unwedge(['check', 'watchers', target, 'cluster=local', '--json'], env)
  const tookMs = Date.now() - startedAt
  if (!ran.stdout.startsWith('{')) throw new Error(`no JSON: ${ran.stdout}${ran.stderr}`)
  return { said: JSON.parse(ran.stdout) as Said, exitCode: ran.exitCode, tookMs }
}

describe('what is not there', () => {
  test.each([
    ['an image', 'rbd/nosuch', 'no-such-object'],
    ['a pool', 'nosuch/img', 'no-such-object'],
    ['a header', 'rbd_header.0123456789ab', 'no-such-object'],
  ])('%s: says so, and calls nothing healthy', async (_, target, code) => {
    const { said, exitCode, tookMs } = await check(target, { CEPH_CONF: ceph.conf })
    expect(said).toMatchObject({ looked: false, findings: [{ code, verdict: 'inconclusive' }], offers: [] })
    expect(said.findings[0]?.summary).toContain('There is no')
    expect(exitCode).toBe(2)
    expect(tookMs).toBeLessThan(LIMIT_MS)
  })
})

describe('what cannot be looked at', () => {
  test('a wrong key: says that it was refused, and by whom it has to be mended', async () => {
    const keyring = join(ceph.dir, 'wrong.keyring')
    const conf = join(ceph.dir, 'wrong.conf')
    writeFileSync(keyring, '[client.admin]\n\tkey = AQBNR0FnAAAAABAAb8f3mZ0jcZkQh6cWb1sY5A==\n')
    writeFileSync(conf, readFileSync(ceph.conf, 'utf8').replace(/^keyring = .*$/m, `keyring = ${keyring}`))
    const { said, exitCode, tookMs } = await check('rbd/img', { CEPH_CONF: conf })
    expect(said).toMatchObject({
      looked: false,
      findings: [{ code: 'could-not-look', verdict: 'inconclusive' }],
    })
    expect(said.unseen[0]?.what).toContain('watchers of')
    expect(said.unseen[0]?.why).toMatch(/refus|denied|key/i)
    expect(exitCode).toBe(2)
    expect(tookMs).toBeLessThan(LIMIT_MS)
  })

  test("no Ceph tools on this machine's PATH: says which are needed", async () => {
    const folder = join(ceph.dir, 'tools')
    mkdirSync(folder)
    for (const tool of ['ceph', 'rados', 'rbd']) {
      // found before the real one, and cannot be run: there is no such interpreter
      writeFileSync(join(folder, tool), '#!/nonexistent\n')
      chmodSync(join(folder, tool), 0o755)
    }
    const { said, exitCode, tookMs } = await check('rbd/img', {
      CEPH_CONF: ceph.conf,
      PATH: `${folder}:${process.env.PATH}`,
    })
    expect(said).toMatchObject({ looked: false, findings: [{ verdict: 'inconclusive' }] })
    expect(JSON.stringify(said.findings)).toMatch(/ceph, rados and rbd|ceph-admin/)
    expect(exitCode).toBe(2)
    expect(tookMs).toBeLessThan(LIMIT_MS)
  })

  test('a monitor that hangs: ends in Slack and in the terminal within seconds, naming what was not seen', async () => {
    const mon = Number(readFileSync(join(ceph.dir, 'run', 'mon.a.pid'), 'utf8'))
    process.kill(mon, 'SIGSTOP')
    try {
      const [{ said, exitCode, tookMs }, answer] = await Promise.all([
        check('rbd/img', { CEPH_CONF: ceph.conf }),
        ask(product, lin, 'check watchers rbd/img'),
      ])
      expect(said).toMatchObject({
        looked: false,
        findings: [{ code: 'could-not-look', verdict: 'inconclusive' }],
      })
      expect(exitCode).toBe(2)
      expect(tookMs).toBeLessThan(LIMIT_MS)
      expect(answer.root.text).toContain('I could not look at the watchers of `rbd/img`')
      expect(answer.finding.text).toMatch(/Could not look at: .*watchers of `rbd\/img`.*OSD map/)
      expect(buttons(answer.finding)).toEqual(['evidence', 'again'])
      expect(answer.lastMs).toBeLessThan(LIMIT_MS)
      console.log(`with a hanging monitor: terminal ${tookMs} ms, Slack ${answer.lastMs} ms`)
    } finally {
      process.kill(mon, 'SIGCONT')
    }
    const { root } = await ask(product, lin, 'check watchers rbd/img interval=0')
    expect(root.text).toContain('look right: one client')
  })
})
