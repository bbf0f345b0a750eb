import { readJson } from '../json.ts'
import { NotSeen } from '../probe.ts'
import { code, lines } from '../text.ts'
import { finished, type Printed } from './errors.ts'
import { digits, field, object, string } from './fields.ts'

/** The releases by the version they started with (https://docs.ceph.com/en/latest/releases/). */
const releases = [
  ['argonaut', 0, 48],
  ['bobtail', 0, 56],
  ['cuttlefish', 0, 61],
  ['dumpling', 0, 67],
  ['emperor', 0, 72],
  ['firefly', 0, 80],
  ['giant', 0, 87],
  ['hammer', 0, 94],
  ['infernalis', 9, 0],
  ['jewel', 10, 0],
  ['kraken', 11, 0],
  ['luminous', 12, 0],
  ['mimic', 13, 0],
  ['nautilus', 14, 0],
  ['octopus', 15, 0],
  ['pacific', 16, 0],
  ['quincy', 17, 0],
  ['reef', 18, 0],
  ['squid', 19, 0],
  ['tentacle', 20, 0],
] as const

export type ReleaseName = (typeof releases)[number][0]

/** A version of Ceph. `name` is `newer` above Tentacle; `words` is what its `osd …list` command is called. */
export type Release = {
  version: readonly [major: number, minor: number, patch?: number]
  name: ReleaseName | 'newer'
  words: 'blacklist' | 'blocklist'
}

const versionText = /^ceph version (\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?[-~+.\w]*(?: \([^)]*\).*)?$/

/** Text such as `ceph version 0.87 (c51c8f9…)` or `ceph version 16.2.15 (618f44…) pacific (stable)` → release. */
export function parseRelease(text: string): Release {
  const [, major, minor, patch] = versionText.exec(text.trim()) ?? []
  if (major === undefined || minor === undefined) {
    throw new NotSeen('unparsable', `${code(text)} is not \`ceph version N.N…\``)
  }
  const version: Release['version'] =
    patch === undefined ? [Number(major), Number(minor)] : [Number(major), Number(minor), Number(patch)]
  const name = nameOf(version)
  if (!name) throw new NotSeen('unparsable', `${code(text)}: older than anything known here`)
  return { version, name, words: version[0] >= 16 ? 'blocklist' : 'blacklist' }
}

function nameOf([major, minor]: Release['version']): Release['name'] | undefined {
  if (major > 20) return 'newer'
  return releases.findLast(([, from, since]) => from < major || (from === major && since <= minor))?.[0]
}

/** Whether a release is this one or a later one. */
export function atLeast(release: Release, name: ReleaseName): boolean {
  const order = (each: Release['name']) =>
    each === 'newer' ? releases.length : releases.findIndex(([known]) => known === each)
  return order(release.name) >= order(name)
}

/** `ceph --version`, `ceph version` (the monitor's), `rados --version`: one line, or `{"version":"…"}`. */
export function readRelease(printed: Printed): Release {
  const text = finished(printed)
  if (text.trimStart().startsWith('{')) {
    return parseRelease(string(field(object(readJson(text), 'ceph version'), 'version'), 'version'))
  }
  const said = lines(text).filter((line) => line.trim() !== '')
  if (said.length !== 1) throw new NotSeen('unparsable', `expected one line, found ${said.length}`)
  return parseRelease(said[0] ?? '')
}

/** The versions that run in a cluster, oldest first, with the number of daemons of each. */
export type Releases = { release: Release; daemons: number }[]

/** `ceph versions` (Luminous and later; JSON whatever the format). At least one; several during an upgrade. */
export function readReleases(printed: Printed): Releases {
  const overall = object(field(object(readJson(finished(printed)), 'ceph versions'), 'overall'), 'overall')
  const found = overall.entries.map(([text, count]) => ({
    release: parseRelease(text),
    daemons: Number(digits(count, text)),
  }))
  if (found.length === 0) throw new NotSeen('unparsable', 'overall: expected at least one version')
  return found.sort((a, b) => compare(a.release.version, b.release.version))
}

function compare(a: Release['version'], b: Release['version']): number {
  return a[0] - b[0] || a[1] - b[1] || (a[2] ?? 0) - (b[2] ?? 0)
}
