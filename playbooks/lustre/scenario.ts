import type { Reply, Scenario } from '../shared/scenario.ts'
import { clientLog, LOOKED_S, SERVER_OLDER_S, serverLog } from './replayed-log.ts'

type State = {
  /** of the client; set when it is looked at for the first time */
  bootMs: number | undefined
  /** when somebody mounted `archive` */
  archiveMs: number | undefined
}

const SERVERS = '10.1.0.202@o2ib:10.1.0.201@o2ib'
const NIDS: Record<string, string> = {
  'host-31': '10.1.0.31@o2ib',
  'mgs-201': '10.1.0.201@o2ib',
  'mgs-202': '10.1.0.202@o2ib',
}
const TARGETS = ['MDT0000', 'OST0000', 'OST0001', 'OST0002'] as const

/**
 * The incident of a Lustre 2.8.0 client over InfiniBand that cannot mount `shlfs` any more ("Is the MGS running?"). The
 * messages of its log are the report's; the rest is by hand, in the words of 2.8's source. On the same client `scratch` is
 * mounted, and `archive` could be: it failed at boot, before the MGS was up.
 */
export const configLockNotGranted: Scenario<State> = {
  playbook: 'lustre',
  hosts: [
    { name: 'host-31', addresses: ['10.1.0.31'], roles: ['lustre-client'] },
    { name: 'mgs-202', addresses: ['10.1.0.202'], roles: ['lustre-mgs'] },
    { name: 'mgs-201', addresses: ['10.1.0.201'], roles: ['lustre-mgs'] },
  ],
  start: () => ({ bootMs: undefined, archiveMs: undefined }),
  answer: (before, host, argv, now) => {
    const nid = NIDS[host]
    if (nid === undefined) return undefined
    const state = { ...before, bootMs: before.bootMs ?? now - LOOKED_S * 1000 }
    const line = argv.join(' ')
    if (host === 'host-31' && line === 'mount /mnt/archive')
      return { state: { ...state, archiveMs: now }, reply: { tookMs: 2_000 } }
    const reply =
      common(state, host, nid, line, now) ??
      (host === 'host-31' ? client(state, line, now) : server(state, host, line))
    return reply && { state, reply: { tookMs: 200, ...reply } }
  },
}

type Booted = State & { bootMs: number }

/** What every host answers. */
function common({ bootMs }: Booted, host: string, nid: string, line: string, now: number): Reply | undefined {
  const uptime = (now - bootMs) / 1000 + (host === 'host-31' ? 0 : SERVER_OLDER_S)
  if (line === 'cat /proc/uptime') return { stdout: `${uptime.toFixed(2)} ${(uptime * 30).toFixed(2)}\n` }
  if (line === 'date +%s %z') return { stdout: `${Math.floor(now / 1000)} +0800\n` }
  if (line === 'lctl list_nids') return { stdout: `${nid}\n` }
  if (line === 'lctl get_param -n version')
    return {
      stdout: 'lustre: 2.8.0\nkernel: patchless_client\nbuild:  2.8.0-RC5--PRISTINE-3.10.0-327.el7.x86_64\n',
    }
  if (line === 'lnetctl net show')
    return {
      stdout: `net:\n    - net: lo\n      nid: 0@lo\n      status: up\n    - net: o2ib\n      nid: ${nid}\n      status: up\n      interfaces:\n          0: ib0\n`,
    }
  const [, pinged] = /^lctl ping (\S+) 5$/.exec(line) ?? []
  if (pinged === undefined) return undefined
  return Object.values(NIDS).includes(pinged)
    ? { stdout: `12345-0@lo\n12345-${pinged}\n` }
    : { stderr: `failed to ping ${pinged}: Input/output error\n`, exitCode: 5, tookMs: 5_000 }
}

function client(state: Booted, line: string, now: number): Reply | undefined {
  const mounted = ['scratch', ...(state.archiveMs === undefined ? [] : ['archive'])]
  switch (line) {
    case 'dmesg':
      return { stdout: [...clientLog(state.bootMs), ...mountedLine(state)].map((row) => `${row}\n`).join('') }
    case 'cat /proc/self/mountinfo':
      return {
        stdout: [
          '17 60 0:3 / /proc rw,nosuid,nodev,noexec,relatime shared:5 - proc proc rw',
          '60 1 253:0 / / rw,relatime shared:1 - xfs /dev/mapper/centos-root rw,attr2,inode64,noquota',
          ...mounted.map(
            (name, at) =>
              `${80 + at} 60 0:${39 + at} / /mnt/${name} rw,relatime shared:${40 + at} - lustre ${SERVERS}:/${name} rw`,
          ),
        ]
          .map((row) => `${row}\n`)
          .join(''),
      }
    case 'cat /etc/fstab':
      return {
        stdout: [
          '# /etc/fstab',
          '/dev/mapper/centos-root / xfs defaults 0 0',
          `${SERVERS}:/shlfs /mnt/lustre lustre localflock,_netdev 0 0`,
          `${SERVERS}:/scratch /mnt/scratch lustre localflock,_netdev 0 0`,
          `${SERVERS}:/archive /mnt/archive lustre localflock,_netdev 0 0`,
        ]
          .map((row) => `${row}\n`)
          .join(''),
      }
    case 'lctl dl':
      return {
        stdout: [
          'mgc MGC10.1.0.202@o2ib 9d1e7c10-37a4-6b0a-e7b2-0d7a6f1c2a55 5',
          ...mounted.flatMap((name) =>
            TARGETS.map(
              (target) =>
                `${target.startsWith('M') ? 'mdc' : 'osc'} ${deviceOf(name, target)} 4b1d2f6e-1c1f-0a51-7d0a-2f3c1a1b9e07 5`,
            ),
          ),
        ]
          .map((row, at) => `${String(at).padStart(3)} UP ${row}\n`)
          .join(''),
      }
    case 'lctl get_param mgc.*.import mdc.*.import osc.*.import':
      return {
        stdout: [
          importText('mgc', 'MGC10.1.0.202@o2ib', 'MGS'),
          ...mounted.flatMap((name) =>
            TARGETS.map((target) =>
              importText(
                target.startsWith('M') ? 'mdc' : 'osc',
                deviceOf(name, target),
                `${name}-${target}_UUID`,
              ),
            ),
          ),
        ].join(''),
      }
    case 'mount /mnt/lustre':
      // as long as the report's: twice 300 s
      return {
        stderr: `mount.lustre: mount ${SERVERS}:/shlfs at /mnt/lustre failed: Input/output error\nIs the MGS running?\n`,
        exitCode: 5,
        tookMs: 600_000,
      }
    default:
      return now >= state.bootMs && line === 'umount /mnt/archive' ? { stdout: '' } : undefined
  }
}

function mountedLine({ archiveMs, bootMs }: Booted): string[] {
  return archiveMs === undefined
    ? []
    : [`[${((archiveMs - bootMs) / 1000 + 1).toFixed(6)}] Lustre: Mounted archive-client`]
}

function deviceOf(fsname: string, target: string): string {
  return `${fsname}-${target}-${target.startsWith('M') ? 'mdc' : 'osc'}-ffff88${fsname.length}f2a41b800`
}

function importText(type: string, device: string, target: string): string {
  return [
    `${type}.${device}.import=`,
    'import:',
    `    name: ${device}`,
    `    target: ${target}`,
    '    state: FULL',
    '    connect_flags: [ version, adaptive_timeouts, full20, imp_recov ]',
    '    import_flags: [ pingable, connect_tried ]',
    '    connection:',
    '       failover_nids: [ 10.1.0.202@o2ib, 10.1.0.201@o2ib ]',
    '       current_connection: 10.1.0.202@o2ib',
    '       connection_attempts: 2',
    '       generation: 2',
    '       in-progress_invalidations: 0',
    '',
  ].join('\n')
}

function server({ bootMs }: Booted, host: string, line: string): Reply | undefined {
  const runs = host === 'mgs-202'
  switch (line) {
    case 'dmesg':
      return {
        stdout: runs
          ? serverLog(bootMs)
              .map((row) => `${row}\n`)
              .join('')
          : '[    58.113092] LNet: Added LNI 10.1.0.201@o2ib [8/256/0/180]\n',
      }
    case 'lctl dl':
      return {
        stdout: runs
          ? '  0 UP osd-ldiskfs MGS-osd MGS-osd_UUID 5\n  1 UP mgs MGS MGS 217\n  2 UP mgc MGC10.1.0.202@o2ib 5c8ac7b6-7d7b-61c5-1f53-3f6e2a90e0d1 5\n'
          : '  0 UP osd-ldiskfs shlfs-MDT0000-osd shlfs-MDT0000-osd_UUID 9\n  1 UP mdt shlfs-MDT0000 shlfs-MDT0000_UUID 231\n',
      }
    case 'lctl get_param -n mgs.MGS.filesystems':
      return runs ? { stdout: 'shlfs\nscratch\narchive\n' } : undefined
    case 'lctl get_param mgs.MGS.exports.*.uuid':
      return runs
        ? {
            stdout: ['31', '57', '201']
              .map(
                (ip) =>
                  `mgs.MGS.exports.10.1.0.${ip}@o2ib.uuid=0c3b8a5e-2f0d-44a7-9a41-6d0b1f7c9e${ip.padStart(3, '0').slice(1)}\n`,
              )
              .join(''),
          }
        : undefined
    default:
      return undefined
  }
}
