import { z } from 'zod'
import { type Nid, parseMountSpec, parseNodes } from './nid.ts'

export type LustreArgs = {
  fsname: string
  /** the client; undefined: the only one there is */
  on: string | undefined
  /** servers that may run the MGS, where a person knows better than fstab */
  mgs: Nid[][] | undefined
}

/** Names that the MGS uses for logs of its own. Source: PARAMS_FILENAME, LUSTRE_NODEMAP_NAME. */
const NOT_A_FILE_SYSTEM: Record<string, string> = {
  params: "`params` is the log of the MGS's own settings (`lctl set_param -P`)",
  nodemap: "`nodemap` is the MGS's map of users",
}

/** `check lustre shlfs on=host-31 mgs=10.1.0.202@o2ib:10.1.0.201@o2ib`; a whole mount source is taken, too. */
export const LustreArgs = z
  .strictObject({
    target: z.string(),
    on: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/,
        '`on=` takes the name or the address of a host of the cluster.',
      )
      .optional(),
    mgs: z.string().max(400).optional(),
  })
  .transform((raw, context): LustreArgs => {
    const fault = (message: string) => {
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }
    const spec = parseMountSpec(raw.target)
    const fsname = spec?.fsname ?? raw.target.replace(/^\//, '')
    const own = Object.hasOwn(NOT_A_FILE_SYSTEM, fsname) ? NOT_A_FILE_SYSTEM[fsname] : undefined
    if (own !== undefined) return fault(`${own}, not a file system. Name one, such as \`shlfs\`.`)
    if (!/^[A-Za-z0-9_][A-Za-z0-9_-]{0,7}$/.test(fsname))
      return fault(
        'A file system of Lustre has a name of 1 to 8 letters, digits, `_` and `-`, such as `shlfs`.',
      )
    const mgs = raw.mgs === undefined ? spec?.nodes : parseNodes(raw.mgs.replace(/:\/.*$/, ''))
    if (raw.mgs !== undefined && mgs === undefined)
      return fault(
        '`mgs=` takes NIDs such as `10.1.0.202@o2ib:10.1.0.201@o2ib`: `:` between servers, `,` between NIDs of one server.',
      )
    return { fsname, on: raw.on, mgs }
  })
