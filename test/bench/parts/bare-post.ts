import { createInterface } from 'node:readline'
import { WebClient } from '@slack/web-api'
import { now } from './now.ts'

// Posts one message for each line it reads, and says when it began.
const { SLACK_BOT_TOKEN: token, SLACK_API_URL: slackApiUrl = '' } = process.env
const client = new WebClient(token, { slackApiUrl })
console.log('ready')
for await (const text of createInterface({ input: process.stdin })) {
  console.log(`posting ${now()}`)
  await client.chat.postMessage({
    channel: 'C0INCIDENT',
    text,
    metadata: { event_type: 'bare', event_payload: { key: text } },
  })
}
