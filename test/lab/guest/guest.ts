import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '../../../jobs/hosts/serve.ts'
import { createSshTransport } from '../../../jobs/hosts/ssh.ts'
import type { Ran } from '../../../jobs/hosts/transport.ts'
import type { Role } from '../../../playbooks/shared/inventory.ts'
import { freePort, generateKey, signal } from '../ssh/sshd.ts'
import { makeImage } from './image.ts'
import { initScript, READY } from './init.ts'
import { kernel, unpacked } from './packages.ts'

export type GuestOptions = {
  /** its host name */
  name: string
  /** kernel modules that may be loaded; what they need comes along */
  modules?: readonly string[]
  /** programs beside those that every guest has, with their libraries */
  programs?: readonly string[]
  /** Debian packages whose programs may be named although they are not installed here */
  packages?: readonly string[]
  /** path without the first slash → text */
  files?: Readonly<Record<string, string>>
  /** shell lines that are run before it is ready; the first that fails ends it */
  setup?: string
  /** a network cable to another guest (eth1): each names its own end and the other's, and its own address */
  cable?: { own: string; other: string; address: string }
  memoryMiB?: number
}

/** A second machine: QEMU without hardware help, Debian's kernel, and programs of this machine. */
export type Guest = {
  name: string
  pid: number
  /** settings that reach it over ssh, its host key among them */
  ssh: { address: string; port: number; user: string; keyFile: string; knownHosts: string }
  /** for `hosts:` of an unwedge.yaml */
  entry(roles: Role[], more?: Record<string, unknown>): Record<string, unknown>
  /** what it wrote to its console */
  console: string[]
  /** a command in it, as root */
  run(argv: readonly [string, ...string[]], limitMs?: number): Promise<Ran>
  /** shell lines in it that have to succeed; what they printed */
  sh(lines: string, limitMs?: number): Promise<string>
  /** starts a process that stays, in a session of its own; `log` is the file of what it prints */
  start(argv: readonly string[]): Promise<{ pid: string; log: string }>
  /** the whole machine stands still, its clock and its connections with it, until `resume` */
  pause(): void
  resume(): void
  /** its power is cut */
  end(): Promise<void>
}

/** This machine's loopback, as a guest sees it. */
export const HOST_FROM_GUEST = '10.0.2.2'
const BOOT_MS = 90_000

/** Boots one, in about 10 s. It ends with us, whatever happens; `end` it when it is not needed any more. */
export async function startGuest(options: GuestOptions): Promise<Guest> {
  const { name, setup = '', cable } = options
  const folder = mkdtempSync(join(tmpdir(), 'unwedge-guest-'))
  const at = (file: string) => join(folder, file)
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const console: string[] = []
  try {
    const port = await freePort()
    makeKeys(folder, port)
    makeImage(
      {
        modules: options.modules ?? [],
        programs: options.programs ?? [],
        packages: (options.packages ?? []).map(unpacked),
        files: {
          ...FILES,
          'root/.ssh/authorized_keys': readFileSync(at('id.pub'), 'utf8'),
          ...options.files,
          setup,
        },
        copies: { 'etc/ssh/host': at('host') },
        init: initScript(name, cable?.address),
      },
      at('root'),
      at('initrd'),
    )
    rmSync(at('root'), { recursive: true })
    const served = await serve({
      name: `guest ${name}`,
      argv: qemu(at('initrd'), port, options),
      env: { PATH: process.env.PATH },
      ready: (line) => line.includes(READY) || undefined,
      readyWithinMs: BOOT_MS,
      log: (line) => void console.push(line),
    })
    const ssh = { address: '127.0.0.1', port, user: 'root', keyFile: at('id'), knownHosts: at('known_hosts') }
    const transport = createSshTransport({ stateDir: at('state'), hosts: { [name]: ssh } })
    const run: Guest['run'] = (argv, limitMs = 20_000) =>
      transport.run(name, { argv, limitMs, maxBytes: 2 ** 22, touches: 'nothing' })
    const sh: Guest['sh'] = async (lines, ...more) => said(await run(['sh', '-ec', lines], ...more), lines)
    return {
      name,
      pid: served.pid,
      ssh,
      console,
      run,
      entry: (roles, more = {}) => ({
        roles,
        transport: 'ssh',
        ssh: {
          address: ssh.address,
          port,
          user: ssh.user,
          key_file: ssh.keyFile,
          known_hosts: ssh.knownHosts,
        },
        ...more,
      }),
      sh,
      async start(argv) {
        const [pid, log] = said(await run(['sh', '-ec', STAYING, 'sh', ...argv]), argv.join(' ')).split('\n')
        return { pid: pid!, log: log! }
      },
      pause: () => signal(served.pid, 'SIGSTOP'),
      resume: () => signal(served.pid, 'SIGCONT'),
      async end() {
        signal(served.pid, 'SIGKILL')
        await served.exited
        await transport.close()
        remove()
      },
    }
  } catch (error) {
    remove()
    throw new Error(`${(error as Error).message}\n${console.slice(-20).join('\n')}`, { cause: error })
  }
}

// what is not yet in its own session when the shell ends is ended with it
const STAYING = `at=/run/started.$$
setsid sh -c 'echo $$ > "$0"; exec "$@"' $at "$@" < /dev/null > $at.out 2>&1 &
until [ -s $at ]; do sleep 0.05; done
cat $at; echo $at.out`

function said({ exitCode, reason, stdout, stderr }: Ran, what: string): string {
  if (exitCode === 0) return stdout
  throw new Error(`${what}: ${reason ?? `exit code ${exitCode}`}\n${stdout}${stderr}`)
}

const FILES = {
  'etc/passwd':
    'root:x:0:0:root:/root:/bin/sh\n_rpc:x:101:65534::/run/rpcbind:/bin/sh\nsshd:x:102:65534::/run/sshd:/bin/sh\n',
  'etc/group': 'root:x:0:\nnogroup:x:65534:\n',
  'etc/shells': '/bin/sh\n',
  'etc/ssh/config':
    'HostKey /etc/ssh/host\nStrictModes no\nUsePAM no\nKexAlgorithms curve25519-sha256\nUseDNS no\nPasswordAuthentication no\n',
  'etc/hosts': '127.0.0.1 localhost\n',
}

/** Keys made before it boots: its host key is known, and no other is trusted. */
function makeKeys(folder: string, port: number): void {
  const at = (file: string) => join(folder, file)
  for (const name of ['host', 'id']) generateKey(at(name))
  writeFileSync(at('known_hosts'), `[127.0.0.1]:${port} ${readFileSync(at('host.pub'), 'utf8')}`)
  mkdirSync(at('state'))
}

function qemu(
  initrd: string,
  port: number,
  { cable, memoryMiB = 384 }: GuestOptions,
): readonly [string, ...string[]] {
  const mac = cable && `52:54:00:77:00:${Number(cable.address.split('.')[3]).toString(16).padStart(2, '0')}`
  return [
    // when we are killed it ends, too
    ...(['setpriv', '--pdeathsig', 'KILL', 'qemu-system-x86_64'] as const),
    ...['-accel', 'tcg', '-cpu', 'max', '-machine', 'q35', '-smp', '1', '-m', String(memoryMiB)],
    ...['-nodefaults', '-no-reboot', '-display', 'none', '-serial', 'stdio', '-device', 'virtio-rng-pci'],
    ...['-netdev', `user,id=out,restrict=off,hostfwd=tcp:127.0.0.1:${port}-:22`],
    ...['-device', 'virtio-net-pci,netdev=out,romfile='],
    ...(cable
      ? [
          ...[
            '-netdev',
            `dgram,id=cable,local.type=unix,local.path=${cable.own},remote.type=unix,remote.path=${cable.other}`,
          ],
          ...['-device', `virtio-net-pci,netdev=cable,mac=${mac},romfile=`],
        ]
      : []),
    ...['-kernel', kernel().image, '-initrd', initrd, '-append', 'console=ttyS0 quiet panic=-1'],
  ]
}
