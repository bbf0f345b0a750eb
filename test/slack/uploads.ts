import { newId } from './ids.ts'
import type { FileEntry, StoredFile, World } from './types.ts'

/** A file that someone drops into a channel. */
export type Upload = { name: string; content: string | Buffer; mimetype?: string }

/** Keeps an uploaded file and describes it as a message does: https://docs.slack.dev/reference/objects/file-object */
export function asUpload(world: World, channel: string, { name, content, mimetype }: Upload): FileEntry {
  const file: StoredFile = {
    id: newId('F'),
    name,
    title: name,
    content: Buffer.from(content),
    shared: true,
    mimetype: mimetype ?? 'text/plain',
    channel,
  }
  world.files.set(file.id, file)
  return asUploaded(world, file)
}

export function asUploaded(world: World, { id, name, title, content, mimetype }: StoredFile): FileEntry {
  const url = `${world.baseUrl}/files-pri/${world.team.id}-${id}/${encodeURIComponent(name)}`
  return {
    id,
    name,
    title,
    size: content?.length ?? 0,
    url,
    mimetype: mimetype ?? 'text/plain',
    url_private: url,
    mode: 'hosted',
  }
}
