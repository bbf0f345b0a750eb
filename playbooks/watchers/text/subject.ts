import { imageIn, type Section } from '../../shared/ceph/pasted/sections.ts'
import type { Subject } from './scene.ts'

const GROUPS = new Set([
  'lock',
  'snap',
  'snapshot',
  'device',
  'mirror',
  'trash',
  'feature',
  'object-map',
  'migration',
  'image-meta',
  'group',
  'namespace',
])

/** What a command names: the object of `rados -p POOL listwatchers OBJECT`, the image of `rbd status POOL/IMAGE` (`rbd` is the default pool). */
export function subjectOf({ command }: Section): Subject {
  if (!command) return {}
  const { words, options, program } = command
  const pool = options.get('-p') ?? options.get('--pool')
  if (program === 'rados') {
    const object = words[0] === 'listwatchers' ? words[1] : undefined
    const namespace = options.get('-N') ?? options.get('--namespace')
    return {
      ...(pool === undefined ? {} : { pool }),
      ...(namespace ? { namespace } : {}),
      ...(object === undefined ? {} : { object }),
    }
  }
  if (program !== 'rbd') return {}
  const named = /^(?:ls|list|showmapped)$/.test(words[0] ?? '') ? undefined : specOf(words)
  const image = imageIn(command, named)
  if (!image || image.image.startsWith('/dev') || named?.startsWith('/'))
    return pool === undefined ? {} : { pool }
  return {
    pool: image.pool ?? 'rbd',
    ...(image.namespace === undefined ? {} : { namespace: image.namespace }),
    image: image.image,
  }
}

/** `status IMAGE`, `lock ls IMAGE`, `mirror image status IMAGE`: the word behind the verb. */
function specOf(words: readonly string[]): string | undefined {
  const at = GROUPS.has(words[0] ?? '') ? (words[1] === 'image' ? 3 : 2) : 1
  return words[at]
}
