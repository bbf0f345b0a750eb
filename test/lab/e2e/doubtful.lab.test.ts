import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createImage, type HeldWatch, holdWatch } from '../ceph/clients.ts'
import { type Ceph, startCeph, until } from '../ceph/cluster.ts'
import { type Answer, ask, buttons, ending, now } from './conversation.ts'
import { incident, lin, mei, type Product, startProduct, tomas } from './product.ts'

let ceph: Ceph
let product: Product

beforeAll(async () => {
  ceph = await startCeph({ watchTimeoutS: 600 })
  product = await startProduct({
    lab: { conf: ceph.conf, addresses: ['127.0.0.1'] },
    // the same Ceph; but the hosts of its clients are in nobody's inventory
    strangers: { conf: ceph.conf, addresses: [] },
  })
})
afterAll(async () => {
  await product?.stop()
  await ceph?.stop()
})

const blocklist = async () => (await ceph.run('ceph', 'osd', 'blocklist', 'ls', '-f', 'json')).stdout
const watchers = async (header: string) =>
  (await ceph.run('rados', '-p', 'rbd', 'listwatchers', header)).stdout

describe('a client that is stopped, not dead', () => {
  test('is taken for alive, because its session with a monitor is there: nothing is offered', async () => {
    const { header } = await createImage(ceph, 'stopped')
    const stopped = await holdWatch(ceph, { image: 'stopped', object: header })
    await holdWatch(ceph, { image: 'stopped', object: header })
    stopped.kill('SIGSTOP')
    const { finding } = await ask(product, lin, 'check watchers rbd/stopped interval=4')
    const line = finding.text.split('\n').find((each) => each.includes(stopped.address))
    expect(line).toMatch(/session with a monitor.*In use, leave it\.$/)
    expect(buttons(finding)).toEqual(['evidence', 'export', 'again'])
  })
})

describe('a client of which nobody can tell whether it lives', () => {
  let header: string
  let living: HeldWatch
  let dead: HeldWatch
  let answer: Answer

  beforeAll(async () => {
    header = (await createImage(ceph, 'doubtful')).header
    living = await holdWatch(ceph, { image: 'doubtful', object: header })
    dead = await holdWatch(ceph, { image: 'doubtful', object: header })
    dead.kill('SIGKILL')
    answer = await ask(product, lin, 'check watchers rbd/doubtful cluster=strangers interval=4')
  })

  /** Clicks the typed approval and fills in the dialog that opens. */
  async function approveTyped(user: string, typed: string) {
    await product.slack.click(user, incident, answer.finding.ts, 'approve-typed')
    const view = product.slack.views(user).at(-1)
    if (!view) throw new Error(`no dialog opened for ${user}`)
    return { view, submitted: await product.slack.submitView(user, view.id, { address: typed, typed }) }
  }

  test('is not called gone: two people and the address typed in are asked for', () => {
    expect(answer.root.text).toContain(`I can't tell whether \`${dead.address}\` is alive`)
    expect(answer.finding.text).toContain('*2 approvals* and the address typed in')
    expect(answer.finding.text).toContain(`no host of the inventory has the address`)
    expect(buttons(answer.finding)).toEqual(['approve-typed', 'reject', 'evidence', 'export', 'again'])
  })

  test('is not blocked on a wrong address, nor by the first of two', async () => {
    const wrong = await approveTyped(mei, living.address)
    expect(wrong.submitted).toMatchObject({ closed: false, errors: { address: expect.any(String) } })
    await product.slack.closeView(mei, wrong.view.id)
    const right = await approveTyped(mei, dead.address)
    expect(right.submitted).toMatchObject({ closed: true })
    await until(async () => now(product, answer.finding).text.includes(`Approved so far: <@${mei}>`))
    const again = await approveTyped(mei, dead.address)
    expect(again.submitted.closed).toBe(false)
    await product.slack.closeView(mei, again.view.id)
    expect(await blocklist()).not.toContain(dead.address)
  })

  test('is blocked when the second agrees, and stays blocked; the way back needs two again', async () => {
    expect((await approveTyped(tomas, dead.address)).submitted).toMatchObject({ closed: true })
    const told = await ending(product, answer)
    expect(told.text).toMatch(/^\*Done\.\*/)
    expect(told.text).toContain('It stays blocked until')
    expect(told.text).not.toContain('block removed')
    expect(await blocklist()).toContain(dead.address)
    const left = await watchers(header)
    expect(left).toContain(living.address)
    expect(left).not.toContain(dead.address)
    expect(told.text).toContain('lift the block early')
    expect(told.text).toContain('*2 approvals*')

    await product.slack.click(mei, incident, told.ts, 'approve')
    expect(await blocklist()).toContain(dead.address)
    await product.slack.click(tomas, incident, told.ts, 'approve')
    await until(async () => !(await blocklist()).includes(dead.address), 60_000)
    const lifted = await ending(product, answer, told.ts)
    expect(lifted.text).toContain(`\`${dead.address}\` is not blocked any more`)
    expect(await watchers(header)).toContain(living.address)
  })
})
