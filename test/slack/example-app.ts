import type { BoltApp } from './bolt-app.ts'

const plain = (text: string) => ({ type: 'plain_text' as const, text })
const mrkdwn = (text: string) => ({ type: 'mrkdwn' as const, text })
const section = (text: string) => ({ type: 'section' as const, text: mrkdwn(text) })

/** The shape of the real bot's answer, to try the page with: finding, evidence, buttons, approval by a second person. */
const finding = (requester: string) => [
  section(
    '*A left-over watcher is blocking SCSI reservations on `rbd/vol7`.* Two clients watch the header; one of them is gone.',
  ),
  section(
    '• `1.1.2.1:0/1193546917` (client.4123): no process with this id on host `wsg-2`, no rbd mapping there, nothing in 65 s. *Left over, proven.*\n' +
      '• `1.1.2.4:0/220114` (client.9001): SCST on `wsg-70-3` has it mapped. *In use, leave it.*',
  ),
  section(
    '*What would be done:* block `1.1.2.1:0/1193546917` for at most 1 h → wait until its watch is gone → remove the block again. *Touches:* nothing else; that address watches no other image.',
  ),
  {
    type: 'context' as const,
    elements: [
      mrkdwn(
        `Needs *1 approval*, not from <@${requester}>, until <!date^${inFifteenMinutes()}^{time}|soon>.`,
      ),
    ],
  },
  {
    type: 'actions' as const,
    elements: [
      {
        type: 'button' as const,
        action_id: 'approve',
        style: 'primary' as const,
        text: plain('Approve: block the left-over watcher'),
        value: requester,
        confirm: {
          title: plain('Block this watcher?'),
          text: mrkdwn(
            '`ceph osd blocklist add 1.1.2.1:0/1193546917 3600`\nIts watch goes away, then the block is removed again.',
          ),
          confirm: plain('Block it'),
          deny: plain('Not now'),
        },
      },
      { type: 'button' as const, action_id: 'reject', text: plain('Reject') },
      { type: 'button' as const, action_id: 'evidence', text: plain('Show evidence') },
      { type: 'button' as const, action_id: 'type', text: plain('Type the address') },
    ],
  },
]

const inFifteenMinutes = () => Math.floor(Date.now() / 1000) + 900

/** Registers a bot that answers like the real one, with canned findings. */
export function exampleApp(app: BoltApp): void {
  app.command('/unwedge', async ({ ack, body, client }) => {
    await ack(body.text.startsWith('check') ? undefined : 'Did you mean `/unwedge check watchers …`?')
    if (!body.text.startsWith('check')) return
    const first = await client.chat.postMessage({
      channel: body.channel_id,
      text: `*Checking watchers of \`rbd_header.7mjm6dk28jaj3\`* on *demo* for <@${body.user_id}> · looking at ceph-admin node1 …`,
    })
    const blocks = finding(body.user_id)
    await client.chat.update({
      channel: body.channel_id,
      ts: first.ts!,
      text: 'A left-over watcher.',
      blocks,
    })
  })
  app.action('approve', async ({ ack, body, action, respond, client }) => {
    await ack()
    if (body.type !== 'block_actions' || action.type !== 'button') return
    const { user } = body
    if (user.id === action.value) {
      await respond({
        response_type: 'ephemeral',
        replace_original: false,
        text: 'You asked for this check, so *someone else* has to approve.',
      })
      return
    }
    const [channel, ts] = [body.channel!.id, body.message!.ts]
    const blocks = [
      ...finding(user.id).slice(0, 3),
      { type: 'context' as const, elements: [mrkdwn(`:white_check_mark: Approved by <@${user.id}>.`)] },
    ]
    await client.chat.update({ channel, ts, text: 'Approved.', blocks })
    const lines = [
      'looked again: unchanged',
      'blocked',
      'watch gone (0.3 s)',
      'block removed, list as before',
      'RESERVE answers in 30 ms. *Done.* Record `a91c…`',
    ]
    for (const text of lines) await client.chat.postMessage({ channel, thread_ts: ts, text })
  })
  app.action('evidence', async ({ ack, body, client }) => {
    await ack()
    if (body.type !== 'block_actions') return
    const content = 'watcher=1.1.2.1:0/1193546917 client.4123 cookie=18446462598732840961\n'
    await client.files.uploadV2({
      channel_id: body.channel!.id,
      thread_ts: body.message!.ts,
      filename: 'evidence.txt',
      content,
    })
    const text =
      '```\n# rados -p rbd listwatchers rbd_header.7mjm6dk28jaj3\nwatcher=1.1.2.1:0/1193546917 client.4123 cookie=1\nwatcher=1.1.2.4:0/220114 client.9001 cookie=2\n```'
    await client.chat.postMessage({ channel: body.channel!.id, thread_ts: body.message!.ts, text })
  })
  app.action('type', async ({ ack, body, client }) => {
    await ack()
    if (body.type !== 'block_actions') return
    const element = {
      type: 'plain_text_input' as const,
      action_id: 'typed',
      placeholder: plain('1.2.3.4:0/12345'),
    }
    const view = {
      type: 'modal' as const,
      callback_id: 'typed-address',
      title: plain('Type the address'),
      submit: plain('Approve'),
      close: plain('Not now'),
      blocks: [
        section('Blocking it while it lives would cut *3 images*: `vol7`, `vol9`, `vol11`.'),
        {
          type: 'input' as const,
          block_id: 'address',
          label: plain('Address to block'),
          hint: plain('Exactly as in the finding.'),
          element,
        },
      ],
    }
    await client.views.open({ trigger_id: body.trigger_id, view })
  })
  app.action('reject', ({ ack }) => ack())
  app.view('typed-address', async ({ ack, view }) => {
    const typed = view.state.values.address?.typed?.value
    if (typed === '1.1.2.1:0/1193546917') await ack()
    else
      await ack({ response_action: 'errors', errors: { address: 'That is not the address in the finding.' } })
  })
  app.event('app_mention', async ({ event, say }) => {
    const thread = { thread_ts: event.thread_ts ?? event.ts }
    await say({ ...thread, text: `<@${event.user}> I read: > ${event.text}\n> and that is all :eyes:` })
  })
}
