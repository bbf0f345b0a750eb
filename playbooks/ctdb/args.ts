import { z } from 'zod'

/** Seconds between the two looks at a waiting process: longer than one look takes, shorter than the helper's 5 s rhythm. */
const LOOKS_APART_S = 4
const NODE = /^[A-Za-z0-9_][A-Za-z0-9_.:-]*$/
const FOLDER = /^\/[A-Za-z0-9_./+-]*$/

export const CtdbArgs = z
  .strictObject({
    target: z.string().max(200).optional(),
    on: z.string().max(200).optional(),
    base: z
      .string()
      .max(300)
      .regex(FOLDER, '`base=` takes the folder with CTDB’s configuration, for instance `/etc/ctdb`.')
      .optional(),
    interval: z
      .string()
      .regex(/^\d{1,2}s?$/, '`interval=` takes seconds between the two looks, 0 to 60; 0 looks once.')
      .optional(),
  })
  .transform((raw, context) => {
    const on = raw.on ?? raw.target
    const intervalS = raw.interval === undefined ? LOOKS_APART_S : Number.parseInt(raw.interval, 10)
    const problem =
      raw.on !== undefined && raw.target !== undefined && raw.on !== raw.target
        ? 'Which node: the target, or the one in `on=`? Write `check ctdb on=NODE`.'
        : on !== undefined && !NODE.test(on)
          ? '`on=` takes the name of a node as the configuration has it, for instance `on=ctl-1`.'
          : intervalS > 60
            ? '`interval=` takes seconds between the two looks, 0 to 60; 0 looks once.'
            : undefined
    if (problem !== undefined) {
      context.addIssue({ code: 'custom', message: problem })
      return z.NEVER
    }
    return { on, base: (raw.base ?? '/etc/ctdb').replace(/(.)\/+$/, '$1'), intervalMs: intervalS * 1000 }
  })
export type CtdbArgs = z.infer<typeof CtdbArgs>
