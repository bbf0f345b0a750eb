import { App, SocketModeReceiver } from '@slack/bolt'

// A Bolt app that acknowledges and does nothing else.
const {
  SLACK_BOT_TOKEN: token = '',
  SLACK_APP_TOKEN: appToken = '',
  SLACK_API_URL: slackApiUrl = '',
} = process.env
const receiver = new SocketModeReceiver({ appToken, installerOptions: { clientOptions: { slackApiUrl } } })
const app = new App({ token, receiver, clientOptions: { slackApiUrl } })
app.command('/unwedge', async ({ ack }) => {
  await ack()
})
await app.start()
console.log('ready')
process.stdin.resume().once('end', () => process.exit(0))
