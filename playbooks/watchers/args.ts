import { z } from 'zod'

/** What can be named: a header object, or an image in a pool (and namespace). */
export type Target =
  | { kind: 'header'; object: string; id: string }
  | { kind: 'format-1'; object: string; image: string }
  | { kind: 'image'; pool: string; namespace: string | undefined; image: string }

const NAME = /^[A-Za-z0-9_.][A-Za-z0-9_.+:=~-]*$/
const LOOKS = '`rbd_header.ID`, `NAME.rbd`, `POOL/IMAGE` or `POOL/NAMESPACE/IMAGE`'

/** A target as typed. Refuses whatever a tool could take for an option, and what no pool or image is named. */
export function parseTarget(text: string): Target | { problem: string } {
  if (text.length > 200)
    return { problem: `The target is ${text.length} characters long; it should be ${LOOKS}.` }
  if (text.startsWith('-')) return { problem: `A target does not start with \`-\`; it is ${LOOKS}.` }
  const parts = text.split('/')
  const odd = parts.join('').match(/[^A-Za-z0-9_.+:=~-]/u)
  if (odd) return { problem: `${naming(odd[0])} can't stand in a target; it is ${LOOKS}.` }
  if (parts.some((part) => !NAME.test(part))) return { problem: `That is not a target; it is ${LOOKS}.` }
  const [first = '', second, third] = parts
  if (parts.length === 3) return { kind: 'image', pool: first, namespace: second, image: third! }
  if (parts.length === 2) return { kind: 'image', pool: first, namespace: undefined, image: second! }
  if (parts.length > 3) return { problem: `Too many \`/\`; a target is ${LOOKS}.` }
  const header = /^rbd_header\.([0-9a-z]+)$/.exec(first)
  if (header) return { kind: 'header', object: first, id: header[1]! }
  if (first.startsWith('rbd_header'))
    return { problem: 'A header object is `rbd_header.` and an id of digits and small letters.' }
  if (first.endsWith('.rbd') && first.length > 4)
    return { kind: 'format-1', object: first, image: first.slice(0, -4) }
  return {
    problem: `Which pool is \`${first}\` in? Write it as \`POOL/${first}\`, for instance \`rbd/${first}\`.`,
  }
}

function naming(character: string): string {
  if (/[\p{C}\p{Z}]/u.test(character)) return 'An invisible character'
  return character === '`' ? 'A backtick' : `\`${character}\``
}

/** How far apart the two looks are, unless said otherwise: longer than the 30 s after which an OSD drops a dead client's watch. */
export const LOOKS_APART_S = 35

export const WatchersArgs = z
  .strictObject({
    target: z.string(),
    pool: z.string().regex(NAME, '`pool=` takes the name of a pool.').max(128).optional(),
    interval: z
      .string()
      .regex(/^\d{1,3}s?$/, '`interval=` takes seconds between the two looks, 0 to 600; 0 looks once.')
      .optional(),
  })
  .transform((raw, context) => {
    const target = parseTarget(raw.target)
    const problem =
      'problem' in target
        ? target.problem
        : target.kind === 'image' && raw.pool !== undefined && raw.pool !== target.pool
          ? `The target says pool \`${target.pool}\`, and \`pool=\` says \`${raw.pool}\`. Which one?`
          : undefined
    const intervalS = raw.interval === undefined ? LOOKS_APART_S : Number.parseInt(raw.interval, 10)
    if (problem !== undefined || 'problem' in target) {
      context.addIssue({ code: 'custom', message: problem ?? 'That is not a target.' })
      return z.NEVER
    }
    if (intervalS > 600) {
      context.addIssue({
        code: 'custom',
        message: '`interval=` takes seconds between the two looks, 0 to 600; 0 looks once.',
      })
      return z.NEVER
    }
    return { target, pool: target.kind === 'image' ? target.pool : raw.pool, intervalMs: intervalS * 1000 }
  })
export type WatchersArgs = z.infer<typeof WatchersArgs>

/** The target as it is typed. */
export function targetText({ target }: Pick<WatchersArgs, 'target'>): string {
  if (target.kind !== 'image') return target.object
  const { pool, namespace, image } = target
  return [pool, ...(namespace === undefined ? [] : [namespace]), image].join('/')
}
