export type Sample = {
  name: string
  text: string
  codes: string[]
  severity?: 'warning' | 'critical' | 'info'
  /** parts of the facts as JSON */
  facts?: string[]
  next?: string[]
  doNot?: string
}

const RED = 'eui.6465336666353233'
const NAA = 'naa.60014050f7a1a3c8d324f5eb1a96c1d2'
const nmp = (codes: string, device = RED, command = '0x2a') =>
  `2019-10-08T07:10:48.777Z cpu17:44991579)NMP: nmp_ThrottleLogForDevice:2458: Cmd ${command} (0x41330179b3c0, 0) to dev "${device}" on path "vmhba32:C0:T0:L12" Failed: ${codes} Act:NONE`
const SENSE = 'Possible sense data: 0x0 0x0 0x0.'
const stats = (failed: number, conflicts: number, reserve = 0) => `${RED}
   Device: ${RED}
   Successful Commands: 437865323
   Blocks Read: 2390925674
   Blocks Written: 25340206445
   Read Operations: 31367192
   Write Operations: 404557595
   Reserve Operations: 7
   Reservation Conflicts: ${conflicts}
   Failed Commands: ${failed}
   Failed Blocks Read: 0
   Failed Blocks Written: 0
   Failed Read Operations: 0
   Failed Write Operations: 0
   Failed Reserve Operations: ${reserve}`
const path = (
  state: string,
  number = 0,
) => `iqn.1998-01.com.vmware:esx-1-4c9f8e1d-00023d00000${number},iqn.2013-10.com.bigtera:wsg-70-3,t,1-${RED}
   UID: iqn.1998-01.com.vmware:esx-1-4c9f8e1d-00023d00000${number},iqn.2013-10.com.bigtera:wsg-70-3,t,1-${RED}
   Runtime Name: vmhba32:C${number}:T0:L12
   Device: ${RED}
   Device Display Name: SCST_BIO iSCSI Disk (${RED})
   Adapter: vmhba32
   Channel: ${number}
   Target: 0
   LUN: 12
   Plugin: NMP
   State: ${state}
   Transport: iscsi
   Adapter Identifier: iqn.1998-01.com.vmware:esx-1-4c9f8e1d
   Target Identifier: 00023d00000${number},iqn.2013-10.com.bigtera:wsg-70-3,t,1
   Target Transport Details: IQN=iqn.2013-10.com.bigtera:wsg-70-3 Alias= Session=00023d00000${number} PortalTag=1`
const device = (status: string) => `${RED}
   Display Name: SCST_BIO iSCSI Disk (${RED})
   Size: 10485760
   Devfs Path: /vmfs/devices/disks/${RED}
   Vendor: SCST_BIO
   Model: disk12
   Status: ${status}
   Is Offline: false
   Is Perennially Reserved: false`
const table = (
  mounted: string,
  mount = '/vmfs/volumes/5b8fa879-70bdee41-4848-00e0ed438c4e',
) => `[root@esx-1:~] esxcli storage filesystem list
Mount Point                                        Volume Name  UUID                                 Mounted  Type             Size           Free
-------------------------------------------------  -----------  -----------------------------------  -------  ------  --------------  -------------
${mount.padEnd(49)}  QA lun v7    5b8fa879-70bdee41-4848-00e0ed438c4e  ${mounted.padStart(7)}  VMFS-5  10994847842304  1681623351296
/vmfs/volumes/5a680f37-6036095e-cb6b-00e0ed438c52               5a680f37-6036095e-cb6b-00e0ed438c52     true  vfat        4293591040     4255121408`

export const HEALTHY: Sample[] = [
  { name: 'file systems, all mounted', text: table('true'), codes: ['datastores-mounted'] },
  {
    name: 'file systems as CSV',
    text: 'Free,MountPoint,Mounted,Size,Type,UUID,VolumeName,\n1681623351296,/vmfs/volumes/5b8fa879-70bdee41-4848-00e0ed438c4e,true,10994847842304,VMFS-5,5b8fa879-70bdee41-4848-00e0ed438c4e,QA-lun-v7,',
    codes: ['datastores-mounted'],
  },
  {
    name: 'extents',
    text: `# esxcli storage vmfs extent list\nVolume Name  VMFS UUID                            Extent Number  Device Name           Partition\n-----------  -----------------------------------  -------------  --------------------  ---------\nQA-lun-v7    5b8fa879-70bdee41-4848-00e0ed438c4e              0  ${RED}          1`,
    codes: ['nothing-to-judge'],
  },
  { name: 'statistics without failures', text: stats(0, 0), codes: ['no-failures'] },
  { name: 'statistics with old failures', text: stats(85, 12), codes: ['failures-counted'] },
  {
    name: 'two readings that did not grow',
    text: `${stats(85, 12)}\n${stats(85, 12)}`,
    codes: ['failures-counted'],
  },
  {
    name: 'a device that is on',
    text: `[root@esx-1:~] esxcli storage core device list -d ${RED}\n${device('on')}`,
    codes: ['device-on'],
  },
  { name: 'two active paths', text: `${path('active', 0)}\n\n${path('active', 1)}`, codes: ['paths-up'] },
  {
    name: 'an active and a standby path',
    text: `${path('active', 0)}\n\n${path('standby', 1)}`,
    codes: ['paths-up'],
  },
  {
    name: 'RESERVE and RELEASE that are answered',
    text: 'root@wsg-70-2:~# time sg_raw /dev/sdd 16 00 00 00 00 00\nSCSI Status: Good \n\nreal\t0m0.030s\nuser\t0m0.005s\nsys\t0m0.002s\nroot@wsg-70-2:~# sg_raw /dev/sdd 17 00 00 00 00 00\nSCSI Status: Good',
    codes: ['reserve-answered', 'release-answered'],
  },
  {
    name: 'no persistent reservation',
    text: 'root@wsg-70-2:~# sg_persist --in -r /dev/sdd\n  SCST_BIO  disk12            300\n  Peripheral device type: disk\n  PR generation=0x0, there is NO reservation held',
    codes: ['no-persistent-reservation'],
  },
  {
    name: 'no registered keys',
    text: '  IET       VIRTUAL-DISK      0001\n  Peripheral device type: disk\n  PR generation=0x0, there are NO registered reservation keys',
    codes: ['no-persistent-reservation'],
  },
  {
    name: 'a cluster’s persistent reservation',
    text: '  PR generation=0x1, Reservation follows:\n    Key=0xabc\n    scope: LU_SCOPE,  type: Exclusive Access',
    codes: ['persistent-reservation'],
  },
  {
    name: 'multipath, both paths',
    text: "mpatha (26465336666353233) dm-3 SCST_BIO,disk12\nsize=10T features='0' hwhandler='0' wp=rw\n|-+- policy='service-time 0' prio=1 status=active\n| `- 3:0:0:12 sdd 8:48 active ready running\n`-+- policy='service-time 0' prio=1 status=enabled\n  `- 4:0:0:12 sde 8:64 active ready running",
    codes: ['paths-up'],
  },
  {
    name: 'iscsiadm, short',
    text: 'tcp: [1] 10.0.0.1:3260,1 iqn.2013-10.com.bigtera:wsg-70-3 (non-flash)',
    codes: ['sessions-up'],
  },
  {
    name: 'iscsiadm, long',
    text: 'Target: iqn.2013-10.com.bigtera:wsg-70-3 (non-flash)\n\tCurrent Portal: 10.0.0.1:3260,1\n\t\tIface Initiatorname: iqn.1993-08.org.debian:01:6997c6813639\n\t\tSID: 1\n\t\tiSCSI Connection State: LOGGED IN\n\t\tiSCSI Session State: LOGGED_IN\n\t\tInternal iscsid Session State: NO CHANGE\n\t\t\tAttached scsi disk sdd\t\tState: running',
    codes: ['sessions-up'],
  },
  {
    name: 'SCST’s files',
    text: '/sys/kernel/scst_tgt/devices/disk12/filename:/dev/rbd0\n/sys/kernel/scst_tgt/devices/disk12/filename:[key]\n/sys/kernel/scst_tgt/devices/disk12/t10_dev_id:de3ff523-disk12\n/sys/kernel/scst_tgt/devices/disk12/usn:de3ff523',
    codes: ['nothing-to-judge'],
  },
  {
    name: 'targetcli',
    text: 'o- / ......................................... [...]\n  o- backstores .............................. [...]\n  | o- block .................. [Storage Objects: 1]\n  | | o- disk1 ... [/dev/rbd0 (10.0TiB) write-thru activated]\n  o- iscsi ............................ [Targets: 1]\n    o- iqn.2003-01.org.linux-iscsi.gw1:t1 ... [TPGs: 1]\n      | | o- lun0 .... [block/disk1 (/dev/rbd0) (default_tg_pt_gp)]',
    codes: ['target-configuration'],
  },
  {
    name: 'what a target does not know',
    text: nmp('H:0x0 D:0x2 P:0x0 Valid sense data: 0x5 0x20 0x0.', RED, '0x85'),
    codes: ['not-supported'],
  },
  {
    name: 'ESXi at login',
    text: `2011-07-25T17:19:46.955Z cpu2:2845)ScsiScan: 1582: Add path: vmhba37:C1:T0:L0\n2011-07-25T17:19:46.983Z cpu0:2845)ScsiPath: 4541: Plugin 'NMP' claimed path 'vmhba37:C1:T0:L0'`,
    codes: ['nothing-to-judge'],
  },
  {
    name: 'APD that went away',
    text: `2019-10-08T07:10:25.198Z cpu1:33011)StorageApdHandlerEv: 110: Device or filesystem with identifier [${NAA}] has entered the All Paths Down state.\n2019-10-08T07:10:45.198Z cpu1:33011)StorageApdHandlerEv: 117: Device or filesystem with identifier [${NAA}] has exited the All Paths Down state.`,
    codes: ['all-paths-down'],
  },
  {
    name: 'an inquiry',
    text: 'standard INQUIRY:\n  PQual=0  Device_type=0  RMB=0  version=0x06  [SPC-4]\n Vendor identification: SCST_BIO\n Product identification: disk12          \n Product revision level:  300\n Unit serial number: de3ff523',
    codes: ['inquiry-answered'],
  },
  {
    name: 'a volume of vmkfstools',
    text: `VMFS-5.61 (Raw Major Version: 14) file system spanning 1 partitions.\nFile system label (if any): QA-lun-v7\nMode: public\nCapacity 10994847842304 (10485504 file blocks * 1048576), 1681623351296 (1603720 blocks) avail, max supported file size 69201586814976\nUUID: 5b8fa879-70bdee41-4848-00e0ed438c4e\nPartitions spanned (on "lvm"):\n\t${RED}:1\nIs Native Snapshot Capable: YES`,
    codes: ['volume-readable'],
  },
]

export const FAULTY: Sample[] = [
  {
    name: 'counters that grep left',
    text: `${RED}\n   Device: ${RED}\n   Failed Commands: 85\n   Failed Reserve Operations: 4`,
    codes: ['failures-counted'],
    severity: 'info',
    facts: ['"failedCommands":"85"', '"failedReserveOperations":"4"'],
    next: [`check lun ${RED}`],
  },
  {
    name: 'a reservation conflict',
    text: nmp(`H:0x0 D:0x18 P:0x0 ${SENSE}`),
    codes: ['reservation-conflict'],
    severity: 'warning',
    facts: [RED, '"decoded":"de3ff523"', 'vmhba32:C0:T0:L12', 'H:0x0 D:0x18 P:0x0', 'RESERVATION CONFLICT'],
    next: [`check lun ${RED}`],
    doNot: 'lunreset',
  },
  {
    name: 'a time-out',
    text: nmp(`H:0x3 D:0x0 P:0x0 ${SENSE}`),
    codes: ['commands-time-out'],
    severity: 'warning',
    facts: ['"no-answer"'],
    next: [`check lun ${RED}`],
  },
  {
    name: 'an aborted command of ESXi 8',
    text: nmp(`H:0x5 D:0x0 P:0x0 ${SENSE}`).replace('cpu17', 'In(182) vmkernel: cpu17'),
    codes: ['commands-time-out'],
    severity: 'warning',
    facts: [RED],
  },
  {
    name: 'no connection',
    text: nmp(`H:0x1 D:0x0 P:0x0 ${SENSE}`),
    codes: ['path-lost'],
    severity: 'warning',
  },
  { name: 'busy', text: nmp(`H:0x0 D:0x8 P:0x0 ${SENSE}`), codes: ['target-busy'], severity: 'warning' },
  {
    name: 'a thin pool that is full',
    text: nmp('H:0x0 D:0x2 P:0x0 Valid sense data: 0x7 0x27 0x7.', NAA),
    codes: ['array-full'],
    severity: 'critical',
    facts: [NAA, 'SPACE ALLOCATION FAILED WRITE PROTECT', '0x7 0x27 0x7'],
    next: [`check lun ${NAA}`],
  },
  {
    name: 'PDL by its sense',
    text: nmp('H:0x0 D:0x2 P:0x0 Valid sense data: 0x5 0x25 0x0.'),
    codes: ['permanent-device-loss'],
    severity: 'critical',
  },
  {
    name: 'a medium error',
    text: `2021-03-01T10:00:00.000Z cpu4:2098)ScsiDeviceIO: 2368: Cmd(0x4124003edb00) 0x28, CmdSN 0x51 from world 0 to dev "${NAA}" failed H:0x0 D:0x2 P:0x0 Valid sense data: 0x3 0x11 0x0.`,
    codes: ['medium-error'],
    severity: 'critical',
    facts: ['UNRECOVERED READ ERROR', '"command":"0x28"'],
  },
  {
    name: 'an ATS miscompare by sense',
    text: nmp('H:0x0 D:0x2 P:0x0 Valid sense data: 0xe 0x1d 0x0.', RED, '0x89'),
    codes: ['ats-miscompare'],
    severity: 'warning',
  },
  {
    name: 'sense data that are none',
    text: nmp('H:0x0 D:0x2 P:0x0 Invalid sense data: 0x7 0x27 0x7.'),
    codes: ['command-failed'],
    severity: 'info',
  },
  {
    name: 'a ramdisk that is full is not the array',
    text: `2024-05-02T10:00:01.123Z cpu1:2)FS3DM: 2112: status No space left on device copying 64 extents between two files\n${nmp('H:0x0 D:0x2 P:0x0 Valid sense data: 0x5 0x20 0x0.')}`,
    codes: ['not-supported'],
    severity: 'info',
  },
  {
    name: 'many times nearly nothing',
    text: `2024-05-02T10:00:01.123Z cpu1:2)WARNING: ScsiDeviceIO: 1513: Device ${RED} performance has deteriorated. I/O latency increased from average value of 343 microseconds to 10297 microseconds.`,
    codes: ['slow'],
    severity: 'info',
  },
  {
    name: 'a unit attention is no state',
    text: 'root@wsg-70-2:~# sg_turs /dev/sdd\nUnit attention\nCompleted 1 Test Unit Ready commands with 1 errors',
    codes: ['unit-attention'],
    severity: 'info',
  },
  {
    name: 'TEST UNIT READY that failed for no reason that is told',
    text: 'root@wsg-70-2:~# sg_turs /dev/sdd\nCompleted 1 Test Unit Ready commands with 1 errors',
    codes: ['commands-fail'],
    severity: 'warning',
  },
  {
    name: 'an ATS miscompare of a heartbeat',
    text: "2021-03-01T10:00:00.000Z cpu4:2098)HBX: 255: 'QA-lun-v7': ATS Miscompare detected between test and set HB images at offset 3575808 on vol 5b8fa879-70bdee41-4848-00e0ed438c4e",
    codes: ['ats-miscompare'],
    facts: ['5b8fa879-70bdee41-4848-00e0ed438c4e'],
  },
  {
    name: 'the incident’s lines',
    text: `2019-10-08T07:10:25.198Z cpu13:35761 opID=e02aea1b)Partition: 423: Failed read for "${RED}": I/O error\n2019-10-08T07:10:25.198Z cpu13:35761 opID=e02aea1b)WARNING: Fil3: 2415: Failed to reserve volume f530 28 1 5a9d48e2 f2d01afa a00cc00 98e697f7 0 0\n2019-10-08T07:11:05.203Z cpu14:44997166)Vol3: 731: Couldn't read volume header from eui.3939303832313261:1: Timeout`,
    codes: ['device-io-error', 'reserve-failed', 'volume-unreadable'],
    severity: 'warning',
    facts: ['"decoded":"9908212a"'],
    next: [`check lun ${RED}`, 'check lun eui.3939303832313261'],
  },
  {
    name: 'APD that lasts',
    text: `2019-10-08T07:10:25.198Z cpu1:33011)StorageApdHandlerEv: 110: Device or filesystem with identifier [${NAA}] has entered the All Paths Down state.\n2019-10-08T07:12:45.198Z cpu1:33011)StorageApdHandlerEv: 126: Device or filesystem with identifier [${NAA}] has entered the All Paths Down Timeout state after being in the All Paths Down state for 140 seconds. I/Os will now be fast failed.`,
    codes: ['all-paths-down'],
    severity: 'critical',
    facts: [NAA],
  },
  {
    name: 'PDL by its message',
    text: `2019-10-08T07:10:25.198Z cpu1:33011)WARNING: ScsiDevice: 1425: Device :${NAA} has been removed or is permanently inaccessible.`,
    codes: ['permanent-device-loss'],
    severity: 'critical',
    facts: [NAA],
  },
  {
    name: 'latency',
    text: `2019-10-08T07:10:25.198Z cpu1:33011)WARNING: ScsiDeviceIO: 1243: Device ${RED} performance has deteriorated. I/O latency increased from average value of 1832 microseconds to 190403 microseconds.`,
    codes: ['slow'],
    severity: 'warning',
    facts: [RED],
  },
  {
    name: 'a snapshot',
    text: `2019-10-08T07:10:25.198Z cpu1:33011)LVM: 10063: Device ${NAA}:1 detected to be a snapshot:`,
    codes: ['snapshot-volume'],
    severity: 'warning',
  },
  {
    name: 'lost access, from hostd',
    text: '2019-10-08T07:10:25.198Z info hostd[2099] [Originator@6876 sub=Vimsvc.ha-eventmgr] Event 123 : Lost access to volume 5b8fa879-70bdee41-4848-00e0ed438c4e (QA-lun-v7) due to connectivity issues. Recovery attempt is in progress and outcome will be reported shortly.',
    codes: ['access-lost'],
    severity: 'critical',
    facts: ['QA-lun-v7', '5b8fa879-70bdee41-4848-00e0ed438c4e'],
    next: ['check datastore QA-lun-v7'],
  },
  {
    name: 'statistics that grow',
    text: `${stats(85, 12)}\n${stats(99, 20, 6)}`,
    codes: ['failures-growing'],
    severity: 'warning',
    facts: ['"failedCommands":"99"', '"successfulCommands":"437865323"'],
    next: [`check lun ${RED}`],
  },
  {
    name: 'a dead path',
    text: `${path('active', 0)}\n\n${path('dead', 1)}`,
    codes: ['path-lost'],
    severity: 'warning',
    facts: ['iqn.2013-10.com.bigtera:wsg-70-3', 'vmhba32:C1:T0:L12'],
  },
  { name: 'all paths dead', text: path('dead'), codes: ['all-paths-down'], severity: 'critical' },
  {
    name: 'a device in APD',
    text: device('dead timeout'),
    codes: ['all-paths-down'],
    severity: 'critical',
    next: [`check lun ${RED}`],
  },
  {
    name: 'a device in PDL',
    text: device('not connected'),
    codes: ['permanent-device-loss'],
    severity: 'critical',
  },
  {
    name: 'a datastore that is not mounted',
    text: table('false', ''),
    codes: ['datastore-unmounted'],
    severity: 'warning',
    facts: ['"mounted":false'],
    next: ['check datastore "QA lun v7"'],
  },
  {
    name: 'an unmounted copy',
    text: '5b8fa879-70bdee41-4848-00e0ed438c4e\n   Volume Name: QA-lun-v7\n   VMFS UUID: 5b8fa879-70bdee41-4848-00e0ed438c4e\n   Can mount: false\n   Reason for un-mountability: the original volume is still online\n   Can resignature: true\n   Unresolved Extent Count: 1',
    codes: ['snapshot-volume'],
    severity: 'warning',
    facts: ['the original volume is still online'],
  },
  {
    name: 'RESERVE that takes 40 s',
    text: 'root@wsg-70-2:~# time sg_raw /dev/sdd 16 00 00 00 00 00\n>>> transport error: Host_status=0x03 [DID_TIME_OUT]\n\nreal\t0m40.061s\nuser\t0m0.003s\nsys\t0m0.001s',
    codes: ['reserve-stalls'],
    severity: 'warning',
    facts: ['"seconds":"40.061"'],
    next: ['check lun /dev/sdd on=wsg-70-2'],
  },
  {
    name: 'RESERVE that is refused',
    text: 'root@wsg-70-3:~# sg_raw /dev/sdd 16 00 00 00 00 00\n>>> unknown pass through result category (1)\nSCSI Status: Reservation Conflict ',
    codes: ['reservation-conflict'],
    severity: 'warning',
    facts: ['/dev/sdd'],
    next: ['check lun /dev/sdd on=wsg-70-3'],
    doNot: 'sg_reset',
  },
  {
    name: 'conflicts in the logs of target and initiator',
    text: 'Oct 14 17:18:28 wsg-70-3 kernel: [356969.436003] [82419] scst_reserve_dev:536: Old Holder:           (null), New Holder: ffff88011c870000\nOct 14 17:18:36 wsg-70-3 kernel: [356976.954242] [263065]: scst: scst_set_cmd_error_status:1698:Reservation conflict (dev tgt0_0, initiator iqn.1993-08.org.debian:01:6997c6813639, tgt_id 1)\nOct 14 17:18:36 wsg-70-3 kernel: [356976.954273] sd 3:0:0:0: reservation conflict',
    codes: ['reservation-conflict'],
    severity: 'warning',
    facts: ['ffff88011c870000', 'iqn.1993-08.org.debian:01:6997c6813639', '3:0:0:0'],
  },
  {
    name: 'Linux: failed commands',
    text: '[ 812.100] sd 3:0:0:0: [sdd] tag#12 FAILED Result: hostbyte=DID_TRANSPORT_DISRUPTED driverbyte=DRIVER_OK cmd_age=31s\n[ 812.101] blk_update_request: I/O error, dev sdd, sector 2048 op 0x0:(READ) flags 0x0',
    codes: ['commands-fail'],
    severity: 'warning',
    facts: ['DID_TRANSPORT_DISRUPTED'],
    next: ['check lun /dev/sdd'],
  },
  {
    name: 'Linux: a full array',
    text: '[ 812.100] sd 3:0:0:0: [sdd] tag#12 Sense Key : Data Protect [current] \n[ 812.101] sd 3:0:0:0: [sdd] tag#12 Add. Sense: Space allocation failed write protect',
    codes: ['array-full'],
    severity: 'critical',
  },
  {
    name: 'Linux: a session that is lost',
    text: '[ 900.1] connection1:0: detected conn error (1020)\n[ 1020.2] session1: session recovery timed out after 120 secs\n[ 1020.3] sd 3:0:0:0: rejecting I/O to offline device',
    codes: ['session-lost', 'device-offline'],
  },
  {
    name: 'multipath with a failed path',
    text: "mpatha (36001405d324f5eb1a96c1d2aaaaaaaaa) dm-3 LIO-ORG,disk1\nsize=10T features='0' hwhandler='0' wp=rw\n|-+- policy='service-time 0' prio=1 status=active\n| `- 3:0:0:12 sdd 8:48 active ready running\n`-+- policy='service-time 0' prio=0 status=enabled\n  `- 4:0:0:12 sde 8:64 failed faulty running",
    codes: ['path-lost'],
    severity: 'warning',
    facts: ['naa.6001405d324f5eb1a96c1d2aaaaaaaaa'],
  },
  {
    name: 'iscsiadm: a failed session',
    text: 'Target: iqn.2013-10.com.bigtera:wsg-70-3 (non-flash)\n\tCurrent Portal: 10.0.0.1:3260,1\n\t\tIface Initiatorname: iqn.1993-08.org.debian:01:6997c6813639\n\t\tSID: 1\n\t\tiSCSI Connection State: TRANSPORT WAIT\n\t\tiSCSI Session State: FAILED\n\t\tInternal iscsid Session State: REOPEN',
    codes: ['session-lost'],
    severity: 'warning',
    facts: ['10.0.0.1:3260'],
  },
  {
    name: 'a volume with a part that is offline',
    text: `VMFS-5.61 (Raw Major Version: 14) file system spanning 2 partitions.\nFile system label (if any): QA-lun-v7\nUUID: 5b8fa879-70bdee41-4848-00e0ed438c4e\nPartitions spanned (on "lvm"):\n\t${RED}:1\n\t(One or more partitions spanned by this volume may be offline)`,
    codes: ['extent-offline'],
    severity: 'critical',
    next: ['check datastore QA-lun-v7'],
  },
]
