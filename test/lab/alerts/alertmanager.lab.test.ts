import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  answerTo,
  buttons,
  checkIdOf,
  keyOf,
  now,
  press,
  said,
  waitForMessage,
} from '../../e2e/conversation.ts'
import { freePort, incident, lin, mei, type Stand, startStand } from '../../e2e/stand.ts'
import { startProgram } from '../../jobs/redis-server.ts'
import { createImage, type HeldWatch, holdWatch } from '../ceph/clients.ts'
import { type Ceph, startCeph, until } from '../ceph/cluster.ts'
import { realRedis } from '../queue/redis-processes.ts'
import { type Alertmanager, startAlertmanager } from './alertmanager.ts'

const TOKEN = 's3cret'
let ceph: Ceph
let stand: Stand
let sender: Alertmanager
let dead: HeldWatch

beforeAll(async () => {
  ceph = await startCeph({ watchTimeoutS: 600 })
  const { header } = await createImage(ceph, 'vol7')
  await holdWatch(ceph, { image: 'vol7', object: header })
  dead = await holdWatch(ceph, { image: 'vol7', object: header })
  dead.kill('SIGKILL')
  const port = await freePort()
  stand = await startStand({
    redis: await startProgram(realRedis()),
    slack: { strictRates: true },
    botEnv: { ALERT_TOKEN: TOKEN },
    config: {
      clusters: {
        lab: {
          ceph: { conf: ceph.conf },
          hosts: { 'lab-1': { addresses: ['127.0.0.1'], roles: ['ceph-admin'], transport: 'local' } },
        },
      },
      default_cluster: 'lab',
      alerts: {
        port,
        channel: incident,
        sources: { alertmanager: { kind: 'alertmanager', secret_env: 'ALERT_TOKEN' } },
        rules: {
          'stuck-volume': {
            match: { alertname: 'RbdReservationSlow', volume: 'image-(?<image>[a-z0-9-]+)' },
            check: 'check watchers rbd/{image} interval=4 cluster={cluster}',
          },
        },
      },
    },
  })
  sender = await startAlertmanager(`http://127.0.0.1:${port}/alerts/alertmanager`, TOKEN)
})
afterAll(async () => {
  await sender?.stop()
  await stand?.stop()
  await ceph?.stop()
})

const labels = { alertname: 'RbdReservationSlow', cluster: 'lab', volume: 'image-vol7', severity: 'critical' }
const roots = () => said(stand, 'incident-').filter((message) => !keyOf(message).endsWith('-lines'))

test('from amtool to a diagnosed thread with its button, across the death of the bot, to its end', async () => {
  await sender.fire(labels, '--annotation=summary=RESERVE on vol7 takes 40 s')
  const root = await waitForMessage(
    stand,
    (message) => /^incident-i\w+-\d+$/.test(keyOf(message)),
    'the first message',
  )
  expect(root.text).toContain('*Alert:* *RbdReservationSlow (cluster=lab)*')
  expect(root.text).toContain('RESERVE on vol7 takes 40 s')

  // its rule has started a check of the real cluster; the bot dies in the middle of it
  const checking = await waitForMessage(stand, (message) => keyOf(message).startsWith('root-'), 'the check')
  expect(checking.thread_ts).toBe(root.ts)
  await stand.bot.kill()
  // the next delivery finds nobody, so Alertmanager has to send it again
  await sender.fire({ ...labels, volume: 'image-none', severity: 'warning' })
  await until(async () => sender.log.some((line) => /connection refused/.test(line)))
  await stand.bot.start()

  const { finding } = await answerTo(stand, checkIdOf(checking))
  expect(finding.thread_ts).toBe(root.ts)
  expect(finding.text).toContain('A left-over watcher is on `rbd/vol7`')
  expect(finding.text).toContain(dead.address)
  expect(buttons(finding)).toEqual(['approve', 'reject', 'evidence', 'export', 'again'])
  await waitForMessage(
    stand,
    (message) => message.ts === root.ts && message.text.includes('2 of 2 firing'),
    'the second alert of the group in the same message',
  )

  const { response } = await stand.slack.command(lin, incident, 'status')
  const at = `${incident}/p${root.ts.replace('.', '')}`
  expect(JSON.stringify(response?.blocks)).toContain(`${at}|RbdReservationSlow (cluster=lab)>: 2 of 2 firing`)

  // whoever reads the alert's thread can act in it: the bot asked, so any approver may
  await press(stand, finding, 'approve', mei)
  const acting = await waitForMessage(
    stand,
    (message) =>
      keyOf(message).startsWith('acting-') && /^\*(Done|Not done|Stopped|It is)/.test(message.text),
    'the end of the remedy',
  )
  expect(acting.text).toMatch(/^\*Done\.\*/)
  expect(acting.thread_ts).toBe(root.ts)

  await sender.resolve(labels)
  await sender.resolve({ ...labels, volume: 'image-none', severity: 'warning' })
  const over = await waitForMessage(
    stand,
    (message) => message.ts === root.ts && message.text.includes('Resolved'),
    'its end',
  )
  expect(over.text).toMatch(/^\*Resolved\* after \d+ s: \*RbdReservationSlow \(cluster=lab\)\*/)
  expect(over.text).toContain('0 of 2 firing')
  expect(buttons(over), 'nothing is left to mute').toEqual([])
  const lines = await waitForMessage(
    stand,
    (message) =>
      keyOf(message).endsWith('-lines') && (message.text.match(/resolved after/g) ?? []).length === 2,
    'the account of it',
  )
  expect(now(stand, lines).thread_ts).toBe(root.ts)

  // all the while it was sent again every two seconds
  expect(roots()).toHaveLength(1)
  const checks = said(stand, 'root-').map(keyOf)
  expect(new Set(checks).size).toBe(checks.length)
  const thread = stand.slack.messages(root.channel, root.ts).map(keyOf)
  expect(new Set(thread).size, 'nothing is there twice').toBe(thread.length)
  expect(stand.slack.messages(root.channel)).toHaveLength(1)
  expect(stand.slack.calls.filter(({ tooEarly }) => tooEarly)).toEqual([])
})
