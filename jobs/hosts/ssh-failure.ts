import { placeOf, type SshHost } from './ssh-settings.ts'

/**
 * What ssh says, and what it means. Captured from OpenSSH 9.2 (Debian 12) with LogLevel=ERROR; the older wordings are
 * from its source. The first that fits wins: causes stand before their consequences.
 */
const meanings: readonly [RegExp, (host: SshHost, ...found: string[]) => string][] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key for \S+ has changed/,
    (host) =>
      `${host.address} shows another host key than the one known. Find out why; if the host was installed anew, put its new key into ${knownHosts(host)}`,
  ],
  [
    /No (\S+) host key is known for/,
    (host) =>
      `the host key of ${host.address} is not known. Compare \`${scan(host)}\` with the key on its console, then put it into ${knownHosts(host)}`,
  ],
  [
    /Host key verification failed/,
    (host) => `the host key of ${host.address} is not the one in ${knownHosts(host)}`,
  ],
  [
    /no matching (host key type|key exchange method|cipher|MAC) found\. Their offer: (.*)/,
    (host, what, offer) =>
      `${host.address} offers only what today's ssh refuses (${what}: ${offer}). Update its sshd, or add an ECDSA host key there`,
  ],
  [
    /Too many authentication failures/,
    (host) => `${host.address} refused us after too many keys. Set key_file, so that only one is offered`,
  ],
  [
    /([^\s@]+)@\S+: Permission denied \(([^)]*)\)/,
    (host, user) =>
      `${host.address} refuses our key for user ${user}. Add the public half of ${host.keyFile ?? 'a key in ~/.ssh'} to ~${user}/.ssh/authorized_keys there`,
  ],
  [
    /Could not resolve hostname (\S+):/,
    (_, name) => `there is no address for the name ${name}. Set \`address\`, or correct it`,
  ],
  [
    /Connection timed out during banner exchange|banner exchange: .*timed out/,
    (host) =>
      `${port(host)} accepts connections, but its sshd says nothing: it hangs, or the host is overloaded`,
  ],
  [/Connection refused/, (host) => `nothing listens on ${port(host)}. Is sshd running there?`],
  [
    /No route to host/,
    (host) => `there is no route to ${host.address}: it is down, or the network in between is`,
  ],
  [/Network is unreachable/, (host) => `the worker's machine has no network that leads to ${host.address}`],
  [
    /Connection timed out|Operation timed out/,
    (host) => `${port(host)} does not answer: the host is down, or a firewall drops our packets`,
  ],
  [
    /kex_exchange_identification|Connection (?:closed|reset) by|Connection to \S+ closed/,
    (host) =>
      `${port(host)} closed the connection before the login: sshd is overloaded (MaxStartups), or does not want this address`,
  ],
]

/** One sentence on why a host cannot be reached, from what ssh printed: what it is, what to do. */
export function whyNot(host: SshHost, stderr: string): string {
  for (const [pattern, sentence] of meanings) {
    const found = pattern.exec(stderr)
    if (found) return `${sentence(host, ...found.slice(1))}.`.replace(/\?\.$/, '?')
  }
  const last = lastLine(stderr)
  return last ? `ssh ${placeOf(host)} says: ${last}` : `ssh ${placeOf(host)} ended without a word.`
}

/** The last line that says something, short enough for a sentence. */
export function lastLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim())
  return lines.findLast((line) => line !== '')?.slice(0, 200) ?? ''
}

const port = (host: SshHost) => `${host.address} port ${host.port ?? 22}`
const knownHosts = (host: SshHost) => host.knownHosts ?? '~/.ssh/known_hosts'
const scan = ({ address, port: number }: SshHost) => `ssh-keyscan ${number ? `-p ${number} ` : ''}${address}`
