import type { Diagnosis } from '../shared/finding.ts'
import { code } from '../shared/text.ts'
import { holderIn } from './holder.ts'
import { nearestName } from './nearest.ts'
import { resourceWord } from './resource-id.ts'
import { type Draft, mgsServer, type Situation } from './situation.ts'

/** What a person could do next, with the exact commands; none of it has a button, and the reason is said. */
export function nextOf(situation: Situation, conclusion: Draft): Diagnosis['next'] {
  const { fsname, client, others, atMgs, servers } = situation
  switch (conclusion.code) {
    case 'config-lock-not-granted':
      return lockCommands(situation)
    case 'wrong-name': {
      const near = nearestName(fsname, atMgs ?? others)
      return near === undefined
        ? []
        : [{ why: 'Look at the one that exists', command: `check lustre ${near} on=${client}` }]
    }
    case 'mgs-elsewhere': {
      const mgs = mgsServer(situation)
      const own = servers.filter(({ node }) => node.named).map(({ name }) => name)
      if (!mgs || own.includes(mgs.name)) return []
      return [
        {
          why: 'Mount with the server that has the MGS, and correct fstab (no button: it is a new mount source, for you to judge)',
          command: `mount -t lustre ${[...own, mgs.name].join(':')}:/${fsname} ${situation.written?.path ?? 'MOUNTPOINT'}`,
        },
      ]
    }
    case 'mgs-not-running':
      return [
        {
          why: 'Start the MGS on one of its servers (no button: on two at once it would destroy its disk; your HA software knows where)',
          command: 'pcs status || crm_mon -1; grep -h lustre /etc/fstab /etc/ldev.conf',
        },
      ]
    case 'evicted':
      return [
        {
          why: 'Why it was evicted is in the log of that server, at the same time',
          command: `dmesg | grep -i -e evict -e 'callback timer'`,
        },
      ]
    default:
      return []
  }
}

/**
 * Who holds the lock is printed by the MGS into its debug buffer, after two switches were changed: no probe. Sources:
 * ldlm_dump_all_namespaces() prints at D_DLMTRACE; lprocfs_wr_evict_client() takes `nid:`.
 */
function lockCommands(situation: Situation): Diagnosis['next'] {
  const { fsname, evidence } = situation
  const mgs = mgsServer(situation)
  const at = mgs?.hostName === undefined ? 'on the MGS' : `on ${code(mgs.hostName)}`
  const view = evidence.mgsHosts.find(({ host }) => host.name === mgs?.hostName)
  const word = resourceWord(fsname)?.toString(16)
  const holder = evidence.mgsHosts
    .flatMap((host) => holderIn(host, fsname)?.holders ?? [])
    .find(({ evicted }) => !evicted)
  const combined =
    view?.devices.seen && view.devices.value.some(({ type }) => type === 'mdt' || type === 'mds')
  return [
    {
      why: `Who holds it and who waits, ${at} (no button: it changes debug switches there)`,
      command: `lctl set_param debug=+dlmtrace && lctl set_param ldlm.dump_namespaces=1 && lctl set_param debug=-dlmtrace && lctl dk /tmp/mgs-locks && grep 0x${word} /tmp/mgs-locks`,
    },
    {
      why: `Then throw its holder out of the MGS, ${at}; its files stay, it connects again (no button: it acts on somebody else)`,
      command: `lctl set_param mgs.MGS.evict_client=nid:${holder?.nid ?? 'NID-OF-THE-HOLDER'}`,
    },
    {
      why: `If nobody holds it, restart the MGS alone${combined ? '; an MDT on the same server stays mounted' : ''} (no button: a server's mount)`,
      command: 'umount MGT-MOUNTPOINT && mount -t lustre MGT-DEVICE MGT-MOUNTPOINT',
    },
  ]
}

/** What looks like a cure and is none. */
export function adviceOf(conclusion: Draft): Diagnosis['doNot'] {
  switch (conclusion.code) {
    case 'config-lock-not-granted':
      return [
        {
          what: 'mount it again and again',
          why: 'each try waits minutes for the same lock and fails the same way',
        },
        { what: 'reboot the client', why: 'the lock is held elsewhere; the client and its network are fine' },
      ]
    case 'disconnected':
      return [
        {
          what: 'unmount by force',
          why: 'what is in the cache and not written out yet would be lost; it is sent when the server is back',
        },
      ]
    case 'mgs-not-running':
      return [
        {
          what: 'mount the MGT on a second server',
          why: 'its disk would be destroyed, unless multiple-mount protection stops it',
        },
      ]
    default:
      return []
  }
}
