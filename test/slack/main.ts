import { parseArgs } from 'node:util'
import { z } from 'zod'
import { startSlack } from './server.ts'
import type { SlackOptions } from './types.ts'

/**
 * The test Slack as a process: `node main.ts [--port N] [--events-url URL]`, the other options as JSON in
 * UNWEDGE_TEST_SLACK. Prints `{"url":…,"apiUrl":…}` when it is ready; ends on SIGTERM and when stdin closes.
 */
const Options = z.object({
  port: z.number().int().optional(),
  teamId: z.string().optional(),
  teamName: z.string().optional(),
  users: z.array(z.object({ id: z.string(), name: z.string() })).default([
    { id: 'U0LIN00001', name: 'lin' },
    { id: 'U0MEI00001', name: 'mei' },
    { id: 'U0TOMAS001', name: 'tomas' },
  ]),
  channels: z
    .array(z.object({ id: z.string(), name: z.string(), botIsMember: z.boolean().optional() }))
    .default([
      { id: 'C0INCIDENT', name: 'storage-incidents' },
      { id: 'C0STORAGE1', name: 'storage' },
    ]),
  command: z.string().startsWith('/').optional(),
  signingSecret: z.string().optional(),
  eventsUrl: z.url().optional(),
  strictRates: z.boolean().optional(),
  rates: z
    .object({ postBurst: z.number(), updatePerMinute: z.number(), otherPerMinute: z.number() })
    .partial()
    .optional(),
  eventRetriesMs: z.array(z.number()).max(3).optional(),
  hint: z.object({ title: z.string(), lines: z.array(z.string()), tries: z.array(z.string()) }).optional(),
})

const { values: flags } = parseArgs({
  options: { port: { type: 'string' }, 'events-url': { type: 'string' } },
})
const options = Options.parse(JSON.parse(process.env.UNWEDGE_TEST_SLACK || '{}')) as SlackOptions
if (flags.port !== undefined) options.port = Number(flags.port)
if (flags['events-url'] !== undefined) options.eventsUrl = flags['events-url']

const slack = await startSlack(options)
const end = () => void slack.stop().then(() => process.exit(0))
process.once('SIGTERM', end)
process.once('SIGINT', end)
process.stdin.resume().once('end', end).once('close', end)
console.log(JSON.stringify({ url: slack.url, apiUrl: slack.apiUrl }))
