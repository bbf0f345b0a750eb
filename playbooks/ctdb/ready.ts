import type { LockSetting } from './lock-setting.ts'
import type { CtdbNode } from './node.ts'
import type { ReclockScript } from './reclock-script.ts'

/** A node of which everything is known that a remedy rests on. */
export type Ready = CtdbNode & {
  lock: Extract<LockSetting, { kind: 'file' }>
  script: Extract<ReclockScript, { kind: 'counts' }>
  counter: NonNullable<CtdbNode['counter']>
  enabled: boolean
}

export function isReady(node: CtdbNode): node is Ready {
  return (
    node.lock?.kind === 'file' &&
    node.script?.kind === 'counts' &&
    node.counter !== undefined &&
    node.enabled !== undefined &&
    node.view.family.seen &&
    !node.mixed &&
    node.view.tunables.seen
  )
}
