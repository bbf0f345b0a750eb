import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** Ways to lock a file. struct flock as 64-bit Linux has it; 37 and 38 are F_OFD_SETLK and F_OFD_SETLKW. */
export const KINDS = ['flock', 'posix', 'ofd'] as const
export type Kind = (typeof KINDS)[number]

const LOCKING: Record<Kind, string> = {
  flock: 'flock($file, LOCK_EX)',
  posix: 'fcntl($file, F_SETLKW, $whole)',
  ofd: 'fcntl($file, 38, $whole)',
}

/** A process that locks a file, says so, and keeps the lock until it is ended; it prints `asking` before it may wait. */
export async function startLocking(
  path: string,
  kind: Kind,
  until: 'asking' | 'locked',
  more = '',
): Promise<ChildProcess & { pid: number }> {
  const script = `use strict; use Fcntl qw(:DEFAULT :flock); $| = 1; my $whole = pack('s s x4 q q l x4', F_WRLCK, 0, 0, 0, 0);
    open(my $file, '+<', $ARGV[0]) or die $!; print "asking\\n"; ${LOCKING[kind]} or die $!; print "locked\\n"; ${more}; sleep 600`
  const child = spawn('perl', ['-e', script, '--', path], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  while (!said.includes(`${until}\n`)) said += String((await once(child.stdout, 'data'))[0])
  return child as ChildProcess & { pid: number }
}

export async function end(...children: ChildProcess[]): Promise<void> {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
}
