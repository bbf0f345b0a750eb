import { answeredElsewhere } from '../shared/ceph/admin-host.ts'
import type { OsdMap } from '../shared/ceph/osd-map.ts'
import type { Diagnosis, Finding, Unseen } from '../shared/finding.ts'
import type { Host, Inventory } from '../shared/inventory.ts'
import { lookAt } from '../shared/look.ts'
import type { Observations, Probe, Reading } from '../shared/probe.ts'
import { code } from '../shared/text.ts'
import { couldNotLook, gap, nobodyCanLook } from './diagnose.ts'
import { type Draft, MACHINE_NEAR, NEAR, rests } from './draft.ts'
import { adminOf, asMappedNow } from './evidence.ts'
import { viewFacts } from './facts.ts'
import { hearingOf } from './hearing.ts'
import { hostOf, type OsdView, viewFromOutside, viewHost } from './host-view.ts'
import { isCertain } from './identity.ts'
import { clusterProbes } from './probes.ts'
import { amount, descriptorLine, nameOf, usesOf } from './words.ts'

/** More OSDs than this are not looked at in one go. */
export const MOST = 500

/** `again`: the map as it was read once more, because an OSD was deaf. */
type All = { map: Reading<OsdMap>; again: Reading<OsdMap> | undefined; views: OsdView[]; admin: Host }

/** One pass over the whole map, host by host. */
export function gatherAll(
  inventory: Inventory,
  seen: Observations,
): { evidence: All | undefined; wanted: Probe<unknown>[] } {
  const admin = adminOf(inventory)
  if (!admin) return { evidence: undefined, wanted: [] }
  const look = lookAt(seen)
  const ceph = clusterProbes(inventory, admin)
  const map = look.ask(ceph.map())
  const up = map.seen ? map.value.osds.filter((osd) => osd.up).slice(0, MOST) : []
  const byHost = Map.groupBy(up, (osd) => hostOf(inventory, osd))
  const asMapped = [...byHost].flatMap(([host, osds]) =>
    host
      ? viewHost(look, inventory, host, osds, admin.name === host.name ? [] : [admin])
      : viewFromOutside(look, inventory, osds, [admin]),
  )
  const { views, again } = asMappedNow(asMapped, look, ceph)
  return { evidence: { map, again, views, admin }, wanted: look.wanted() }
}

/** Which OSDs are deaf, near their limit or not seen; one finding a kind, so that it stays one screen. */
export function diagnoseAll(inventory: Inventory, seen: Observations): Diagnosis {
  const { evidence } = gatherAll(inventory, seen)
  if (!evidence) return nobodyCanLook('osds', inventory)
  const { map, again, views, admin } = evidence
  if (!map.seen) return couldNotLook('osds', 'I could not look at the OSDs', map)
  const heard = views.filter(({ osd }) => osd.up).map((view) => ({ view, ...hearingOf(view) }))
  const deaf = heard.filter(({ state }) => state === 'deaf')
  const unknown = heard.filter(({ state }) => state === 'unknown')
  const near = views.filter(isNear)
  const latest = again?.seen ? again.value : map.value
  const down = latest.osds.filter(({ up }) => !up)
  const left = map.value.osds.filter(({ up }) => up).length - views.length
  const drafts: (Draft | undefined)[] = [
    deaf.length === 0
      ? undefined
      : {
          code: 'deaf-osds',
          verdict: 'confirmed',
          severity: 'critical',
          summary: `${deaf.length} of ${views.length} OSDs ${deaf.length === 1 ? 'is' : 'are'} up, but deaf: ${names(deaf.map(({ view }) => view.osd.id))}.`,
          details: deaf
            .slice(0, 8)
            .map(({ view, deaf: ears }) => `${lineOf(view)}: new connections fail (${usesOf(ears)})`),
          evidence: [
            ...deaf.flatMap(({ view }) => rests(view)),
            ...(again?.observation ? [again.observation.probe] : []),
          ],
        },
    ...machines(views),
    near.length === 0
      ? undefined
      : {
          code: 'near-fd-limit',
          verdict: 'confirmed',
          severity: 'warning',
          summary: `${near.length === 1 ? 'One OSD is' : `${near.length} OSDs are`} near ${near.length === 1 ? 'its' : 'their'} limit on open files: ${names(near.map(({ osd }) => osd.id))}.`,
          details: near.slice(0, 8).map((view) => `${lineOf(view)}: ${descriptorLine(view)}`),
          evidence: near.flatMap(({ open }) => open.observation?.probe ?? []),
        },
    down.length === 0
      ? undefined
      : {
          code: 'down-osds',
          verdict: 'confirmed',
          severity: 'warning',
          summary: `${down.length === 1 ? 'One OSD is' : `${down.length} OSDs are`} down: ${names(down.map(({ id }) => id))}.`,
          details: [],
          evidence: ['osd-map'],
        },
    unknown.length === 0 && left === 0 && views.length > 0
      ? undefined
      : {
          code: 'not-all-seen',
          verdict: 'inconclusive',
          severity: 'warning',
          summary:
            views.length === 0
              ? 'No OSD is up, so none could be connected to.'
              : `I can't tell about ${unknown.length + left} of ${views.length + left} OSDs: ${names(unknown.map(({ view }) => view.osd.id))}${left > 0 ? ` and ${left} more than the ${MOST} that are looked at in one go` : ''}.`,
          details: [],
          evidence: ['osd-map'],
        },
  ]
  const found = drafts.filter((draft) => draft !== undefined)
  const findings = (found.length > 0 ? found : [allListen(views)]).map(
    (draft): Finding => ({ playbook: 'osds', ...draft, evidence: [...new Set(draft.evidence)] }),
  )
  const suspects = [
    ...new Set([
      ...deaf.map(({ view }) => view.osd.id),
      ...near.map(({ osd }) => osd.id),
      ...down.map(({ id }) => id),
    ]),
  ]
  return {
    looked: views.length > 0,
    facts: { osds: views.map(viewFacts), down: down.map(({ id }) => id) },
    findings,
    unseen: [...answeredElsewhere(admin, map), ...unseenOf(views)],
    offers: [],
    next: suspects.slice(0, 4).map((id) => ({ why: 'Why, and what helps', command: `check osd ${id}` })),
    doNot: [],
  }
}

function allListen(views: OsdView[]): Draft {
  const whole = views.every(
    (view) =>
      isCertain(view) && view.open.seen && view.limits.seen && view.fileNr.seen && view.listeners.seen,
  )
  return {
    code: 'all-listen',
    verdict: whole ? 'ruled-out' : 'inconclusive',
    severity: whole ? 'ok' : 'info',
    summary: `All ${views.length} OSDs are up and take new connections on all of their addresses${whole ? ', and none is near its limit' : '; how near they are to their limits was not seen everywhere'}.`,
    details: [],
    evidence: views.flatMap(rests),
  }
}

function machines(views: OsdView[]): (Draft | undefined)[] {
  const hosts = new Map(views.flatMap((view) => (view.host ? [[view.host.name, view]] : [])))
  return [...hosts].map(([host, { fileNr }]) => {
    if (!fileNr.seen || fileNr.value.open * MACHINE_NEAR.of < fileNr.value.max * MACHINE_NEAR.part)
      return undefined
    const { open, max } = fileNr.value
    return {
      code: open >= max ? 'machine-files-exhausted' : 'machine-files-near',
      verdict: 'confirmed',
      severity: open >= max ? 'critical' : 'warning',
      summary: `${code(host)} has ${amount(open)} of at most ${amount(max)} files open: every OSD there is in danger.`,
      details: [],
      evidence: [fileNr.observation.probe],
    }
  })
}

function isNear(view: OsdView): boolean {
  const { open, limits } = view
  return (
    isCertain(view) &&
    open.seen &&
    limits.seen &&
    BigInt(open.value) * NEAR.of >= limits.value.soft * NEAR.part
  )
}

function unseenOf(views: OsdView[]): Unseen[] {
  const hosts = new Map(
    views.map((view) => [view.host?.name ?? 'hosts that the inventory does not know', view]),
  )
  return [...hosts].flatMap(([host, view]) =>
    [
      gap(`sockets of ${host}`, view.listeners),
      gap(`files of ${host}`, view.fileNr),
      gap(`descriptors of ${nameOf(view.osd.id)} on ${host}`, view.open),
      ...view.heard.map(({ from, answers }) => gap(`connections from ${from.name} to ${host}`, answers)),
    ].flat(),
  )
}

function lineOf({ osd, host }: OsdView): string {
  return `${nameOf(osd.id)}${host ? ` on ${code(host.name)}` : ''}`
}

function names(ids: string[]): string {
  return `${ids.slice(0, 12).map(nameOf).join(', ')}${ids.length > 12 ? ` and ${ids.length - 12} more` : ''}`
}
