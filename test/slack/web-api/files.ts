import { newId } from '../ids.ts'
import type { FileEntry, StoredFile, World } from '../types.ts'
import { asUploaded } from '../uploads.ts'
import { postAsBot, writableChannel } from './chat.ts'
import { done, type Method, refuse, textArg } from './method.ts'

const getUploadUrl: Method = (world, args) => {
  const name = textArg(args, 'filename')
  const length = Number(textArg(args, 'length') ?? 0)
  if (!name) return refuse('invalid_arguments', ['missing required field: filename'])
  if (!Number.isInteger(length) || length <= 0)
    return refuse('invalid_arguments', ['missing required field: length'])
  const id = newId('F')
  world.files.set(id, { id, name, title: name, shared: false })
  return done({ upload_url: `${world.baseUrl}/upload/${id}`, file_id: id })
}

const completeUpload: Method = (world, args) => {
  const wanted = args.files
  if (!Array.isArray(wanted) || wanted.length === 0)
    return refuse('invalid_arguments', ['missing required field: files'])
  const files: StoredFile[] = []
  for (const { id, title } of wanted as { id?: string; title?: string }[]) {
    const file = world.files.get(id ?? '')
    if (!file?.content || file.shared) return refuse('file_not_found')
    files.push(Object.assign(file, title === undefined ? {} : { title }))
  }
  if (args.channel_id !== undefined) {
    const place = writableChannel(world, args)
    if ('refusal' in place) return place.refusal
    const threadTs = textArg(args, 'thread_ts')
    const text = textArg(args, 'initial_comment') ?? ''
    const entries = files.map((file) => asEntry(world, file))
    postAsBot(world, place.channel.id, { text, files: entries, ...(threadTs && { thread_ts: threadTs }) })
  }
  for (const file of files) file.shared = true
  return done({ files: files.map((file) => asEntry(world, file)) })
}

function asEntry(world: World, file: StoredFile): FileEntry {
  const { id, name, title } = file
  const url = `${world.baseUrl}/files/${id}/${encodeURIComponent(name)}`
  return { id, name, title, size: file.content?.length ?? 0, url, mimetype: 'text/plain' }
}

/** https://docs.slack.dev/reference/methods/files.info: only what is in a channel that the bot is in. */
const info: Method = (world, args) => {
  const file = world.files.get(textArg(args, 'file') ?? '')
  const visible =
    file?.shared && (file.channel === undefined || world.channels.get(file.channel)?.botIsMember)
  if (!file || !visible) return refuse('file_not_found')
  return done({ file: file.channel === undefined ? asEntry(world, file) : asUploaded(world, file) })
}

export const fileMethods = {
  'files.info': info,
  'files.getUploadURLExternal': getUploadUrl,
  'files.completeUploadExternal': completeUpload,
} satisfies Record<string, Method>
