import type { RedisOptions } from 'ioredis'

export type Address = { host: string; port: number }

/** What a Redis URL means. `label` names it without any secret. */
export type Target =
  | { kind: 'single'; options: RedisOptions; label: string }
  | { kind: 'sentinel'; options: RedisOptions; label: string }
  | { kind: 'cluster'; nodes: Address[]; options: RedisOptions; label: string }

/** A Redis URL that can't be understood. The URL itself is not in the message: it may hold a password. */
export class BadRedisUrl extends Error {
  readonly code = 'bad-redis-url'
  constructor(why: string) {
    super(
      `The Redis URL can't be used: ${why}. Write redis://[user:password@]host[:port][/db], rediss://… for TLS, ` +
        'unix:///path/redis.sock, sentinel://host:port,host:port/master-name or cluster://host:port,host:port.',
    )
    this.name = 'BadRedisUrl'
  }
}

const SHAPE = /^([a-z][a-z+]*):\/\/(.*)$/is
const SOCKET_SCHEMES = ['unix', 'redis+socket', 'redis+unix']

/**
 * Reads a Redis URL. Reserved characters in a password may be percent-encoded or not.
 * Query: `db`, `username`, `password`, `tls=true`; for Sentinel also `sentinelUsername`, `sentinelPassword`.
 * Throws BadRedisUrl.
 */
export function parseRedisUrl(url: string): Target {
  const [, scheme, rest] = SHAPE.exec(url.trim()) ?? []
  if (scheme === undefined || rest === undefined) throw new BadRedisUrl('it has no scheme')
  const kind = scheme.toLowerCase()
  if (SOCKET_SCHEMES.includes(kind)) return socketTarget(rest)
  const { login, hosts, path, query } = split(rest)
  const options = { ...login, ...optionsOf(query) }
  if (kind === 'redis' || kind === 'rediss') {
    const [address, ...others] = addresses(hosts, 6379)
    if (!address || others.length > 0) throw new BadRedisUrl('it names more than one host')
    const db = path === '' ? {} : { db: databaseOf(path) }
    const tls = kind === 'rediss' ? { tls: {} } : {}
    const single = { ...options, ...address, ...db, ...tls }
    return { kind: 'single', options: single, label: `${kind}://${show(address)}/${single.db ?? 0}` }
  }
  if (kind === 'sentinel' || kind === 'redis+sentinel') {
    const sentinels = addresses(hosts, 26379)
    if (path === '') throw new BadRedisUrl('the name of the master is missing after the sentinels')
    const tls = options.tls ? { sentinelTLS: options.tls, enableTLSForSentinelMode: true } : {}
    const sentinel = { ...options, ...tls, sentinels, name: path, ...sentinelLogin(query) }
    return {
      kind: 'sentinel',
      options: sentinel,
      label: `sentinel://${sentinels.map(show).join(',')}/${path}`,
    }
  }
  if (kind === 'cluster' || kind === 'redis+cluster') {
    const nodes = addresses(hosts, 6379)
    if (options.db) throw new BadRedisUrl('a cluster has only database 0')
    return { kind: 'cluster', nodes, options, label: `cluster://${nodes.map(show).join(',')}` }
  }
  throw new BadRedisUrl(`"${kind}" is not a scheme it knows`)
}

function socketTarget(rest: string): Target {
  const [path = '', search = ''] = rest.split('?', 2)
  if (!path.startsWith('/')) throw new BadRedisUrl('the path of the socket has to be absolute')
  const options = { ...optionsOf(new URLSearchParams(search)), path: decode(path) }
  return { kind: 'single', options, label: `unix://${path}${options.db ? `?db=${options.db}` : ''}` }
}

type Parts = { login: RedisOptions; hosts: string; path: string; query: URLSearchParams }

function split(rest: string): Parts {
  // the last @ ends the login: hosts, database and master names have none
  const at = rest.lastIndexOf('@')
  const login = at < 0 ? {} : loginOf(rest.slice(0, at))
  const [, hosts = '', path = '', search = ''] = /^([^/?]*)\/?([^?]*)\??(.*)$/s.exec(rest.slice(at + 1)) ?? []
  return { login, hosts, path: decode(path), query: new URLSearchParams(search) }
}

function loginOf(text: string): RedisOptions {
  const colon = text.indexOf(':')
  const [user, password] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)]
  return {
    ...(user === '' ? {} : { username: decode(user) }),
    ...(password === '' ? {} : { password: decode(password) }),
  }
}

function optionsOf(query: URLSearchParams): RedisOptions {
  const [db, username, password] = ['db', 'username', 'password'].map((name) => query.get(name))
  return {
    ...(db ? { db: databaseOf(db) } : {}),
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(['1', 'true', 'yes'].includes(query.get('tls') ?? '') ? { tls: {} } : {}),
  }
}

function sentinelLogin(query: URLSearchParams): RedisOptions {
  const [username, password] = ['sentinelUsername', 'sentinelPassword'].map((name) => query.get(name))
  return {
    ...(username ? { sentinelUsername: username } : {}),
    ...(password ? { sentinelPassword: password } : {}),
  }
}

function addresses(hosts: string, usualPort: number): Address[] {
  return hosts.split(',').map((text) => {
    const [, v6, name, port] = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(text) ?? []
    const host = v6 ?? name
    if (!host || Number(port ?? usualPort) > 65535) throw new BadRedisUrl('a host or port in it is malformed')
    return { host, port: Number(port ?? usualPort) }
  })
}

function databaseOf(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new BadRedisUrl('the database has to be a number')
  return Number(text)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // a bare % in a password that nobody encoded
    return text
  }
}

function show({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
