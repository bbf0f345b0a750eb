import type { ReclockScript } from './reclock-script.ts'

type Argv = readonly [string, ...string[]]

/** Switches the event script on or off, in the words of the release that it belongs to (4.9 moved it to events/legacy). */
export function switchArgv({ path }: ReclockScript, to: 'on' | 'off'): Argv {
  if (path.includes('/events/legacy/'))
    return ['ctdb', 'event', 'script', to === 'on' ? 'enable' : 'disable', 'legacy', '01.reclock']
  return ['ctdb', to === 'on' ? 'enablescript' : 'disablescript', '01.reclock']
}

/** Empties the counter; `-c`: where there is none, none is made. */
export function emptyArgv(counterPath: string): Argv {
  return ['truncate', '-c', '-s', '0', counterPath]
}

/**
 * The deadline of a hold, on the node itself, so that it holds whatever becomes of us: after `holdS` the counter is
 * emptied and the script switched on again. find is the sequencer: it runs its -exec one after the other, each only if
 * the one before succeeded, without a shell, in every release and in busybox. Emptied first: a script that is switched
 * on with a full counter shuts the node down in its first run, even when the lock answers.
 * setsid twice below timeout: the outer one leaves our session before the inner one forks, so that whoever ends our
 * process group in that moment does not end the timer (seen with one setsid in 4 of 8 runs).
 */
export function timerArgv(script: ReclockScript, counterPath: string, holdS: number): Argv {
  const steps = [['sleep', String(holdS)], emptyArgv(counterPath), switchArgv(script, 'on')]
  return [
    'timeout',
    '10',
    'setsid',
    'setsid',
    'find',
    '/',
    '-maxdepth',
    '0',
    ...steps.flatMap((argv) => ['-exec', ...argv, ';']),
  ]
}

/** SIGKILL, because a shell that waits for `df` would go on to the next command on anything that `df` survives. */
export function endArgv(pids: readonly string[]): Argv {
  return ['kill', '-KILL', ...pids]
}

/** As it would be typed. */
export function typed(argv: Argv): string {
  return argv
    .map((word) =>
      /^[\w@%+=:,./-]+$/.test(word) ? word : word === ';' ? '\\;' : `'${word.replaceAll("'", "'\\''")}'`,
    )
    .join(' ')
}
