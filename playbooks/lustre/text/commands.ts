import { LustreArgs } from '../args.ts'

const HOST = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/

/** `check lustre shlfs on=host-31`; undefined for what is no file system, such as `params`. */
export function lustreCommand(fsname: string | undefined, host: string | undefined): string | undefined {
  if (fsname === undefined || !LustreArgs.safeParse({ target: fsname }).success) return undefined
  return `check lustre ${fsname}${host !== undefined && HOST.test(host) ? ` on=${host}` : ''}`
}
