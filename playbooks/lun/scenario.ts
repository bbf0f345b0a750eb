import type { Reply, Scenario } from '../shared/scenario.ts'
import { LIO_DEVICES_ARGV } from './lio.ts'
import { ESX, esxiAnswer } from './replayed-esxi.ts'
import { SWITCHES_OFF, type Switches, scstAnswer } from './replayed-scst.ts'

type State<S> = {
  ceph: S
  switches: Switches
  /** when it was first looked at, by the replayed clock; ESXi's counters run from there */
  since: number | undefined
  /** since when RESERVE is answered again; undefined: it is not */
  healedAt: number | undefined
  /** RESERVE from the Linux initiator was taken and not released */
  reserved: boolean
}

const TARGET = 'wsg-70-3'
const INITIATOR = 'wsg-70-2'
/** Each try fails after 40 s; several machines on the datastore try at the same time. */
const EACH_MS = 11_000
const DISK = '/dev/disk/by-id/scsi-26465336666353233'

/**
 * The incident's other end: the ESXi host with the datastore, the SCST target and a Linux initiator, on top of the cluster whose
 * image has a left-over watcher. That one is handed in, because playbooks do not know each other; whether RESERVE stalls is
 * asked of it. The datastore, both EUIs, log lines and counters are the report's; which device the datastore lies on, names of
 * hosts that it does not give, `disk12` and the outputs of sysfs are made up from their source, written by hand.
 */
export function redDatastore<S>(leftOverWatcher: Scenario<S>): Scenario<State<S>> {
  const stalls = ({ ceph }: State<S>, now: number) =>
    (leftOverWatcher.answer(ceph, TARGET, ['sg_raw', DISK, '16', '00', '00', '00', '00', '00'], now)?.reply
      .tookMs ?? 0) > 1_000
  return {
    playbook: 'datastore',
    hosts: [
      ...leftOverWatcher.hosts,
      { name: ESX, addresses: ['1.1.2.21'], roles: ['esxi'] },
      { name: INITIATOR, addresses: ['1.1.2.5'], roles: ['iscsi-initiator'] },
    ],
    start: () => ({
      ceph: leftOverWatcher.start(),
      switches: SWITCHES_OFF,
      since: undefined,
      healedAt: undefined,
      reserved: false,
    }),
    answer: (before, host, argv, now) => {
      const state = { ...before, since: before.since ?? now }
      const same = (reply: Reply | undefined) => reply && { state, reply: { tookMs: 200, ...reply } }
      if (host === ESX)
        return same(
          esxiAnswer(argv, now, {
            failed: failedBy(state, now),
            stalls: state.healedAt === undefined,
            healedAt: state.healedAt,
          }),
        )
      if (host === INITIATOR) return initiator(state, argv, stalls(state, now), same)
      if (host === TARGET) {
        const scst = scstAnswer(argv, state.switches)
        if (scst)
          return { state: { ...state, switches: scst.switches }, reply: { tookMs: 200, ...scst.reply } }
      }
      const own = targetAnswer(host, argv)
      if (own) return same(own)
      const below = leftOverWatcher.answer(state.ceph, host, argv, now)
      if (!below) return undefined
      const after = { ...state, ceph: below.state }
      const healedAt = state.healedAt ?? (stalls(after, now) ? undefined : now)
      return { state: { ...after, healedAt }, reply: below.reply }
    },
  }
}

/** The report's number, and what failed since; from the moment on when RESERVE is answered, nothing more. */
function failedBy<S>({ since, healedAt }: State<S>, now: number): number {
  return 85 + Math.max(0, Math.floor(((healedAt ?? now) - (since ?? now)) / EACH_MS))
}

function initiator<S>(
  state: State<S>,
  argv: readonly string[],
  stalls: boolean,
  same: (reply: Reply | undefined) => { state: State<S>; reply: Reply } | undefined,
): { state: State<S>; reply: Reply } | undefined {
  const line = argv.join(' ')
  const good = 'SCSI Status: Good \n\nSense Information:\nsense buffer empty\n'
  if (argv[0] === 'find')
    return same({
      stdout:
        'ata-VMware_Virtual_SATA_CDRW\t../../sr0\nscsi-26465336666353233\t../../sdd\nscsi-26465336666353233-part1\t../../sdd1\nscsi-23939303832313261\t../../sde\n',
    })
  if (argv[0] === 'sg_raw' && argv[2] === '16')
    return stalls
      ? {
          state,
          reply: {
            stderr: '>>> transport error: Host_status=0x03 [DID_TIME_OUT]\n',
            exitCode: 99,
            tookMs: 40_000,
          },
        }
      : { state: { ...state, reserved: true }, reply: { stderr: good, tookMs: 30 } }
  if (argv[0] === 'sg_raw' && argv[2] === '17')
    return { state: { ...state, reserved: false }, reply: { stderr: good, tookMs: 79 } }
  if (argv[0] === 'sg_turs') return same({ tookMs: 20 })
  if (argv[0] === 'sg_inq')
    return same({
      tookMs: 20,
      stdout:
        'standard INQUIRY:\n  PQual=0  Device_type=0  RMB=0  version=0x06  [SPC-4]\n Vendor identification: SCST_BIO\n Product identification: disk12          \n Product revision level:  300\n Unit serial number: de3ff523\n',
    })
  if (line.startsWith('sg_persist --in --read-full-status'))
    return same({
      tookMs: 30,
      stdout:
        '  SCST_BIO  disk12            300\n  Peripheral device type: disk\n  PR generation=0x0\n    No full status descriptors\n',
    })
  return undefined
}

/** What every target is asked besides: whether it runs Linux' own target. */
function targetAnswer(host: string, argv: readonly string[]): Reply | undefined {
  const is = (known: readonly string[]) =>
    known.length === argv.length && known.every((word, at) => word === argv[at])
  if (is(LIO_DEVICES_ARGV))
    return { stderr: "find: '/sys/kernel/config/target/core': No such file or directory\n", exitCode: 1 }
  // the other target of the incident exports nothing
  if (host !== TARGET && argv[1]?.startsWith('/sys/kernel/scst_tgt'))
    return { stderr: `find: '${argv[1]}': No such file or directory\n`, exitCode: 1 }
  return undefined
}
