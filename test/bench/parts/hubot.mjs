import { App, SocketModeReceiver } from '@slack/bolt'
import { WebClient } from '@slack/web-api'
import { FlowProducer } from 'bullmq'
import { Adapter, Robot, TextMessage } from 'hubot'
import { Redis } from 'ioredis'

// Hubot 14 with an adapter for slash commands over Socket Mode and one script that puts the same kind of flow into the
// same Redis: what somebody would write who has a Hubot already. JavaScript, because Hubot brings no types.
const {
  SLACK_BOT_TOKEN: token,
  SLACK_APP_TOKEN: appToken,
  SLACK_API_URL: slackApiUrl,
  REDIS_URL,
} = process.env

class SlashAdapter extends Adapter {
  client = new WebClient(token, { slackApiUrl })

  async send(envelope, ...strings) {
    for (const text of strings) await this.client.chat.postMessage({ channel: envelope.room, text })
  }

  async reply(envelope, ...strings) {
    await this.send(envelope, ...strings.map((text) => `<@${envelope.user.id}> ${text}`))
  }

  async run() {
    const receiver = new SocketModeReceiver({
      appToken,
      installerOptions: { clientOptions: { slackApiUrl } },
    })
    const app = new App({ token, receiver, clientOptions: { slackApiUrl } })
    app.command('/unwedge', async ({ command, ack }) => {
      const about = { name: command.user_name, room: command.channel_id }
      const user = this.robot.brain.userForId(command.user_id, about)
      const message = new TextMessage(user, `${this.robot.name} ${command.text}`, command.trigger_id)
      message.ack = ack
      await this.receive(message)
    })
    await app.start()
    this.emit('connected')
  }
}

const robot = new Robot({ name: 'slash', use: (self) => new SlashAdapter(self) }, false, 'unwedge')
robot.logger.level = 'warn'
const connection = new Redis({ path: REDIS_URL.replace(/^unix:\/\//, ''), maxRetriesPerRequest: null })
const flows = new FlowProducer({ connection })
robot.respond(/check (\S+) (\S+)(.*)/i, async (response) => {
  const [, playbook, target, options] = response.match
  const data = { playbook, target, options, user: response.message.user.id, channel: response.message.room }
  const children = [{ name: 'check', queueName: 'hubot', data }]
  await flows.add({ name: 'report', queueName: 'hubot-reports', data, children })
  await response.message.ack()
  await response.reply(`checking ${playbook} of ${target} …`)
})
await robot.loadAdapter()
await robot.run()
console.log('ready')
process.stdin.resume().once('end', () => process.exit(0))
