import type { Guest } from './guest.ts'

const WHOLE = "my $whole = pack('s s x4 q q l x4', F_WRLCK, 0, 0, 0, 0);"

/** perl: asks for a POSIX lock on a file and waits for it, says so, keeps it until it is ended. */
export const LOCKING = `use strict; use Fcntl; $| = 1; ${WHOLE}
open(my $file, '+<', $ARGV[0]) or die $!; print "asking\\n";
fcntl($file, F_SETLKW, $whole) or die $!; print "locked\\n"; sleep 600 while 1`

/** The same, but gives up after 3 s and starts over with the name of the file, as a service does that is restarted. */
export const TRYING = `use strict; use Fcntl; $| = 1; ${WHOLE} local $SIG{ALRM} = sub {};
while (1) { open(my $file, '+>>', $ARGV[0]) or die $!; alarm 3; last if fcntl($file, F_SETLKW, $whole) }
alarm 0; print "locked\\n"; sleep 600 while 1`

/** A process in a guest that has, or wants, a lock. */
export type Locker = { pid: string; hasIt(): Promise<boolean>; end(): Promise<void> }

export async function startLocker(guest: Guest, path: string, script = LOCKING): Promise<Locker> {
  const { pid, log } = await guest.start(['perl', '-e', script, path])
  return {
    pid,
    hasIt: async () => (await guest.sh(`cat ${log}`)).includes('locked'),
    end: async () =>
      void (await guest.sh(`kill -9 ${pid}; until [ ! -e /proc/${pid} ]; do sleep 0.05; done`)),
  }
}

/** Waits for something in a guest; every look takes long there. */
export async function until(holds: () => Promise<boolean>, what: string, seconds = 30): Promise<void> {
  const from = Date.now()
  while (!(await holds()))
    if (Date.now() - from > seconds * 1000) throw new Error(`not so after ${seconds} s: ${what}`)
}
