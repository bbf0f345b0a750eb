/** Seconds since the client's boot: those of the report. */
export const FAILED_S = 163284.107516
/** When the check of the demo looks: twelve minutes after the mount gave up. */
export const LOOKED_S = FAILED_S + 720

const RESOURCE = '[0x73666c6873:0x0:0x0].0x0'

/** What the log of the client said in the report (Lustre 2.8.0, addresses filled in), after lines of its boot that are by hand. */
export function clientLog(bootMs: number): string[] {
  const epoch = (s: number) => Math.floor(bootMs / 1000 + s)
  const lock = (rrc: number, flags: string) =>
    `ns: MGC10.1.0.202@o2ib lock: ffff883e064a4400/0x460c6f21125734b1 lrc: 4/1,0 mode: --/CR res: ${RESOURCE} rrc: ${rrc} type: PLN flags: ${flags} nid: local remote: 0xa68b3e19634974ca expref: -99 pid: 28143 timeout: 0 lvb_type: 0`
  return [
    '[   41.201377] LNet: HW CPU cores: 32, npartitions: 2',
    '[   41.983120] LNet: Added LNI 10.1.0.31@o2ib [8/256/0/180]',
    `[   68.014402] Lustre: 2101:0:(client.c:2063:ptlrpc_expire_one_request()) @@@ Request sent has timed out for slow reply: [sent ${epoch(48)}/real ${epoch(48)}]  req@ffff883f2bd1c080 x1640987734409232/t0(0) o250->MGC10.1.0.202@o2ib@10.1.0.202@o2ib:26/25 lens 520/544 e 0 to 1 dl ${epoch(68)} ref 1 fl Rpc:XN/0/ffffffff rc 0/-1`,
    "[  148.020533] LustreError: 15c-8: MGC10.1.0.202@o2ib: The configuration from log 'archive-client' failed (-5). This may be the result of communication errors between this node and the MGS, a bad configuration, or other errors. See the syslog for more information.",
    '[  148.028711] Lustre: Unmounted archive-client',
    '[  148.029306] LustreError: 2101:0:(obd_mount.c:1426:lustre_fill_super()) Unable to mount  (-5)',
    '[  402.861190] Lustre: Mounted scratch-client',
    '[162983.746777] LustreError: 166-1: MGC10.1.0.202@o2ib: Connection to MGS (at 10.1.0.202@o2ib) was lost; in progress operations using this service will fail',
    `[162983.753239] LustreError: 28143:0:(ldlm_request.c:125:ldlm_expired_completion_wait()) ### lock timed out (enqueued at ${epoch(162683.753)}, 300s ago), entering recovery for MGS@MGC10.1.0.202@o2ib_0 ${lock(1, '0x1000000000000')}`,
    `[162983.753621] LustreError: 28218:0:(ldlm_resource.c:887:ldlm_resource_complain()) MGC10.1.0.202@o2ib: namespace resource ${RESOURCE} (ffff8817ed040780) refcount nonzero (1) after lock cleanup; forcing cleanup.`,
    `[162983.753627] LustreError: 28218:0:(ldlm_resource.c:1502:ldlm_resource_dump()) --- Resource: ${RESOURCE} (ffff8817ed040780) refcount = 2`,
    '[162983.753631] LustreError: 28218:0:(ldlm_resource.c:1523:ldlm_resource_dump()) Waiting locks:',
    `[162983.753640] LustreError: 28218:0:(ldlm_resource.c:1525:ldlm_resource_dump()) ### ### ${lock(2, '0x1106400000000')}`,
    '[162983.753644] LustreError: 28218:0:(ldlm_resource.c:1525:ldlm_resource_dump()) Skipped 1 previous similar message',
    '[162983.753662] Lustre: MGC10.1.0.202@o2ib: Connection restored to MGC10.1.0.202@o2ib_0 (at 10.1.0.202@o2ib)',
    "[163284.097045] LustreError: 15c-8: MGC10.1.0.202@o2ib: The configuration from log 'shlfs-client' failed (-5). This may be the result of communication errors between this node and the MGS, a bad configuration, or other errors. See the syslog for more information.",
    '[163284.106850] Lustre: Unmounted shlfs-client',
    '[163284.107516] LustreError: 28143:0:(obd_mount.c:1426:lustre_fill_super()) Unable to mount  (-5)',
  ]
}

/** Seconds by which the server was booted before the client. */
export const SERVER_OLDER_S = 3_000_000

/** What the log of the MGS may have said at that time; by hand, in the words of 2.8's source. The report does not show it. */
export function serverLog(bootMs: number): string[] {
  const asked = FAILED_S - 4_000
  const told = (SERVER_OLDER_S + asked + 300).toFixed(6)
  const enqueued = Math.floor(bootMs / 1000 + asked)
  return [
    '[    62.114820] Lustre: MGS: Connection restored to  (at 0@lo)',
    `[${told}] LustreError: 31877:0:(ldlm_request.c:106:ldlm_expired_completion_wait()) ### lock timed out (enqueued at ${enqueued}, 300s ago); not entering recovery in server code, just going back to sleep ns: MGS lock: ffff881ff2b7a000/0xa68b3e1963496f0d lrc: 3/0,1 mode: --/EX res: ${RESOURCE} rrc: 214 type: PLN flags: 0x40210400000020 nid: local remote: 0x0 expref: -99 pid: 31877 timeout: 0 lvb_type: 0`,
  ]
}
