import { code } from '../../shared/text.ts'
import { resolve } from './judge-lists.ts'
import { checkOf } from './next.ts'
import { nameOf, type Scene, type Subject } from './scene.ts'

export function judgeLocks(scene: Scene): void {
  const { notes, locks } = scene
  if (locks.length === 0) return
  const lists = scene.lists.filter(({ whole }) => whole)
  // the watchers of one image say nothing about the lock on another
  const lone = locks.filter(({ address, subject }) => {
    const own = lists.filter((list) => mayBeSame(resolve(scene, list.subject), resolve(scene, subject)))
    const watching = own.flatMap((list) => list.watches.map((watch) => watch.address))
    return own.length > 0 && address !== undefined && !watching.includes(address)
  })
  const lines = locks.map(({ line }) => line)
  if (lone.length > 0) {
    notes.finding({
      ...{ code: 'lock-without-watch', verdict: 'inconclusive', severity: 'warning', evidence: lines },
      summary: `${code(lone[0]!.address!)} holds a lock, but is not among the watchers: it may be gone, or the outputs are of different moments.`,
    })
    const check = checkOf(resolve(scene, lone[0]!.subject))
    if (check) notes.next(check, 'See whether the holder lives')
    notes.doNot(
      'run `rbd lock rm` before the holder is known to be gone',
      'it blocklists the owner by itself: a living client loses its writes',
    )
    return
  }
  notes.finding({
    ...{ code: 'lock-held', verdict: 'confirmed', severity: 'ok', evidence: lines },
    summary:
      locks.length === 1
        ? `${code(locks[0]!.client)}${locks[0]!.address === undefined ? '' : ` at ${code(locks[0]!.address)}`} holds the lock; that is how an image in use looks.`
        : `${locks.length} clients hold locks${locks.some(({ mode }) => mode === 'shared') ? ' for shared use' : ''}.`,
    details: ['A lock alone does not say whether its holder lives; its watch does.'],
  })
}

/** Whether two outputs may be about one image: nothing that both of them name differs. */
function mayBeSame(a: Subject, b: Subject): boolean {
  const differs = (key: keyof Subject) => a[key] !== undefined && b[key] !== undefined && a[key] !== b[key]
  return !(['pool', 'namespace', 'image', 'object'] as const).some(differs)
}

export function judgeImage({ notes }: Scene, image: Scene['images'][number]): void {
  const name = code(nameOf({ ...image, image: image.name }) ?? image.name)
  if (image.flags?.includes('invalid'))
    notes.finding({
      ...{
        code: 'image-flags',
        verdict: 'confirmed',
        severity: 'warning',
        about: image.name,
        evidence: [image.line],
      },
      summary: `${name} has ${code(image.flags)}: diffs are slow or refused until \`rbd object-map rebuild\`.`,
    })
  else if (image.features?.includes('migrating'))
    notes.finding({
      ...{
        code: 'image-migrating',
        verdict: 'confirmed',
        severity: 'info',
        about: image.name,
        evidence: [image.line],
      },
      summary: `${name} is in a live migration, so its source and its target have watchers of their own.`,
    })
  else
    notes.finding({
      ...{
        code: 'image-described',
        verdict: 'confirmed',
        severity: 'ok',
        about: image.name,
        evidence: [image.line],
      },
      summary: `${name} is an image${image.header === undefined ? '' : `; its clients watch ${code(image.header)}`}.`,
    })
}

export function judgeMirror(
  { notes }: Scene,
  { subject, state, description, line }: Scene['mirrors'][number],
): void {
  const name = code(nameOf(subject) ?? 'the image')
  const split = /split-brain/.test(description)
  const good = /^up\+(?:replaying|stopped|syncing|starting_replay|stopping_replay)$/.test(state) && !split
  notes.finding({
    ...{
      code: split ? 'mirror-split-brain' : good ? 'mirror-up' : 'mirror-down',
      about: nameOf(subject) ?? state,
    },
    ...(good
      ? ({ verdict: 'ruled-out', severity: 'ok' } as const)
      : ({ verdict: 'confirmed', severity: 'warning' } as const)),
    summary: `Mirroring of ${name} is ${code(state)}${description === '' || good ? '' : `: ${code(description)}`}.`,
    evidence: [line],
  })
  if (split)
    notes.doNot(
      'run `rbd mirror image resync` on the side that holds the newer data',
      'a resync throws away what that copy holds',
    )
}
