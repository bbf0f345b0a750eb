import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Message } from '../slack/server.ts'
import { answerTo, buttons, HEADER, keyOf, said, told, waitForMessage } from './conversation.ts'
import { incident, lin, mei, outside, PATIENT, type Stand, startStand } from './stand.ts'

vi.setConfig(PATIENT)

let stand: Stand
beforeAll(async () => {
  stand = await startStand()
})
afterAll(() => stand?.stop())

const WATCHERS = `root@node1:~# rados -p rbd listwatchers ${HEADER}
watcher=1.1.2.1:0/1193546917 client.4123 cookie=1
watcher=1.1.2.4:0/220114 client.9001 cookie=18446462598732840961
`
const isAnswer = (message: Message) => keyOf(message).startsWith('explain-')

/** What the bot answers next, in the thread of a message. */
function explanation(threadTs: string): Promise<Message> {
  return waitForMessage(stand, (m) => isAnswer(m) && m.thread_ts === threadTs, 'an explanation')
}

describe('Explain with unwedge', () => {
  test('answers in the thread, and its button runs the check there', async () => {
    const { ts } = await stand.slack.say(lin, incident, `look:\n\`\`\`\n${WATCHERS}\`\`\``)
    const { acked, ackMs } = await stand.slack.shortcut(lin, incident, ts, 'explain')
    expect(acked).toBe(true)
    expect(ackMs).toBeLessThan(3000)
    const answer = await explanation(ts)
    for (const named of ['1.1.2.1:0/1193546917', 'client.4123', '18446462598732840961', HEADER])
      expect(answer.text).toContain(named)
    expect(buttons(answer)).toContain('next-1')
    expect(JSON.stringify(answer.blocks)).toContain(`Run: check watchers ${HEADER}`)

    const known = said(stand, 'root-').length
    expect((await stand.slack.click(mei, incident, answer.ts, 'next-1')).acked).toBe(true)
    const root = await waitForMessage(
      stand,
      (m) => keyOf(m).startsWith('root-') && m.thread_ts === ts,
      'the check in the thread',
    )
    expect(said(stand, 'root-')).toHaveLength(known + 1)
    const { finding } = await answerTo(stand, keyOf(root).slice('root-'.length))
    expect(finding.thread_ts).toBe(ts)
    expect(finding.text).toContain('left-over watcher')
    // whoever pressed is who asked
    expect(finding.text).toMatch(new RegExp(`not from <@${mei}>`))
  })

  test('never pings anybody with what was pasted', async () => {
    const nasty = `watcher=1.1.2.1:0/7 client.1 cookie=1 <!channel> <!here> <@${mei}> <https://evil.example/|x> \`\`\` *a*`
    // as the API would let another app post it: unescaped
    const { ts } = await stand.slack.say(lin, incident, 'x')
    const shown = await stand.slack.event({
      type: 'app_mention',
      user: lin,
      text: `<@${stand.slack.bot.userId}> explain ${nasty}`,
      channel: incident,
      ts,
      event_ts: ts,
    })
    expect(shown.acked).toBe(true)
    const answer = await explanation(ts)
    const all = JSON.stringify([answer.text, answer.blocks])
    expect(all).not.toMatch(/<!(?:channel|here)|<@U|<https?:/)
  })

  test('is given to whoever asked where the bot may not write', async () => {
    const { ts } = await stand.slack.say(lin, outside, WATCHERS)
    expect((await stand.slack.shortcut(lin, outside, ts, 'explain')).acked).toBe(true)
    await expect.poll(() => told(stand, lin), { timeout: 20_000 }).toContain('1.1.2.1')
  })

  test('is said once, however often Slack delivers it', async () => {
    const { ts } = await stand.slack.say(lin, incident, WATCHERS)
    const delivery = await stand.slack.shortcut(lin, incident, ts, 'explain')
    await stand.slack.redeliver(delivery)
    await explanation(ts)
    const again = await stand.slack.mention(lin, incident, `explain nothing of ours`)
    await explanation(again.ts)
    expect(said(stand, 'explain-').filter((m) => m.thread_ts === ts)).toHaveLength(1)
  })
})

describe('@unwedge explain', () => {
  test('reads the text behind the word', async () => {
    const { ts } = await stand.slack.mention(lin, incident, `explain\n${WATCHERS}`)
    expect((await explanation(ts)).text).toContain('client.9001')
  })

  test('reads the first message of the thread it stands in', async () => {
    const { ts } = await stand.slack.say(lin, incident, WATCHERS)
    await stand.slack.mention(mei, incident, 'explain', ts)
    expect((await explanation(ts)).text).toContain('client.9001')
  })

  test('reads an uploaded file, with the bot’s token', async () => {
    const noise = Array.from(
      { length: 30_000 },
      (_, n) => `Nov 20 10:00:00 node1 app[7]: nothing ${n}\n`,
    ).join('')
    const { ts } = await stand.slack.upload(
      lin,
      incident,
      [{ name: 'out.txt', content: noise + WATCHERS }],
      `@${stand.slack.bot.name} explain`,
    )
    const answer = await explanation(ts)
    expect(answer.text).toContain('client.9001')
    expect(answer.text).toContain('out.txt')
  })

  test('reads the file of the thread’s first message', async () => {
    const { ts } = await stand.slack.upload(lin, incident, [{ name: 'out.txt', content: WATCHERS }], 'here')
    await stand.slack.mention(mei, incident, 'explain', ts)
    expect((await explanation(ts)).text).toContain('client.9001')
  })

  test.each([
    ['a picture', { name: 'a.png', content: 'x', mimetype: 'image/png' }, /is no text \(image\/png\)/],
    ['a binary file', { name: 'a.log', content: Buffer.alloc(5000, 1) }, /binary/],
    ['an empty file', { name: 'a.log', content: '' }, /empty/],
    [
      'a file that is too large',
      { name: 'a.log', content: Buffer.alloc(20_000_001, 'x') },
      /too large.*unwedge triage/,
    ],
  ])('says so in one line for %s', async (_, file, words) => {
    const { ts } = await stand.slack.upload(lin, incident, [file], `@${stand.slack.bot.name} explain`)
    expect((await explanation(ts)).text).toMatch(words)
  })

  test('says what to do when there is nothing to explain', async () => {
    const { ts } = await stand.slack.mention(lin, incident, 'explain')
    expect((await explanation(ts)).text).toMatch(/no text to explain/)
  })

  test('says in one line that a text is unknown', async () => {
    const { ts } = await stand.slack.mention(lin, incident, 'explain the quick brown fox')
    expect((await explanation(ts)).text).toMatch(/Unknown text/)
  })

  test('masks secrets', async () => {
    const { ts } = await stand.slack.mention(
      lin,
      incident,
      'explain\n[client.admin]\n\tkey = AQDSNm9mAAAAABAAq0x3vYkYq2nVtqXb5t0Q9A==\nwatcher=1.1.2.1:0/7 client.1 cookie=1 password=hunter2',
    )
    expect(JSON.stringify(await explanation(ts))).not.toMatch(/AQDSNm9|hunter2/)
  })
})
