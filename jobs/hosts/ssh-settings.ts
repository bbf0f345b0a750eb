import { z } from 'zod'

/** How one host is reached. What OpenSSH would read from ~/.ssh/config does not count: all of it is here. */
export type SshHost = {
  /** name or IP address; the host's own name when absent */
  address?: string | undefined
  user?: string | undefined
  port?: number | undefined
  /** private key file; absent: the worker's own keys in ~/.ssh */
  keyFile?: string | undefined
  /** file with the host keys that are trusted, and no other; absent: ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts */
  knownHosts?: string | undefined
  /** the host to go through, reached by its own settings */
  jump?: (SshHost & { address: string }) | undefined
  /** run every command as root, by `sudo -n`; `gate`: through the script that lets only our commands pass */
  become?: 'sudo' | 'gate' | undefined
}

/** A name or an address, which can never be taken for an option, a URI or a part of a command. */
const Address = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9:][A-Za-z0-9.:_-]*(%[A-Za-z0-9._-]+)?$/, 'a host name or an IP address')
const User = z
  .string()
  .max(104)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._@-]*\$?$/, 'a user name')
/** ssh expands ${…} in file names, and has no way to write a quote in one. */
const File = z
  .string()
  .regex(/^\/(?!.*\$\{)[^"\\\p{Cc}]*$/u, 'an absolute path without quotes, backslashes and ${')

export const SshHost: z.ZodType<SshHost> = z.strictObject({
  address: Address.optional(),
  user: User.optional(),
  port: z.int().min(1).max(65_535).optional(),
  keyFile: File.optional(),
  knownHosts: File.optional(),
  get jump() {
    return SshHost.refine((jump) => jump.address !== undefined, 'address: needed for a jump host')
      .transform((jump) => ({ ...jump, address: jump.address! }))
      .optional()
  },
  become: z.enum(['sudo', 'gate']).optional(),
}) as z.ZodType<SshHost>

/** Settings that no connection can be made from; says which, and what was expected. */
export class SshUnusable extends Error {
  readonly code = 'bad-setting'
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SshUnusable'
  }
}

/** Checks the settings of a host. Throws SshUnusable. */
export function readSshHost(name: string, settings: SshHost): SshHost & { address: string } {
  const parsed = SshHost.safeParse({ ...settings, address: settings.address ?? name })
  if (parsed.success) return { ...parsed.data, address: parsed.data.address! }
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: expected ${message}`)
  throw new SshUnusable(`Host ${name} cannot be reached over ssh as it is set up. ${problems.join('; ')}.`, {
    cause: parsed.error,
  })
}

/** `root@node1`, `node1`, `node1 port 2222`: as people write it. */
export function placeOf({ user, address, port }: SshHost): string {
  return `${user ? `${user}@` : ''}${address}${port && port !== 22 ? ` port ${port}` : ''}`
}
