import { isHostWide, parseAddress, parseRange } from '../../shared/ceph/address.ts'
import { code } from '../../shared/text.ts'
import { isSlip } from '../nonce.ts'
import type { Scene } from './scene.ts'

const KEPT =
  'A blocklist entry fences a client that was cut off: ceph-csi keeps them for 5 years, Rook for 3; only remove what you added.'

/** What is blocked, and what `add` and `rm` did. */
export function judgeBlocklist(scene: Scene): void {
  judgeListing(scene)
  judgeChanges(scene)
}

function judgeListing({ notes, blocked }: Scene): void {
  const { entries, listed, line } = blocked
  if (entries.length === 0 && !listed) return
  if (entries.length === 0) {
    notes.finding({
      ...{ code: 'blocklist-empty', verdict: 'ruled-out', severity: 'ok', evidence: [line] },
      summary: 'The blocklist is empty: no client is cut off.',
    })
    return
  }
  const wide = entries.filter(({ entry }) => isHostWide(entry))
  notes.finding({
    ...{ code: 'blocklist-entries', verdict: 'confirmed', severity: 'info' },
    summary: `${entries.length === 1 ? 'One client or network is' : `${entries.length} clients or networks are`} on the blocklist.`,
    details: [
      ...(wide.length > 0
        ? [`${wide.length} of them cut off whole hosts or networks (\`:0/0\`, \`cidr:\`).`]
        : []),
      'Each was fenced on purpose: by a person, by `rbd lock rm`, by a client that took over a lock, or by an operator such as ceph-csi or Rook.',
    ],
    evidence: entries.map((entry) => entry.line),
  })
  notes.doNot('clear the blocklist, or remove entries that you did not add', KEPT)
}

function judgeChanges({ notes, changes }: Scene): void {
  for (const { did, address, line } of changes) {
    if (
      did === 'added' &&
      isHostWide(address.startsWith('cidr:') ? parseRange(address) : parseAddress(address))
    )
      notes.finding({
        ...{
          code: 'blocked-whole-host',
          verdict: 'confirmed',
          severity: 'warning',
          about: address,
          evidence: [line],
        },
        summary: `${code(address)} was blocked: that is every client ${address.startsWith('cidr:') ? 'of that network' : 'on that host'}, not one.`,
      })
    else if (did === 'added')
      notes.finding({
        ...{
          code: 'client-blocked',
          verdict: 'confirmed',
          severity: 'info',
          about: address,
          evidence: [line],
        },
        summary: `${code(address)} was put on the blocklist; its watches go within a second, and when the entry expires it may come back.`,
      })
    if (did === 'removed')
      notes.finding({
        ...{
          code: 'client-unblocked',
          verdict: 'confirmed',
          severity: 'ok',
          about: address,
          evidence: [line],
        },
        summary: `${code(address)} was taken off the blocklist.`,
      })
    if (did === 'absent')
      notes.finding({
        ...{
          code: 'not-blocklisted',
          verdict: 'confirmed',
          severity: 'info',
          about: address,
          evidence: [line],
        },
        summary: `${code(address)} was not on the blocklist, so nothing was removed.`,
        details: ['Compare it with the entry that was added, digit by digit: `rm` ends with 0 either way.'],
      })
  }
  judgeSlips({ notes, changes })
}

/** An `rm` that names nearly what was added leaves the entry in place. */
function judgeSlips({ notes, changes }: Pick<Scene, 'notes' | 'changes'>): void {
  const one = (text: string) => (text.startsWith('cidr:') ? undefined : parseAddress(text))
  const added = changes.filter(({ did }) => did === 'added' || did === 'typed-add')
  // what was added itself is no slip of a neighbour
  const own = new Set(added.map(({ address }) => address))
  const undone = new Set(changes.flatMap(({ did, address }) => (/add/.test(did) ? [] : [address])))
  const removed = changes.filter(({ did, address }) => !/add/.test(did) && !own.has(address))
  for (const before of added) {
    const a = one(before.address)
    if (!a || undone.has(before.address)) continue
    const slip = removed.find(({ address }) => {
      const b = one(address)
      return b && b.ip === a.ip && b.nonce !== '0' && isSlip(a.nonce, b.nonce)
    })
    if (!slip) continue
    notes.finding({
      ...{ code: 'mistyped-address', verdict: 'confirmed', severity: 'warning', about: before.address },
      summary: `${code(before.address)} was blocked, but ${code(slip.address)} was to be removed: a digit differs, so the entry stays.`,
      evidence: [before.line, slip.line],
    })
    notes.doNot(
      `take ${slip.address} for the entry that was added`,
      `the entry is ${before.address}; compare with \`ceph osd blocklist ls\``,
    )
  }
}
