import type { Reply } from '../shared/scenario.ts'

/** The report's prompt says only `localhost`. */
export const ESX = 'esx-1'
const RED = 'eui.6465336666353233'
const OTHER = 'eui.3939303832313261'
const UUID = '5b8fa879-70bdee41-4848-00e0ed438c4e'
const LOCAL = 't10.ATA_____INTEL_SSDSC2BB240G4_____________________BTWL30940045240MGN__'
const IQN = 'iqn.2013-10.com.bigtera:wsg-70-3'
const OWN = 'iqn.1998-01.com.vmware:esx-1-4c9f8e1d'

/** Sizes, names and UUIDs of `esxcli storage filesystem list` in the report, in the columns of `--formatter=csv`. */
const FILE_SYSTEMS = `Free,MountPoint,Mounted,Size,Type,UUID,VolumeName,
12798507614208,/vmfs/volumes/2707af93-17b6f4d4,true,40008333393920,NFS,2707af93-17b6f4d4,124-share,
123346092032,/vmfs/volumes/595d1290-79d25d9f-5c14-00e0ed438c52,true,231928233984,VMFS-5,595d1290-79d25d9f-5c14-00e0ed438c52,datastore1,
4672265912320,/vmfs/volumes/5d06eb1f-f5cc5f8b-4ebc-00e0ed438c52,true,21989964120064,VMFS-5,5d06eb1f-f5cc5f8b-4ebc-00e0ed438c52,SEG-LUN,
1681623351296,/vmfs/volumes/${UUID},true,10994847842304,VMFS-5,${UUID},QA-lun-v7,
4255121408,/vmfs/volumes/5a680f37-6036095e-cb6b-00e0ed438c52,true,4293591040,vfat,5a680f37-6036095e-cb6b-00e0ed438c52,,
`
const EXTENTS = `DeviceName,ExtentNumber,Partition,VMFSUUID,VolumeName,
${LOCAL},0,3,595d1290-79d25d9f-5c14-00e0ed438c52,datastore1,
${OTHER},0,1,5d06eb1f-f5cc5f8b-4ebc-00e0ed438c52,SEG-LUN,
${RED},0,1,${UUID},QA-lun-v7,
`

type Now = { failed: number; stalls: boolean; healedAt: number | undefined }

/** What ESXi's commands print; undefined: another command. */
export function esxiAnswer(argv: readonly string[], now: number, state: Now): Reply | undefined {
  const line = argv.join(' ')
  const device = argv.at(-1)!
  if (line === 'esxcli --formatter=csv storage filesystem list') return { stdout: FILE_SYSTEMS, tookMs: 900 }
  if (line === 'esxcli --formatter=csv storage vmfs extent list') return { stdout: EXTENTS, tookMs: 900 }
  if (line === 'date +%s %z') return { stdout: `${Math.floor(now / 1000)} +0000\n` }
  if (line.startsWith('tail -n ') && device === '/var/log/vmkernel.log')
    return { stdout: vmkernel(now, state), tookMs: 300 }
  if (argv[0] !== 'esxcli' || ![RED, OTHER].includes(device)) {
    return argv[0] === 'esxcli'
      ? { stdout: `Unable to find device with name ${device}\n`, exitCode: 1 }
      : undefined
  }
  const red = device === RED
  if (line.includes('device list')) return { stdout: deviceRecord(device), tookMs: 700 }
  if (line.includes('path list')) return { stdout: pathRecord(device, red ? 12 : 11), tookMs: 700 }
  if (line.includes('device stats get')) return { stdout: stats(device, red ? state.failed : 0), tookMs: 500 }
  return undefined
}

function stats(device: string, failed: number): string {
  const rows: [string, number | string][] = [
    ['Device', device],
    ['Successful Commands', '437865323'],
    ['Blocks Read', '2390925674'],
    ['Blocks Written', '25340206445'],
    ['Read Operations', '31367192'],
    ['Write Operations', '404557595'],
    ['Reserve Operations', failed],
    ['Reservation Conflicts', 0],
    ['Failed Commands', failed],
    ['Failed Blocks Read', failed === 0 ? 0 : 512],
    ['Failed Blocks Written', 0],
    ['Failed Read Operations', failed === 0 ? 0 : 1],
    ['Failed Write Operations', failed === 0 ? 0 : 52],
    ['Failed Reserve Operations', failed === 0 ? 0 : failed - 53],
  ]
  return `${device}\n${rows.map(([name, value]) => `   ${name}: ${value}\n`).join('')}`
}

function deviceRecord(device: string): string {
  return `${device}
   Display Name: SCST_BIO iSCSI Disk (${device})
   Has Settable Display Name: true
   Size: 10485760
   Device Type: Direct-Access
   Multipath Plugin: NMP
   Devfs Path: /vmfs/devices/disks/${device}
   Vendor: SCST_BIO
   Model: disk12
   Revision: 300
   SCSI Level: 6
   Is Pseudo: false
   Status: on
   Is RDM Capable: true
   Is Local: false
   Is Removable: false
   Is SSD: false
   Is Offline: false
   Is Perennially Reserved: false
   Thin Provisioning Status: unknown
   Attached Filters:
   VAAI Status: unsupported
   Is Boot USB Device: false
`
}

function pathRecord(device: string, lun: number): string {
  return `${OWN}-00023d000001,${IQN},t,1-${device}
   UID: ${OWN}-00023d000001,${IQN},t,1-${device}
   Runtime Name: vmhba32:C0:T0:L${lun}
   Device: ${device}
   Device Display Name: SCST_BIO iSCSI Disk (${device})
   Adapter: vmhba32
   Channel: 0
   Target: 0
   LUN: ${lun}
   Plugin: NMP
   State: active
   Transport: iscsi
   Adapter Identifier: ${OWN}
   Target Identifier: 00023d000001,${IQN},t,1
   Adapter Transport Details: ${OWN}
   Target Transport Details: IQN=${IQN} Alias= Session=00023d000001 PortalTag=1
   Maximum IO Size: 131072
`
}

/** The report's lines, with times that lie shortly before now as long as it stalls. */
function vmkernel(now: number, { stalls, healedAt }: Now): string {
  const end = stalls ? now : (healedAt ?? now)
  const at = (agoMs: number) => new Date(end - agoMs).toISOString()
  const lines: [number, string][] = [
    [
      18 * 3_600_000,
      `cpu5:33011)NMP: nmp_ThrottleLogForDevice:2458: Cmd 0x84 (0x41330179b3c0, 0) to dev "${OTHER}" on path "vmhba32:C0:T0:L11" Failed: H:0x0 D:0x2 P:0x0 Valid sense data: 0x5 0x20 0x0. Act:NONE`,
    ],
    [92_000, `cpu13:35761 opID=e02aea1b)Partition: 423: Failed read for "${RED}": I/O error`],
    [
      92_000,
      `cpu13:35761 opID=e02aea1b)Partition: 1003: Failed to read protective mbr on "${RED}" : I/O error`,
    ],
    [
      92_000,
      `cpu13:35761 opID=e02aea1b)WARNING: Partition: 1112: Partition table read from device ${RED} failed: I/O error`,
    ],
    [
      92_000,
      `cpu13:35761 opID=e02aea1b)Vol3: 785: Could not open device '${RED}:1' for volume open: No such partition on target`,
    ],
    [
      92_000,
      `cpu13:35761 opID=e02aea1b)WARNING: Fil3: 2415: Failed to reserve volume f530 28 1 5b8fa879 70bdee41 e0004848 4e8c43ed 0 0 0 0 0 0 0`,
    ],
    [
      69_000,
      `cpu17:44991579)NMP: nmp_ThrottleLogForDevice:2458: Cmd 0x16 (0x41330179b3c0, 0) to dev "${RED}" on path "vmhba32:C0:T0:L12" Failed: H:0x3 D:0x0 P:0x0 Possible sense data: 0x0 0x0 0x0. Act:NONE`,
    ],
    [
      69_000,
      `cpu17:44991579)WARNING: NMP: nmp_DeviceRequestFastDeviceProbe:237: NMP device "${RED}" state in doubt; requested fast path state update...`,
    ],
    [52_000, `cpu14:44997166)Vol3: 731: Couldn't read volume header from ${RED}:1: Timeout`],
  ]
  return lines.map(([ago, text]) => `${at(ago)} ${text}\n`).join('')
}
