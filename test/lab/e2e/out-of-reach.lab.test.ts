import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { createImage, holdWatch } from '../ceph/clients.ts'
import { type Ceph, capture, type Printed, startCeph } from '../ceph/cluster.ts'
import { ask, buttons } from './conversation.ts'
import { processes } from './processes.ts'
import { cli, lin, type Product, startProduct, unwedge } from './product.ts'

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

type Run = (args: string[], env: NodeJS.ProcessEnv & { HOME: string }) => Promise<Printed>

/** `unwedge check watchers TARGET --json`, and how long it took. */
async function check(target: string, env: NodeJS.ProcessEnv, run: Run = unwedge) {
  const startedAt = Date.now()
  const ran = await run(['check', 'watchers', target, '--json'], { HOME: ceph.dir, ...env })
  const tookMs = Date.now() - startedAt
  if (!ran.stdout.startsWith('{')) throw new Error(`no JSON: ${ran.stdout}${ran.stderr}`)
  return { said: JSON.parse(ran.stdout) as Said, exitCode: ran.exitCode, tookMs }
}

/** The same on a machine that is like this one, but for Ceph's tools: /usr/bin as this one process sees it. */
const withoutCeph: Run = (args, env) => {
  const folder = mkdtempSync(join(ceph.dir, 'usr-bin-'))
  const script = [
    // of its own, because the folder itself may be on an overlay, which cannot carry another one
    `mount -t tmpfs tmpfs ${folder}`,
    `mkdir ${folder}/upper ${folder}/work`,
    `mount -t overlay overlay -o lowerdir=/usr/bin,upperdir=${folder}/upper,workdir=${folder}/work /usr/bin`,
    'rm /usr/bin/ceph /usr/bin/rados /usr/bin/rbd',
    'exec "$@"',
  ].join(' && ')
  const argv = ['--mount', 'sh', '-c', script, 'sh', process.execPath, cli, ...args]
  return capture('unshare', argv, { PATH: process.env.PATH, ...env })
}

/** The pid of the monitor; the lab's daemons write none down. */
function monitorOf({ dir }: Ceph): number {
  const monitor = processes().find(
    ({ argv: [program = '', ...args] }) =>
      program.endsWith('ceph-mon') && args.some((arg) => arg.startsWith(dir)),
  )
  if (!monitor) throw new Error('there is no monitor')
  return monitor.pid
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

  test('no Ceph tools on a host that should have them: says which are needed there', async () => {
    const config = join(ceph.dir, 'unwedge.yaml')
    const hosts = { 'lab-1': { roles: ['ceph-admin'] } }
    writeFileSync(config, stringify({ state_dir: join(ceph.dir, 'state'), clusters: { lab: { hosts } } }))
    const { said, exitCode, tookMs } = await check('rbd/img', { UNWEDGE_CONFIG: config }, withoutCeph)
    expect(said).toMatchObject({
      looked: false,
      findings: [{ code: 'could-not-look', verdict: 'inconclusive' }],
    })
    expect(JSON.stringify(said.findings)).toContain('The tools ceph, rados and rbd have to be installed')
    expect(exitCode).toBe(2)
    expect(tookMs).toBeLessThan(LIMIT_MS)
  })

  test('no Ceph tools and no configuration: says that nobody can look', async () => {
    const { said, exitCode } = await check('rbd/img', { CEPH_CONF: ceph.conf }, withoutCeph)
    expect(said).toMatchObject({
      looked: false,
      findings: [{ code: 'no-admin-host', verdict: 'inconclusive' }],
    })
    expect(exitCode).toBe(2)
  })

  test('a monitor that hangs: ends in Slack and in the terminal within seconds, naming what was not seen', async () => {
    const mon = monitorOf(ceph)
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
      expect(buttons(answer.finding)).toEqual(['evidence', 'export', 'again'])
      expect(answer.lastMs).toBeLessThan(LIMIT_MS)
      console.log(`with a hanging monitor: terminal ${tookMs} ms, Slack ${answer.lastMs} ms`)
    } finally {
      process.kill(mon, 'SIGCONT')
    }
    const { root } = await ask(product, lin, 'check watchers rbd/img interval=0')
    expect(root.text).toContain('look right: one client')
  })
})
