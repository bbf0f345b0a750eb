import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AuditEntry } from '../../../jobs/audit-chain.ts'
import { createImage, type HeldWatch, holdWatch } from '../ceph/clients.ts'
import { type Ceph, startCeph, until } from '../ceph/cluster.ts'
import { type Answer, ask, buttons, ending, now } from './conversation.ts'
import { incident, lin, mei, type Product, startProduct, tomas } from './product.ts'

let ceph: Ceph
let product: Product
let image: { id: string; header: string }
let living: HeldWatch
let dying: HeldWatch

beforeAll(async () => {
  // so long that the watch of a killed client is still there when people have decided
  ceph = await startCeph({ watchTimeoutS: 600 })
  image = await createImage(ceph, 'img')
  living = await holdWatch(ceph, { image: 'img', object: image.header })
  dying = await holdWatch(ceph, { image: 'img', object: image.header })
  product = await startProduct({ lab: { conf: ceph.conf, addresses: ['127.0.0.1'] } })
})
afterAll(async () => {
  await product?.stop()
  await ceph?.stop()
})

const blocklist = async () => (await ceph.run('ceph', 'osd', 'blocklist', 'ls', '-f', 'json')).stdout.trim()
const watchers = async () => (await ceph.run('rados', '-p', 'rbd', 'listwatchers', image.header)).stdout

describe('an image that two living clients have open', () => {
  test.each([
    ['named as pool and image', () => 'rbd/img'],
    ['named by its header object', () => image.header],
  ])('%s: both are seen to live, and nothing is offered', async (_, target) => {
    const { finding, root } = await ask(product, lin, `check watchers ${target()} interval=3`)
    expect(root.text).toContain('Two clients watch')
    expect(finding.text).toContain('all of them are in use')
    for (const { address } of [living, dying]) expect(finding.text).toContain(address)
    expect(finding.text).toContain('it keeps a session with a monitor')
    expect(buttons(finding)).toEqual(['evidence', 'export', 'again'])
  })
})

describe('a client that was killed while it had the image open', () => {
  let answer: Answer
  let before: string

  beforeAll(async () => {
    before = await blocklist()
    dying.kill('SIGKILL')
    answer = await ask(product, lin, `check watchers ${image.header} interval=5`)
  })

  test('is found, proven gone, and told from the one that lives', () => {
    const { finding, root, firstMs, lastMs } = answer
    expect(root.text).toContain('A left-over watcher is on `rbd/img`')
    const lines = finding.text.split('\n')
    expect(lines.find((line) => line.includes(dying.address))).toMatch(
      /no monitor has a session.*Left over, proven\.$/,
    )
    expect(lines.find((line) => line.includes(living.address))).toMatch(
      /session with a monitor.*In use, leave it\.$/,
    )
    expect(finding.text).toContain(`block \`${dying.address}\` for at most 1 h`)
    expect(finding.text).toContain('Could not look at: –')
    expect(buttons(finding)).toEqual(['approve', 'reject', 'evidence', 'export', 'again'])
    console.log(`first answer after ${firstMs} ms, last word after ${lastMs} ms (5 s between the looks)`)
    expect(firstMs).toBeLessThan(5000 + 10_000)
  })

  test('is not blocked by the one who asked', async () => {
    await product.slack.click(lin, incident, answer.finding.ts, 'approve')
    const told = () => product.slack.ephemerals(lin).at(-1)?.text ?? ''
    await until(async () => /asked|yourself|someone else/i.test(told()))
    expect(buttons(now(product, answer.finding))).toContain('approve')
    expect(await blocklist()).toBe(before)
  })

  test('is blocked when another one approves; then its watch is gone and the blocklist as before', async () => {
    const clickedAt = Date.now()
    // the second click comes while the first one's remedy runs
    await Promise.all(
      [mei, tomas].map((user) => product.slack.click(user, incident, answer.finding.ts, 'approve')),
    )
    const told = await ending(product, answer)
    expect(told.text).toMatch(/^\*Done\.\*/)
    expect(told.text).toContain(`blocked \`${dying.address}\``)
    for (const step of [
      'looked again: unchanged',
      'its watch is gone',
      'block removed',
      'the blocklist is as before',
    ])
      expect(told.text).toContain(step)
    expect(buttons(now(product, answer.finding))).toEqual(['evidence', 'export', 'again'])

    expect(await blocklist()).toBe(before)
    const left = await watchers()
    expect(left).toContain(living.address)
    expect(left).not.toContain(dying.address)
    await expect(ceph.run('rbd', 'info', 'img')).resolves.toMatchObject({ exitCode: 0 })
    expect(living.said()).not.toContain('error')
    console.log(`from the click to the last word: ${Date.now() - clickedAt} ms`)
  })

  test('leaves a record of every decision and step that can be verified', async () => {
    const exported = await product.cli('audit', 'export')
    const file = join(ceph.dir, 'audit.jsonl')
    writeFileSync(file, exported.stdout)
    const trail = exported.stdout
      .trim()
      .split('\n')
      .map((line) => AuditEntry.parse(JSON.parse(line)))
    const approvedAt = trail.find(({ action }) => action === 'approved')?.at ?? 0
    const story = trail.map(
      ({ at, action, detail }) => `${at - approvedAt} ms ${action} ${String(detail.step ?? '')}`,
    )
    console.log(`after the approval:\n  ${story.join('\n  ')}`)
    expect(trail.map(({ action }) => action)).toEqual([
      'offered',
      'approved',
      'started',
      'about-to',
      'did',
      'about-to',
      'did',
      'ended',
    ])
    expect(trail.filter(({ action }) => action === 'about-to').map(({ detail }) => detail.argv)).toEqual([
      expect.stringContaining(`blocklist add ${dying.address} 3600`),
      expect.stringContaining(`blocklist rm ${dying.address}`),
    ])
    const whole = await product.cli('audit', 'verify', file, '--head', trail.at(-1)?.hash ?? '')
    expect(whole.stdout).toContain('The trail is whole')
    writeFileSync(file, exported.stdout.replace(dying.address, living.address))
    await expect(product.cli('audit', 'verify', file)).resolves.toMatchObject({ exitCode: 1 })
  })

  test('is no longer there for the next check, which finds the other one alone', async () => {
    const { root, finding } = await ask(product, mei, 'check watchers rbd/img interval=3')
    expect(root.text).toContain('look right: one client')
    expect(finding.text).toContain(living.address)
    expect(buttons(finding)).toEqual(['evidence', 'export', 'again'])
  })
})
