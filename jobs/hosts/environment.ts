import { isAbsolute } from 'node:path'

/**
 * The only variables of ours that a child may see: where to find programs and the cluster's own credentials.
 * Never Slack tokens, REDIS_URL or signing keys, and nothing that changes how a program is loaded (LD_*, NODE_*).
 */
export const passedOn = [
  'PATH',
  'HOME',
  'USER',
  'CEPH_CONF',
  'CEPH_ARGS',
  'CEPH_KEYRING',
  'KRB5CCNAME',
  'KRB5_CONFIG',
  'CTDB_BASE',
  'CTDB_TEST_MODE',
  'CTDB_SOCKET',
] as const

/** Parsers are written against untranslated messages. */
const fixed = { LANG: 'C.UTF-8', LC_ALL: 'C' }

/** Where administrators' tools live although a service's PATH often leaves these out. */
const always = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

type Environment = Readonly<Record<string, string | undefined>>

/** Folders to look for programs in: PATH first, then the system's; relative entries are dropped. */
export function searchPath(env: Environment): string[] {
  return [...new Set([...(env.PATH ?? '').split(':'), ...always])].filter(isAbsolute)
}

/** The whole environment of a child, made from ours. Variables that we do not have are left out. */
export function childEnvironment(env: Environment): Record<string, string> {
  const kept = passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))
  return { ...Object.fromEntries(kept), ...fixed, PATH: searchPath(env).join(':') }
}
