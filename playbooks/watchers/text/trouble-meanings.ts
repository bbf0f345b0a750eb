import { code } from '../../shared/text.ts'
import type { Trouble } from './scene.ts'

export type Meaning = {
  code: string
  severity: 'info' | 'warning' | 'critical'
  verdict?: 'confirmed' | 'inconclusive'
  summary: (what: string, first: Trouble) => string
  doNot?: [what: string, why: string]
}

const UNLOCK: [string, string] = [
  'run `rbd lock rm` before the holder is known to be gone',
  'it blocklists the owner by itself: a living client loses its writes',
]

export const MEANINGS: Record<string, Meaning> = {
  'has-watchers': {
    ...{ code: 'image-has-watchers', severity: 'warning', verdict: 'confirmed' },
    summary: (what) =>
      `${what} cannot be removed, because somebody still watches it: it is open somewhere, or its client died and its watch has not ended yet (30 s; up to Giant it may stay).`,
    doNot: [
      'delete the header object, or block the watcher, to get it removed',
      'the watcher may be a living client; see who it is first',
    ],
  },
  'map-failed': {
    ...{ code: 'map-failed', severity: 'warning', verdict: 'confirmed' },
    summary: (what, { errno }) =>
      `Mapping ${what} failed${errno === undefined ? '' : ` (errno ${errno})`}; the kernel's log of that host says more.`,
  },
  'unmap-failed': {
    ...{ code: 'unmap-failed', severity: 'warning', verdict: 'confirmed' },
    summary: (_, { errno }) =>
      `Unmapping failed${errno === '16' ? ': the device is still in use (mounted, LVM, multipath, a target)' : ''}.`,
    doNot: ['unmap with `-o force` while it may be in use', 'what is still to be written is lost'],
  },
  'feature-mismatch': {
    ...{ code: 'features-unsupported', severity: 'warning', verdict: 'confirmed' },
    summary: (what) => `The kernel of this host does not know all features of ${what}, so it cannot map it.`,
  },
  locked: {
    ...{ code: 'image-locked', severity: 'warning' },
    summary: (what, { client }) =>
      `${what} is locked${client === undefined ? ' by another client' : ` by ${code(client)}`}; whether that one lives, the text does not tell.`,
    doNot: UNLOCK,
  },
  'watch-lost': {
    ...{ code: 'watch-lost', severity: 'warning' },
    summary: (_, { errno, at }) =>
      `A client lost its watch${errno === undefined ? '' : ` (errno ${errno})`}${when(at)}; it registers it again when it can. Its OSD or its network stood still for longer than the watch lives.`,
  },
  'client-blocked': {
    ...{ code: 'client-blocklisted', severity: 'critical' },
    summary: (_, { at }) =>
      `The cluster refused this client, because it was on the blocklist${when(at)}: whatever it had in hand was not written.`,
    doNot: [
      'take the client off the blocklist to bring it back',
      'it may then write what it had in hand when it was cut off; restart it (or map anew) instead',
    ],
  },
  'io-error': {
    ...{ code: 'rbd-io-errors', severity: 'warning' },
    summary: (_, { at }) =>
      `The kernel logged I/O errors of an RBD device${when(at)}; whether they go on, the text does not tell.`,
  },
  'lock-broken': {
    ...{ code: 'lock-taken-over', severity: 'info' },
    summary: (_, { client, at }) =>
      `A client took over the lock of ${client === undefined ? 'another' : code(client)}${when(at)}, as it does when the owner does not answer; the owner was blocked.`,
  },
  'block-failed': {
    ...{ code: 'block-failed', severity: 'warning' },
    summary: (_, { client, errno, at }) =>
      `The kernel was to take over the lock of ${client === undefined ? 'another client' : code(client)} and could not block it${errno === undefined ? '' : ` (errno ${errno})`}${when(at)}, so the lock stays; errno 1 and 13 are missing capabilities (\`profile rbd\`).`,
    doNot: UNLOCK,
  },
  'no-owner': {
    ...{ code: 'no-lock-owner', severity: 'info' },
    summary: () => 'The kernel found a lock without a living owner, and takes it over.',
  },
  'kernel-error': {
    ...{ code: 'krbd-error', severity: 'warning' },
    summary: (_, { errno, at }) =>
      `The kernel's RBD client reported an error${errno === undefined ? '' : ` (errno ${errno})`}${when(at)}.`,
  },
}

function when(at: string | undefined): string {
  return at === undefined ? '' : ` (logged at ${at})`
}
