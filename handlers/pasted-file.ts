import type { WebClient } from '@slack/web-api'

/** A file in a message, as Slack describes it; with `file_access` it has to be asked for. */
export type SlackFile = {
  id?: string
  name?: string | null
  mimetype?: string
  size?: number
  mode?: string
  is_external?: boolean
  file_access?: string
  url_private?: string
}

/** Why a file is not read, in words for the person who asked. */
export class FileRefused extends Error {
  readonly code = 'file-refused'
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'FileRefused'
  }
}

/** more is read where the file is: `unwedge triage FILE` */
const MOST_BYTES = 20_000_000
const PATIENCE_MS = 30_000
const TEXT = /^(?:text\/|application\/(?:json|xml|x-?yaml|x-sh|x-log|octet-stream|x-ndjson)|$)/
/** where Slack keeps files; only there the bot's token goes */
const SLACK_HOSTS = /(?:^|\.)(?:slack\.com|slack-gov\.com|slack-files\.com)$/

/** The content of a file that someone uploaded, piece by piece. Throws FileRefused. https://docs.slack.dev/reference/objects/file-object */
export async function readSlackFile(client: WebClient, entry: SlackFile): Promise<AsyncIterable<Uint8Array>> {
  const file = await described(client, entry)
  const name = file.name ?? 'The file'
  if (file.is_external || file.mode === 'external' || !file.url_private)
    throw new FileRefused(`${name} is not kept by Slack; paste its text, or upload it here.`)
  if (!TEXT.test(file.mimetype ?? ''))
    throw new FileRefused(`${name} is no text (${file.mimetype}); I read logs and the output of commands.`)
  if ((file.size ?? 0) > MOST_BYTES) throw tooLarge(name, file.size ?? 0)
  const url = new URL(file.url_private)
  const own = client.slackApiUrl && new URL(client.slackApiUrl).host
  if (url.host !== own && !(url.protocol === 'https:' && SLACK_HOSTS.test(url.hostname)))
    throw new FileRefused(`${name} lies at ${url.hostname}, which is not Slack's; paste its text.`)
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${client.token}` },
    // to its page for signing in
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch((cause) => {
    throw new FileRefused(`Slack did not hand out ${name}: ${(cause as Error).message}. Try again.`, {
      cause,
    })
  })
  const page = response.headers.get('content-type')?.startsWith('text/html') && file.mimetype !== 'text/html'
  if (!response.ok || page || !response.body) {
    await response.body?.cancel()
    throw new FileRefused(
      `Slack did not hand out ${name} (${response.ok ? 'it asks for a sign-in' : response.status}): the app needs the scope \`files:read\`.`,
    )
  }
  return limited(response.body, name)
}

async function described(client: WebClient, entry: SlackFile): Promise<SlackFile> {
  if (entry.url_private !== undefined && entry.file_access !== 'check_file_info') return entry
  try {
    const { file } = await client.files.info({ file: entry.id ?? '' })
    return (file as SlackFile | undefined) ?? entry
  } catch (cause) {
    const why = (cause as { data?: { error?: string } }).data?.error ?? (cause as Error).message
    throw new FileRefused(`Slack did not say what ${entry.name ?? 'the file'} is: ${why}.`, { cause })
  }
}

async function* limited(body: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const piece of body) {
    bytes += piece.byteLength
    if (bytes > MOST_BYTES) throw tooLarge(name, bytes)
    yield piece
  }
}

function tooLarge(name: string, bytes: number): FileRefused {
  return new FileRefused(
    `${name} is too large to read here (${Math.ceil(bytes / 1e6)} MB; at most ${MOST_BYTES / 1e6} MB): \`unwedge triage FILE\` reads it of any size.`,
  )
}
