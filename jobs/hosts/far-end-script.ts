import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { GATE } from './sudoers.ts'

/** What is known of a far end since the connection was made. */
export type FarEnd = {
  uid: string
  user: string
  /** how its timeout(1) is called: with -k, with -s only, old busybox (-t), or it has none */
  timeout: 'k' | 's' | 't' | 'none'
  /** its clock, in whole seconds, and ours (performance.now(), ms) when we read it */
  clock: { seconds: number; at: number }
}

/** A command's session at the far end. Its number is given to nobody else while one of its members lives. */
export type Session = { sid: string; born: string }

export type FarCommand = {
  argv: readonly string[]
  /** what is left of its limit */
  limitMs: number
  touches: string
}

/**
 * The scripts in far-end/ that run around a command over there, in nothing but POSIX sh: they have to do on a Debian
 * of today, on an Ubuntu of 2012 and on an appliance with busybox. Comments stay here.
 */
const scripts = {
  command: script('common', 'session', 'command'),
  probe: script('common', 'probe'),
  end: script('common', 'session', 'end'),
}

/** The line for a far end's shell that runs a command there: framed, bounded, never started after its limit. */
export function commandLine(marker: string, farEnd: FarEnd, command: FarCommand, shell = '/bin/sh'): string {
  const { argv, limitMs, touches } = command
  const untilMs = performance.now() - farEnd.clock.at + limitMs
  const settings = [
    Math.ceil(limitMs / 1000) + 1,
    farEnd.timeout,
    Math.floor(farEnd.clock.seconds + untilMs / 1000) + 1,
    mayHang(touches) ? createHash('sha256').update(touches).digest('hex').slice(0, 24) : '',
    `/tmp/.unwedge-${farEnd.uid}`,
    programOf(argv).slice(0, 40),
  ]
  return line(shell, scripts.command, marker, ...settings.map(String), ...argv)
}

/** The line that asks a far end what it can do. */
export function probeLine(marker: string, shell = '/bin/sh'): string {
  return line(shell, scripts.probe, marker)
}

/** What the far end answered to `probeLine`, asked at `at` (performance.now()); undefined when it makes no sense. */
export function readProbe(text: string, at: number): FarEnd | undefined {
  const [, seconds, uid, option, user] = /^(\d+) (\d+) (-k|-s|-t|none).*\n(\S+)\n/.exec(text) ?? []
  if (!seconds || !uid || !option || !user) return undefined
  return {
    uid,
    user,
    timeout: option.replace('-', '') as FarEnd['timeout'],
    clock: { seconds: Number(seconds), at },
  }
}

/** The line that ends all that still runs of a session. */
export function endLine(marker: string, { sid, born }: Session, shell = '/bin/sh'): string {
  return line(shell, scripts.end, marker, sid, born)
}

/** Joins words to a line that a POSIX shell reads as exactly these words. NUL is the one thing it cannot hold. */
export function quote(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ')
}

/** Whoever touches one of these may hang in the kernel, and leaves a record there. */
const mayHang = (touches: string) => /^(mount|device):/.test(touches)

function programOf(argv: readonly string[]): string {
  const asRoot = argv[3] === GATE ? argv[4] : argv[3]
  const program = argv[0] === 'sudo' ? asRoot : argv[0]
  return program?.replace(/^.*\//s, '').replace(/[^\w.+-]/g, '_') || '-'
}

/** Without `exec` the login shell would stay between sshd and the script. */
function line(shell: string, text: string, ...words: string[]): string {
  return `exec ${quote([shell, '-c', text, 'unwedge', ...words])}`
}

function script(...parts: string[]): string {
  const texts = parts.map((part) => readFileSync(new URL(`./far-end/${part}.sh`, import.meta.url), 'utf8'))
  const lines = texts
    .join('')
    .split('\n')
    .map((text) => text.trim())
  return lines.filter((text) => text !== '' && !text.startsWith('#')).join('\n')
}
