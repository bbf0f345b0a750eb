/**
 * The configuration of the lab's cluster: small, quick to agree, quick to notice a dead daemon, silent. Clients renew
 * their watches every second instead of every five, or a live one would run out of a short watch timeout.
 */
export function cephConf(of: {
  dir: string
  fsid: string
  addresses: string
  watchTimeoutS: number
}): string {
  return `[global]
fsid = ${of.fsid}
mon host = ${of.addresses}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
keyring = ${of.dir}/keyring
run dir = ${of.dir}/run
log to stderr = false
err to stderr = true
pid file =
osd pool default size = 1
osd pool default min size = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
mon data avail warn = 1
mon data avail crit = 1
paxos propose interval = 0.05
paxos min wait = 0.01
osd client watch timeout = ${of.watchTimeoutS}
osd heartbeat interval = 1
osd heartbeat grace = 4
mon osd adjust heartbeat grace = false
mon osd min down reporters = 1
[client]
objecter tick interval = 1
admin socket =
log file =
[mon]
mon data = ${of.dir}/mon-$id
mon cluster log file =
mgr initial modules =
admin socket = ${of.dir}/run/$name.asok
[osd]
osd data = ${of.dir}/osd-$id
osd objectstore = memstore
memstore device bytes = 1073741824
osd class update on start = false
admin socket = ${of.dir}/run/$name.asok
`
}
