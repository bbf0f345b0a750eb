import { code } from '../../shared/text.ts'
import { resolve } from './judge-lists.ts'
import { checkOf } from './next.ts'
import { nameOf, type Scene, type Trouble } from './scene.ts'
import { MEANINGS } from './trouble-meanings.ts'

export function judgeTrouble(scene: Scene, kind: string, troubles: Trouble[]): void {
  const { notes } = scene
  const last = troubles.at(-1)!
  const subject = resolve(scene, last.subject)
  const what = code(nameOf(subject) ?? 'the image')
  const evidence = troubles.map(({ text }) => text)
  const check = checkOf(subject)
  const meaning = MEANINGS[kind]
  if (!meaning) {
    judgeOpen(scene, kind, troubles)
    return
  }
  notes.finding({
    ...{
      code: meaning.code,
      verdict: meaning.verdict ?? 'inconclusive',
      severity: meaning.severity,
      evidence,
    },
    summary: meaning.summary(what, last),
    details: troubles.length > 1 ? [`${troubles.length} such lines.`] : [],
  })
  if (check) notes.next(check, 'See who watches it, and whether they live')
  if (meaning.doNot) notes.doNot(...meaning.doNot)
  if (last.errno === '110') notes.next('check osds', 'See which OSD does not answer')
}

/** `error listing watchers`, `error opening image`: it does not exist, or nobody answers. */
function judgeOpen({ notes }: Scene, kind: string, troubles: Trouble[]): void {
  for (const { subject, errno, text } of troubles) {
    const what = code(subject.object ?? nameOf(subject) ?? subject.pool ?? 'it')
    const check = checkOf(subject)
    if (errno === '2') {
      notes.finding({
        ...{ code: 'does-not-exist', verdict: 'confirmed', severity: 'info', about: what, evidence: [text] },
        summary: `There is no ${what} where it was looked for: the name, the pool or the namespace is another, or it was removed.`,
      })
      continue
    }
    const silent = errno === '110' || errno === '107'
    notes.finding({
      ...{
        code: silent ? 'osd-not-answering' : `${kind}`,
        verdict: 'confirmed',
        severity: 'warning',
        about: what,
        evidence: [text],
      },
      summary: silent
        ? `The OSD that holds ${what} did not answer in time.`
        : errno === '1' || errno === '13'
          ? `This user may not read ${what}.`
          : `Reading ${what} failed (errno ${errno ?? 'unknown'}).`,
    })
    if (silent) notes.next('check osds', 'See which OSD does not answer')
    if (silent && check) notes.next(check, 'Look again')
  }
}
