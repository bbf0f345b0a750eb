import type { Form } from '../../shared/ceph/pasted/records.ts'

/** An address with a nonce, any family and messenger version. */
export const ADDR = String.raw`(?:(?:v1|v2|any):)?(?:\[[0-9a-fA-F:.]+\]|\d{1,3}(?:\.\d{1,3}){3}):\d+\/\d+`
const TIME = String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[+-]\d{4}|Z)?`
const SIZE = String.raw`[\d.]+ ?(?:[KMGTPE]i?B|[kKMGTPE]|B|bytes)`

/**
 * The lines of RBD's tools and clients, all releases: `rados listwatchers`, `rbd status|info|lock ls|ls -l|snap ls|showmapped|
 * mirror image status`, `ceph osd blocklist`, librbd's and the kernel client's complaints. Tables of 16.2 as captured,
 * older ones from the source of those releases; the kernel's from drivers/block/rbd.c and net/ceph.
 */
export const FORMS = [
  {
    name: 'watcher',
    starts: /\bwatcher=/,
    whole: /\bwatcher=(\S+)\s+client\.(\d+)\s+cookie=(\d+)(?![\w.…])/,
  },
  { name: 'watchers-head', starts: /^\s*Watchers:/, whole: /^\s*Watchers:\s*(none)?\s*$/ },
  {
    name: 'migration-side',
    starts: /^\s*(?:source|destination): /,
    whole: /^\s*(source|destination):\s+(\S+\/\S+?)(?: \([0-9a-z]*\))?\s*$/,
  },
  {
    name: 'blocked',
    starts: /^\s*(?:cidr:)?(?:v[12]:)?(?:\[[0-9a-fA-F:.]+\]|\d{1,3}(?:\.\d{1,3}){3}):\d+\/\d*\s+\d{4}-/,
    whole: new RegExp(String.raw`^\s*((?:cidr:)?${ADDR})\s+(${TIME})\s*$`),
  },
  {
    name: 'blocked-map',
    starts: /\bbl[ao]cklist \S+ expires /,
    whole: new RegExp(String.raw`\bbl[ao]cklist ((?:cidr:)?${ADDR}) expires (${TIME})\s*$`),
  },
  { name: 'listed', starts: /^\s*listed \d+ entries/, whole: /^\s*listed (\d+) entries/ },
  {
    name: 'added',
    starts: /\bbl[ao]cklisting /,
    whole: new RegExp(
      String.raw`(?<!un-)\bbl[ao]cklisting ((?:cidr:)?\S+) until (${TIME}) \((\d+(?:\.\d+)?) sec\)`,
    ),
  },
  { name: 'removed', starts: /\bun-bl[ao]cklisting /, whole: /\bun-bl[ao]cklisting (\S+)\s*$/ },
  { name: 'absent', starts: /isn['’]t bl[ao]cklisted/, whole: /(\S+) isn['’]t bl[ao]cklisted/ },
  {
    name: 'lock-head',
    starts: /^\s*There (?:is|are) \d+ /,
    whole: /^\s*There (?:is|are) (\d+) (exclusive|shared) locks? on this image/,
  },
  { name: 'lock-tag', starts: /^Lock tag: /, whole: /^Lock tag: (.*)$/ },
  {
    name: 'lock',
    starts: /^\s*client\.\d+\s+/,
    whole: new RegExp(String.raw`^\s*client\.(\d+)\s+(\S.*?)\s+(${ADDR}|-|:\/0)\s*$`),
  },
  { name: 'info-head', starts: /^\s*rbd image '/, whole: /^\s*rbd image '(.+)':\s*$/ },
  {
    name: 'mapped-head',
    starts: /^\s*id\s+(?:pid\s+)?pool\s/,
    whole: /^\s*id\s+(pid\s+)?pool\s+(namespace\s+)?image\s+snap\s+device/,
  },
  {
    name: 'mapped',
    starts: /\/dev\/(?:rbd|nbd)\d+\s*$/,
    whole: /^\s*(\d+)\s+(\S+)\s+(?:(\S+)\s+)?(?:(\S+)\s+)?(\S+)\s+(\S+)\s+(\/dev\/(?:rbd|nbd)\d+)\s*$/,
  },
  {
    name: 'image-row',
    starts: new RegExp(String.raw`^\s*\S+\s+${SIZE}\s+.*[12]\b`),
    whole: new RegExp(
      String.raw`^\s*([^\s@]+)(?:@(\S+))?\s+(${SIZE})\s+(?:(\S+\/\S+@\S+)\s+)?([12])(?:\s+(yes))?(?:\s+(excl|shr))?\s*$`,
    ),
  },
  {
    name: 'snap-row',
    starts: new RegExp(String.raw`^\s*\d+\s+\S+\s+${SIZE}`),
    whole: new RegExp(
      String.raw`^\s*(\d+)\s+(\S+)\s+(${SIZE})(?:\s+(yes|no))?(?:\s+([A-Z][a-z]{2} .+\d{4}))?\s*$`,
    ),
  },
  {
    name: 'error',
    starts: /(?:rbd: )?error (?:listing watchers|opening image|opening pool|getting omap)/,
    whole:
      /error (listing watchers|opening image|opening pool|getting omap\S*(?: value)?)\s+'?(.*?)'?: \((\d+)\)\s*(.*)$/,
  },
  { name: 'has-watchers', starts: /image (?:still )?has watchers/, whole: /image (?:still )?has watchers/ },
  {
    name: 'map-failed',
    starts: /rbd: (?:un)?map failed/,
    whole: /rbd: ((?:un)?map) failed: \((\d+)\)\s*(.*)$/,
  },
  {
    name: 'mismatch',
    starts: /image feature set mismatch|uses unsupported features/,
    whole: /(?:image feature set mismatch.*|image (\S+): image uses unsupported features: (0x[0-9a-f]+))/i,
  },
  {
    name: 'locked',
    starts: /rbd: .*\blocked\b|rbd: lock add failed/,
    whole: /rbd: (?:image )?(\S*).*\b(?:locked by (.+)|is locked|lock add failed: \((\d+)\).*)$/,
  },
  { name: 'krbd', starts: /\brbd: (?:rbd\d+|loaded|image \S+):/, whole: /\brbd: (rbd\d+|image \S+): (.+)$/ },
  {
    name: 'watch-error',
    starts: /librbd::\S*[Ww]atcher|^ERROR cookie \d+ err|watch (?:failed|error)/,
    whole:
      /(?:librbd::\S*[Ww]atcher|^ERROR cookie (\d+) err|watch (?:failed|error)).*?[( -](\d{1,3})(?:\)|\s*$)/,
  },
  {
    name: 'client-blocked',
    starts: /(?:librbd|librados|rbd|client)\b.*\bbl[ao]cklisted/,
    whole: /(?:librbd|librados|rbd|client)\b.*\bbl[ao]cklisted/,
  },
  // Lustre says the same of an eviction
  {
    name: 'lost-endpoint',
    starts: /\(108\)/,
    whole: /(?:\brbd\b|librbd|rados|ceph|objecter|qemu).*\(108\)/i,
  },
  {
    name: 'block-error',
    starts: /I\/O error.* rbd\d+/,
    whole: /I\/O error,?.* (?:dev |on device )(rbd\d+)(?:, (?:logical block|sector) (\d+))?/,
  },
  {
    name: 'libceph-client',
    starts: /libceph: client\d+/,
    whole: /libceph: client(\d+)(?: (\S+))? fsid ([0-9a-f-]{36})/,
  },
  { name: 'hex-head', starts: /^value(?: \(\d+ bytes\))? ?:/, whole: /^value(?: \((\d+) bytes\))? ?:\s*$/ },
  {
    name: 'mirror-off',
    starts: /mirroring not enabled on/,
    whole: /mirroring not enabled on (?:the )?(pool|image)/,
  },
  {
    name: 'field',
    starts: /^\s*[a-z_ ]{2,24}:(?:\s|$)|^\s+(?:size|order) \d/,
    whole: /^(\s*)(?:([a-z_ ]{2,24}):\s*(.*?)|((?:size|order) \d.*))\s*$/,
  },
] as const satisfies readonly Form[]

export type Name = (typeof FORMS)[number]['name']
