import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  answerTo,
  ask,
  check,
  checkIdOf,
  checkLine,
  keyOf,
  press,
  said,
  told,
  waitForMessage,
} from './conversation.ts'
import { incident, lin, mei, outside, PATIENT, type Stand, startStand } from './stand.ts'

vi.setConfig(PATIENT)

let stand: Stand
beforeAll(async () => {
  stand = await startStand({ clusters: ['demo', 'other'] })
})
afterAll(() => stand?.stop())

const H = 'rbd_header.7mjm6dk28jaj3'

describe('what cannot be understood', () => {
  let before = 0
  beforeAll(() => {
    before = said(stand).length
  })
  afterEach(async () => {
    expect(said(stand), 'nobody else sees anything of it').toHaveLength(before)
    expect(await stand.audit()).toEqual([])
  })

  // what is typed → what the answer says, what it suggests
  const wrong: [string, string, RegExp, RegExp?][] = [
    [
      'a misspelt check',
      `check wachers ${H}`,
      /don't know a check called `wachers`/,
      /Did you mean: `\/unwedge check watchers rbd_header/,
    ],
    [
      'a misspelt verb',
      `chek watchers ${H}`,
      /don't know `chek`/,
      /Did you mean: `\/unwedge check watchers rbd_header/,
    ],
    [
      'a check without its verb',
      `watchers ${H}`,
      /without the word `check`/,
      /Did you mean: `\/unwedge check watchers/,
    ],
    ['no check at all', 'check', /Which check\? I know `watchers`/],
    [
      'no target',
      'check watchers',
      /needs &lt;rbd_header\.ID/,
      /For instance: `\/unwedge check watchers rbd_header/,
    ],
    [
      'an unknown cluster',
      `check watchers ${H} cluster=dmo`,
      /no cluster `dmo`; I know `demo`, `other`/,
      /Did you mean: `.* cluster=demo`/,
    ],
    [
      'a cluster like nothing',
      `check watchers ${H} cluster=zzzzzzzzzz`,
      /no cluster `zzzzzzzzzz`/,
      /For instance: /,
    ],
    [
      'a misspelt option',
      `check watchers ${H} pol=rbd`,
      /`pol=` is not an option/,
      /Did you mean: `.*pool=rbd`/,
    ],
    ['an option twice', `check watchers ${H} pool=a pool=b`, /`pool=` stands there twice/],
    ['two targets', `check watchers ${H} rbd/vol7`, /One target at a time/],
    ['what a tool would take for an option', 'check watchers --foo', /looks like an option of a program/],
    ['an option as a value', `check watchers ${H} pool=--foo`, /`pool=` takes the name of a pool/],
    [
      'a malformed header',
      'check watchers rbd_header.XYZ!',
      /can't stand in a target|digits and small letters/,
    ],
    ['shell metacharacters', `check watchers rbd/vol7;reboot`, /`;` can't stand in a target/],
    ['a substitution', 'check watchers rbd/$(reboot)', /`\$` can't stand in a target/],
    ['a redirection', 'check watchers rbd/vol>x', /can't stand in a target/],
    ['backticks', 'check watchers rbd/`reboot`', /A backtick can't stand in a target/],
    ['emoji', 'check watchers rbd/💥', /`💥` can't stand in a target/],
    ['emoji as a check', 'check 💥💥', /don't know a check called `💥💥`/],
    [
      'right-to-left marks',
      'check watchers rbd/\u202evol7',
      /An invisible character can't stand in a target/,
    ],
    ['a path', 'check watchers ../../etc/passwd', /Too many `\/`|not a target/],
    ['a channel ping', '<!channel> help', /don't know/],
    ['a ping as a target', 'check watchers <!channel>', /can't stand in a target|not a target/],
    ['a mention as a check', 'check <@U0MEI00001>', /don't know a check called/],
    ['a ping as a value', `check watchers ${H} cluster=<!here>`, /no cluster/],
    ['10,000 characters', `check watchers ${'x'.repeat(10_000)}`, /at most 1000/],
    ['a long word', `check ${'y'.repeat(900)}`, /don't know a check called `y{60}…`/],
    ['NUL and control characters', 'check watchers rbd/a\u0000\u001bb', /An invisible character can't stand/],
  ]

  test.each(wrong)(
    '%s gets a clear answer, only to who typed it, and starts nothing',
    async (_, text, problem, hint) => {
      const delivery = await stand.slack.command(lin, incident, text)
      expect(delivery.acked).toBe(true)
      expect(delivery.response).toMatchObject({ response_type: 'ephemeral' })
      const answer = String(delivery.response?.text)
      expect(answer).toMatch(problem)
      if (hint) expect(answer).toMatch(hint)
      expect(JSON.stringify(delivery.response), 'nobody is pinged').not.toMatch(/<[!@#]/)
      expect(answer.length).toBeLessThan(1000)
      expect(stand.slack.calls.at(-1), 'Slack would show it').toMatchObject({ method: 'ack', ok: true })
    },
  )
})

describe('what answers at once', () => {
  test.each([
    ['nothing', '', /check watchers rbd_header/],
    ['help', 'help', /check watchers rbd_header.*Clusters: \*demo\*, \*other\*/s],
    ['HELP', 'HELP', /Clusters/],
    ['help about one check', 'help watchers', /`interval=` seconds between the two looks/],
    ['help about nothing', 'help wachers', /no help about `wachers`/],
    ['status', 'status', /\*demo\*: 1 worker, 0 running, 0 waiting.*none waits for anyone/s],
  ])('%s', async (_, text, answer) => {
    const { response } = await stand.slack.command(lin, incident, text)
    expect(response).toMatchObject({ response_type: 'ephemeral', text: expect.stringMatching(answer) })
  })

  test('status names an offer that waits, and where', async () => {
    const { finding } = await check(stand, 'other')
    const { response } = await stand.slack.command(mei, incident, 'status')
    expect(response?.text).toMatch(
      /block the left-over watcher on \*other\*: waits for approval until .*<#C0INCIDENT>/,
    )
    await press(stand, finding, 'reject', mei)
  })
})

describe('a mention', () => {
  test('in a channel opens a thread under the answer', async () => {
    const known = new Set(said(stand, 'root-').map(keyOf))
    await stand.slack.mention(lin, incident, checkLine('demo'))
    const root = await waitForMessage(
      stand,
      (message) => keyOf(message).startsWith('root-') && !known.has(keyOf(message)),
      'the first message',
    )
    const { finding } = await answerTo(stand, checkIdOf(root))
    expect(finding.thread_ts).toBe(root.ts)
  })

  test('in a thread is answered in that thread, and so is what is wrong with it', async () => {
    const thread = await stand.slack.say(lin, incident, 'RESERVE takes 40 s on vol7')
    await stand.slack.mention(mei, incident, checkLine('demo'), thread.ts)
    const isAnswer = (text: RegExp) => (message: { thread_ts?: string; text: string }) =>
      message.thread_ts === thread.ts && text.test(message.text)
    await waitForMessage(stand, isAnswer(/Could not look at/), 'the finding')
    await stand.slack.mention(mei, incident, 'check wachers <!channel>', thread.ts)
    const refusal = await waitForMessage(stand, isAnswer(/Did you mean/), 'the refusal')
    expect(refusal.text).not.toContain('<!')
    expect(
      stand.slack.messages(incident, thread.ts).filter(({ user }) => user === stand.slack.bot.userId),
    ).toHaveLength(3)
  })

  test('that Slack delivers three times is one check, and one answer when it is wrong', async () => {
    const before = said(stand).length
    const right = await stand.slack.mention(lin, incident, checkLine('demo'))
    const wrong = await stand.slack.mention(lin, incident, 'check wachers x')
    for (const delivery of [right, right, wrong, wrong]) await stand.slack.redeliver(delivery)
    const newest = (await check(stand)).checkId
    await waitForMessage(stand, ({ text }) => text.includes('`wachers`'), 'the refusal')
    const mine = said(stand).filter((message) => !keyOf(message).endsWith(newest))
    const roots = mine.filter((message) => keyOf(message).startsWith('root-'))
    await answerTo(stand, checkIdOf(roots.at(-1)!))
    // a root and a finding for the one, an answer for the other
    expect(said(stand).filter((message) => !keyOf(message).endsWith(newest)).length - before).toBe(3)
  })
})

describe('buttons of a check', () => {
  test('"Show evidence" puts every command and what it printed into the thread', async () => {
    const { finding, root } = await check(stand)
    await press(stand, finding, 'evidence')
    const file = await waitForMessage(
      stand,
      (message) => message.thread_ts === root.ts && (message.files ?? []).length > 0,
      'the evidence',
    )
    const text = await (await fetch(file.files![0]!.url)).text()
    expect(text).toContain('listwatchers rbd_header.7mjm6dk28jaj3')
    expect(text).toContain('watcher=1.1.2.1:0/1193546917 client.4123 cookie=1')
  })

  test('"Check again" looks again in the same channel, for whoever pressed it', async () => {
    const { finding } = await check(stand)
    const before = new Set(said(stand, 'root-').map(keyOf))
    await press(stand, finding, 'again', mei)
    const root = await waitForMessage(
      stand,
      (message) => keyOf(message).startsWith('root-') && !before.has(keyOf(message)),
      'the new check',
    )
    const again = await answerTo(stand, checkIdOf(root))
    expect(again.root.text).toContain(`for <@${mei}>`)
  })

  test('"Cancel" ends a check that runs, and says so', async () => {
    const slow = `check watchers ${H} interval=600 cluster=demo`
    const id = await ask(stand, slow)
    const root = await waitForMessage(
      stand,
      (message) => keyOf(message) === `root-${id}` && message.text.includes(' seen'),
      'progress',
    )
    await waitForMessage(stand, (message) => keyOf(message) === `finding-${id}`, 'the first look')
    await press(stand, root, 'cancel', mei)
    const ended = await waitForMessage(
      stand,
      (message) => keyOf(message) === `root-${id}` && message.text.includes('No answer'),
      'the end',
    )
    expect(ended.text).toMatch(/it was cancelled.*Nothing was changed/s)
    const first = await waitForMessage(
      stand,
      (message) => keyOf(message) === `finding-${id}` && message.text.includes('First look only'),
      'the first look, ended',
    )
    expect(first?.text ?? '', 'the first look does not promise a second').not.toContain(
      'A second one follows',
    )
    await stand.slack.redeliver(await press(stand, ended, 'again', mei))
  })
})

test('a check asked for where the bot is not a member is answered directly, and is not lost', async () => {
  const delivery = await stand.slack.command(lin, outside, checkLine())
  expect(delivery.acked).toBe(true)
  const direct = await waitForMessage(
    stand,
    (message) => message.channel.startsWith('D') && message.text.includes('left-over watcher'),
    'a direct message',
  )
  await waitForMessage(
    stand,
    (message) => message.thread_ts === direct.ts && message.text.includes('What would be done'),
    'the finding in it',
  )
  expect(stand.slack.messages(outside)).toEqual([])
  expect(told(stand, lin) ?? '').not.toContain('did not respond')
})
