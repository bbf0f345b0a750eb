import { code } from '../../shared/text.ts'
import { judgeEvents } from './judge-events.ts'
import { judgeConflicts, judgePathsOfLinux, judgePersistent, judgeSent } from './judge-scsi.ts'
import { datastoreCheck, followUp } from './next.ts'
import type { Scene } from './scene.ts'

/** What the readings mean. A text shows one moment: totals are history, and `ok` is said only of what it shows. */
export function judge(scene: Scene): void {
  judgeEvents(scene)
  judgeStats(scene)
  judgeDevices(scene)
  judgeVolumes(scene)
  judgeSent(scene)
  judgePersistent(scene)
  judgeConflicts(scene)
  judgePathsOfLinux(scene)
  for (const { code: name, severity, summary, lines, device, host } of scene.trouble) {
    scene.tell.find({ code: name, verdict: 'confirmed', severity, summary, lines })
    if (severity !== 'info') followUp(scene, device, host)
  }
  for (const { code: name, summary, lines } of scene.fine)
    scene.tell.find({ code: name, verdict: 'ruled-out', severity: 'ok', summary, lines })
}

function judgeStats(scene: Scene): void {
  for (const name of new Set(scene.stats.map(({ device }) => device))) {
    const readings = scene.stats.filter(({ device }) => device === name)
    const [first, last] = [readings[0]!, readings.at(-1)!]
    const of = (reading: typeof first, counter: string) => reading.counters[counter] ?? 0n
    const by = (counter: string) =>
      counter in first.counters && counter in last.counters ? of(last, counter) - of(first, counter) : 0n
    const lines = last.lines.filter(({ text }) => /Fail|Conflict/i.test(text))
    const hurts =
      by('Failed Read Operations') +
      by('Failed Write Operations') +
      by('Failed Reserve Operations') +
      by('Reservation Conflicts')
    if (readings.length > 1 && hurts > 0n) {
      scene.tell.find({
        code: 'failures-growing',
        verdict: 'confirmed',
        severity: 'warning',
        summary: `Failures of ${code(name)} grew between the ${readings.length} readings in this text.`,
        lines,
      })
      followUp(scene, name, last.host)
      continue
    }
    const shown = ['Failed Commands', 'Reservation Conflicts'].filter((name_) => name_ in last.counters)
    const failed = [...shown, 'Failed Reserve Operations'].reduce((sum, each) => sum + of(last, each), 0n)
    if (shown.length === 0 && failed === 0n) continue
    if (failed === 0n && shown.length === 2)
      scene.tell.find({
        code: 'no-failures',
        verdict: 'ruled-out',
        severity: 'ok',
        summary: `${code(name)} counts no failed command and no reservation conflict.`,
        lines,
      })
    else if (failed > 0n) {
      scene.tell.find({
        code: 'failures-counted',
        verdict: 'inconclusive',
        severity: 'info',
        summary: `${code(name)} counts ${shown.map((each) => `${of(last, each)} ${each.toLowerCase()}`).join(' and ')} since its counters began: history, until a second reading shows that they grow.`,
        lines,
      })
      followUp(scene, name, last.host, 'Read the counters twice: only growth is a fault')
    }
  }
}

function judgeDevices(scene: Scene): void {
  for (const { name, status, lines, host } of scene.devices) {
    const at = lines.filter(({ text }) => /Status:|^\S/.test(text))
    const say = (code_: string, severity: 'ok' | 'warning' | 'critical', summary: string) => {
      scene.tell.find({
        code: code_,
        verdict: severity === 'ok' ? 'ruled-out' : 'confirmed',
        severity,
        summary,
        lines: at,
      })
      if (severity !== 'ok') followUp(scene, name, host)
    }
    if (status === 'on') say('device-on', 'ok', `ESXi has ${code(name)} on.`)
    else if (status === 'dead' || status === 'dead timeout')
      say('all-paths-down', 'critical', `All paths to ${code(name)} are down (${status}).`)
    else if (/not connected|pdl/.test(status))
      say('permanent-device-loss', 'critical', `${code(name)} is gone for good (PDL).`)
    else say('device-not-on', 'warning', `${code(name)} is ${code(status)}.`)
  }
  for (const device of new Set(scene.paths.map((path) => path.device))) {
    const own = scene.paths.filter((path) => path.device === device)
    const dead = own.filter(({ state }) => state === 'dead' || state === 'unavailable')
    const lines = (dead.length > 0 ? dead : own).flatMap((path) =>
      path.lines.filter(({ text }) => /State:|Runtime Name:/.test(text)),
    )
    if (dead.length === 0)
      scene.tell.find({
        code: 'paths-up',
        verdict: 'ruled-out',
        severity: 'ok',
        summary: `${own.length === 1 ? 'The path' : `All ${own.length} paths`} to ${code(device)} shown here ${own.length === 1 ? 'works' : 'work'}.`,
        lines,
      })
    else {
      const all = dead.length === own.length
      scene.tell.find({
        code: all ? 'all-paths-down' : 'path-lost',
        verdict: 'confirmed',
        severity: all ? 'critical' : 'warning',
        summary: `${all ? 'All' : `${dead.length} of ${own.length}`} paths to ${code(device)} are dead.`,
        lines,
      })
      followUp(scene, device, dead[0]!.host)
    }
  }
}

function judgeVolumes(scene: Scene): void {
  for (const one of scene.fileSystems) {
    const name = one.name || one.uuid
    if (!one.mounted || /unknown/i.test(one.type)) {
      scene.tell.find({
        code: 'datastore-unmounted',
        verdict: 'confirmed',
        severity: 'warning',
        summary: `${code(name)} is ${one.mounted ? `of type ${code(one.type)}: ESXi cannot read it` : 'not mounted'}.`,
        lines: one.lines,
      })
      if (/^VMFS/i.test(one.type)) scene.tell.next(datastoreCheck(name), 'See why it is not mounted')
    }
  }
  const good = scene.fileSystems.filter(({ mounted, type }) => mounted && !/unknown/i.test(type))
  if (good.length > 0 && good.length === scene.fileSystems.length)
    scene.tell.find({
      code: 'datastores-mounted',
      verdict: 'ruled-out',
      severity: 'ok',
      summary: `All ${good.length} file systems in this list are mounted.`,
      lines: good.flatMap(({ lines }) => lines).slice(0, 4),
    })
}
