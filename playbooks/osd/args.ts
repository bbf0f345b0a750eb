import { z } from 'zod'

const HOST = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/
const on = z.string().regex(HOST, '`on=` takes the name of the host that the OSD runs on.').optional()

/** `check osd 4 [on=HOST]`. Ids are text: they are names, nothing is computed with them. */
export const OsdArgs = z
  .strictObject({
    target: z
      .string()
      .regex(/^(?:osd\.)?(?:0|[1-9]\d{0,5})$/, 'An OSD is a number, for instance `4` (or `osd.4`).'),
    on,
  })
  .transform(({ target, on: host }) => ({ id: target.replace(/^osd\./, ''), on: host }))
export type OsdArgs = z.infer<typeof OsdArgs>

/** `check osds`: every OSD of the cluster. */
export const OsdsArgs = z.strictObject({
  target: z.never('`check osds` looks at all of them; for one it is `check osd 4`.').optional(),
})
export type OsdsArgs = z.infer<typeof OsdsArgs>
