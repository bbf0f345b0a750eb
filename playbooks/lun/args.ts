import { z } from 'zod'
import { lunName } from '../shared/scsi/lun-name.ts'

/** What is asked about: a datastore by name or UUID, or a logical unit by one of its names. */
export type Subject =
  | { kind: 'datastore'; name: string }
  | { kind: 'lun'; name: string }
  /** a device file of a Linux initiator */
  | { kind: 'file'; path: string }
  /** the name that the target gave the device, such as `disk12` */
  | { kind: 'target-device'; name: string }

export type LunArgs = {
  subject: Subject
  /** name of the host to look from: the ESXi host, or the initiator that has the device file */
  on: string | undefined
  /** between the two readings of ESXi's counters, and the two looks at the watchers; 0: one look */
  intervalMs: number
  /** how long a trace that is offered would run */
  traceMinutes: number
}

/** RESERVE that is not answered fails after 40 s; a shorter look may miss that the counters grow. */
export const LOOKS_APART_S = 45

const on = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/, '`on=` takes the name of a host of the cluster.')
  .optional()
const interval = z
  .string()
  .regex(/^\d{1,3}s?$/, '`interval=` takes seconds between the two looks, 0 to 600; 0 looks once.')
  .refine((text) => Number.parseInt(text, 10) <= 600, '`interval=` takes at most 600 seconds.')
  .optional()
const trace = z
  .string()
  .regex(/^(?:[1-9]|[12]\d|30)$/, '`trace=` takes minutes, 1 to 30.')
  .optional()

type Options = { on?: string | undefined; interval?: string | undefined; trace?: string | undefined }

const finish = (subject: Subject, raw: Options): LunArgs => ({
  subject,
  on: raw.on,
  intervalMs: (raw.interval === undefined ? LOOKS_APART_S : Number.parseInt(raw.interval, 10)) * 1000,
  traceMinutes: Number(raw.trace ?? '5'),
})

const refuse = (context: z.RefinementCtx, message: string): never => {
  context.addIssue({ code: 'custom', message })
  return z.NEVER
}

/** `check datastore NAME|UUID`. A name is compared with what ESXi lists; it never becomes part of a command. */
export const DatastoreArgs = z
  .strictObject({ target: z.string(), on, interval, trace })
  .transform((raw, context): LunArgs => {
    const name = raw.target.normalize('NFC').trim()
    if (name === '' || name.startsWith('-') || /[\p{C}/]/u.test(name) || [...name].length > 120)
      return refuse(
        context,
        'A datastore is its name as ESXi shows it, in quotation marks when it holds blanks, or its UUID like `5b8fa879-70bdee41-4848-00e0ed438c4e`.',
      )
    return finish({ kind: 'datastore', name }, raw)
  })

const LOOKS =
  '`eui.` and 16 hex digits, `naa.` and 16 or 32, `t10.…`, a device file such as `/dev/sdd`, or the name that the target gave it, such as `disk12`'

/** `check lun eui.…|naa.…|t10.…|/dev/sdX|NAME`. */
export const LunTarget = z
  .strictObject({ target: z.string(), on, interval, trace })
  .transform((raw, context): LunArgs => {
    const subject = parseLun(raw.target)
    if ('problem' in subject) return refuse(context, subject.problem)
    return finish(subject, raw)
  })

export function parseLun(text: string): Subject | { problem: string } {
  const name = lunName(text)
  if (name !== undefined) return { kind: 'lun', name }
  if (/^(?:eui|naa)\./i.test(text))
    return {
      problem: `\`${text.slice(0, 4).toLowerCase()}\` is followed by ${/^eui/i.test(text) ? '16, 24 or 32' : '16 or 32'} hex digits; this has ${text.length - 4} characters. Is one missing?`,
    }
  if (/^(?:mpx|vml)\.|^vmhba\d+:/i.test(text))
    return {
      problem:
        'That names a way to a disk, not the disk; `esxcli storage core path list` shows which `eui.`, `naa.` or `t10.` stands behind it.',
    }
  if (/^\/dev\/(?:sd[a-z]{1,4}|disk\/by-id\/[A-Za-z0-9_.:+=-]{1,200})$/.test(text))
    return { kind: 'file', path: text }
  if (/^[A-Za-z0-9_][A-Za-z0-9_.:+-]{0,63}$/.test(text)) return { kind: 'target-device', name: text }
  return { problem: `That is not a LUN; it is ${LOOKS}.` }
}
