import { quote } from './far-end-script.ts'
import type { SshHost } from './ssh-settings.ts'

type Reached = SshHost & { address: string }
type Argv = [string, ...string[]]

/** Never asks, never learns a host key, passes nothing of ours on, reads no configuration but ours. */
const always = [
  'BatchMode=yes',
  'StrictHostKeyChecking=yes',
  'UpdateHostKeys=no',
  'LogLevel=ERROR',
  'ConnectionAttempts=1',
  'ServerAliveInterval=5',
  'ServerAliveCountMax=2',
  'ForwardAgent=no',
  'ForwardX11=no',
  'PermitLocalCommand=no',
  'EscapeChar=none',
]

/** How long an unused connection stays open. */
const persistSeconds = 60

/** Makes a connection that later commands share, and runs one line over it. `via`: the socket of the jump host's. */
export function connect(
  host: Reached,
  how: { socket: string; seconds: number; via: string | undefined },
  line: string,
): Argv {
  const multiplexed = [
    'ControlMaster=yes',
    `ControlPath=${file(how.socket)}`,
    `ControlPersist=${persistSeconds}`,
  ]
  return ['ssh', ...reach(host, how.seconds, how.via), ...options(multiplexed), ...target(host), line]
}

/** Runs one line over a connection of its own. */
export function runAlone(
  host: Reached,
  how: { seconds: number; via: string | undefined },
  line: string,
): Argv {
  return [
    'ssh',
    ...reach(host, how.seconds, how.via),
    ...options(['ControlPath=none']),
    ...target(host),
    line,
  ]
}

/** Asks the process that holds a connection: is it there, let nobody in any more, end. */
export function control(socket: string, host: Reached, order: 'check' | 'stop' | 'exit'): Argv {
  return [
    'ssh',
    ...bare,
    ...options([`ControlPath=${file(socket)}`, 'LogLevel=ERROR']),
    '-O',
    order,
    ...target(host),
  ]
}

/** No configuration file, no terminal, no agent, no X11. */
const bare = ['-F', '/dev/null', '-T', '-a', '-x']

function reach({ keyFile, knownHosts, jump }: Reached, seconds: number, via: string | undefined): string[] {
  const through = [
    'ssh',
    ...bare,
    ...options(['ControlMaster=no', `ControlPath=${file(via ?? '')}`, 'ProxyCommand=false']),
  ]
  return [
    ...bare,
    ...options([
      ...always,
      `ConnectTimeout=${seconds}`,
      ...(keyFile ? [`IdentityFile=${file(keyFile)}`, 'IdentitiesOnly=yes'] : []),
      ...(knownHosts ? [`UserKnownHostsFile=${file(knownHosts)}`, 'GlobalKnownHostsFile=/dev/null'] : []),
      ...(jump
        ? [`ProxyCommand=${doubled(quote([...through, '-W']))} '[%h]:%p' ${doubled(quote(target(jump)))}`]
        : []),
    ]),
  ]
}

/** After `--` nothing is an option. */
function target({ user, port, address }: Reached): string[] {
  return [...(user ? ['-l', user] : []), ...(port ? ['-p', String(port)] : []), '--', address]
}

const options = (settings: string[]) => settings.flatMap((setting) => ['-o', setting])

/** A file name as ssh's configuration wants it: blanks kept together, no % expanded. */
const file = (path: string) => `"${doubled(path)}"`

const doubled = (text: string) => text.replaceAll('%', '%%')
