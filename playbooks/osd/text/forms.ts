import { LOG } from './forms-log.ts'
import { OUTPUT } from './forms-output.ts'

/** Every line that is known, logs first: what they quote of outputs is history. */
export const FORMS = [...LOG, ...OUTPUT]

export type Name = (typeof FORMS)[number]['name']
