/** A prompt at the start of a line, and what was typed behind it. */
export type Prompt = {
  host: string | undefined
  typed: string
  /** the prompt itself, without what is typed; the same text again is the same prompt */
  text: string
  /** how sure: `named` has a user and a host or a shell's name; `bare` is only a sign that output may hold as well */
  kind: 'named' | 'bare'
}

// no user begins with a digit, but a NID does: 10.0.0.1@tcp
const NAME = '[A-Za-z_][\\w.-]*'
const HOST = '[A-Za-z0-9](?:[\\w.-]*\\w)?'
/** before a prompt: a virtual environment, a clock */
const BEFORE = '(?:\\([\\w./ -]{1,30}\\) ?|\\[?\\d{1,2}:\\d\\d(?::\\d\\d)?\\]? ?)?'

/** The first that fits decides. Groups: host, typed. */
const NAMED: readonly RegExp[] = [
  // [root@esx:~] esxcli …  [root@ECM-043 ~]# ps  [ceph: root@node1 /]# ceph -s  [user@host dir (main)]$ ls
  new RegExp(
    `^${BEFORE}\\[(?:[\\w ]+: ?)?${NAME}@(?<host>${HOST})(?:[ :][^\\[\\]]{0,200})?\\] ?[#$%>](?:\\s+|$)(?<typed>.*)$`,
  ),
  new RegExp(`^${BEFORE}\\[${NAME}@(?<host>${HOST}):[^\\[\\]\\s]{0,200}\\](?:\\s+|$)(?<typed>.*)$`),
  new RegExp(
    `^${BEFORE}\\[(?:[\\w ]+: ?)?${NAME}@(?<host>${HOST})[ :][^\\[\\]]{1,200}\\][#$%](?<typed>\\S.*)$`,
  ),
  // root@node2:/usr/lib# cmd  ceph@host:~> cmd  user@host:~$ cmd
  new RegExp(
    `^${BEFORE}${NAME}@(?<host>${HOST}):(?:~|/|\\.)?[^\\s:#$>]{0,200} ?[#$%>](?:\\s+|$)(?<typed>.*)$`,
  ),
  new RegExp(`^${BEFORE}${NAME}@(?<host>${HOST}):(?:~|/)[^\\s:#$>]{0,200}[#$](?<typed>[A-Za-z./].*)$`),
  // user@host ~ $ cmd  user@host# cmd  user@host> cmd
  new RegExp(`^${BEFORE}${NAME}@(?<host>${HOST})(?: (?:~|/)\\S{0,200})? ?[#$%>](?:\\s+|$)(?<typed>.*)$`),
  // node1:~ # cmd (SUSE)  node1:/etc# cmd
  new RegExp(`^${BEFORE}(?<host>${HOST}):(?:~|/)[^\\s:#$>]{0,200} ?[#$>](?:\\s+|$)(?<typed>.*)$`),
  // sh-4.2# cmd  bash-5.1$ cmd
  new RegExp(`^${BEFORE}(?:ba|k|z|da|a)?sh-\\d[\\d.]*[#$](?:\\s+|$)(?<typed>.*)$`),
  // ~ # cmd  /vmfs/volumes # cmd (busybox of ESXi 5)
  /^(?:~|\/[\w./-]{0,200}) [#$](?:\s+|$)(?<typed>.*)$/,
  // zsh and fish as many set them up
  /^(?:\u279c|\u276f)\s+(?:~|\S+)?\s+(?<typed>[a-z].*)$/,
]

/** Shells of one program: what is typed is an argument of it. */
const PROGRAMS: readonly [RegExp, string][] = [
  [/^(?:ceph|lctl|lnetctl)\s?> ?(?<typed>\S.*)$/, ''],
  [
    /^\/(?:[\w:./-]*)> ?(?<typed>(?:ls|cd|get|info|sessions|status|version|pwd|saveconfig)\b.*)$/,
    'targetcli',
  ],
]

/** node1# cmd and bare signs: only in front of a program that we know. */
const SIGN = new RegExp(`^(?:(?<host>${HOST}))?[#$] ?(?<typed>[A-Za-z./(!].*)$`)
const KNOWN = new Set(
  `awk bash cat cd ceph ceph-bluestore-tool ceph-objectstore-tool cephadm chroot clush cp crictl ctdb curl date dd df dig dmesg docker
  dpkg du echo egrep env esxcfg-info esxcfg-mpath esxcfg-scsidevs esxcfg-volume esxcli esxtop exportfs fgrep find findmnt for free
  fuser getent getfattr grep gunzip head hostname id iostat iscsiadm ip iptables journalctl kill kubectl lctl lfs ll lnetctl ls lsblk
  lscpu lsiscsi lslocks lsmod lsof lsscsi lustre_rmmod md5sum mdadm modprobe mount mount.lustre mount.nfs mpathpersist multipath
  multipathd mv nc netstat nfsstat nvme onnode oc partedUtil pdsh ping pgrep pidof podman prlimit ps pwd rados rbd rbd-nbd readlink rm
  rpcinfo rpm salt scst scstadmin sed sg_inq sg_logs sg_map sg_modes sg_persist sg_raw sg_readcap sg_requests sg_reset sg_rtpg
  sg_scan sg_turs sg_vpd sginfo showmount smbstatus sort ss ssh stat strace su sudo sysctl systemctl tail targetcli tcmu-runner tcpdump
  tee test time timeout top touch tunefs.lustre udevadm ulimit umount uname uptime vim-cmd virsh vmkfstools vmkping vmstat
  vmware vobd voma vsish w watch wc which while xargs zcat zgrep`.split(/\s+/),
)
/** `$ cat the file, then …` is a sentence and `# cluster lock = /x` a setting. */
const PROSE = /[.!?:;,]$|\s(?:the|a|an|is|are|was|to|for|if|and|then|this|that|it|of)\s|\s=\s/i

/**
 * The prompt that a line begins with. Known are those of sh, bash, zsh, busybox, SUSE, ESXi, `cephadm shell` and of
 * programs with a shell of their own (`ceph>`, `lctl >`, `targetcli /iscsi>`). A comment, a Markdown heading and a
 * `>` of output are none; undefined: the line is output.
 */
export function promptOf(line: string): Prompt | undefined {
  const text = line.trimStart()
  if (text.length > 4000) return undefined
  for (const pattern of NAMED) {
    const found = pattern.exec(text)
    if (found) return prompt(text, found.groups!.host, found.groups!.typed ?? '', 'named')
  }
  for (const [pattern, program] of PROGRAMS) {
    const found = pattern.exec(text)
    if (!found) continue
    const name = program || /^[a-z]+/.exec(text)![0]
    const typed = found.groups!.typed!
    return {
      host: undefined,
      typed: `${name} ${typed}`,
      text: text.slice(0, text.length - typed.length),
      kind: 'named',
    }
  }
  const sign = SIGN.exec(text)
  if (sign && isCommand(sign.groups!.typed!))
    return prompt(text, sign.groups!.host, sign.groups!.typed!, sign.groups!.host ? 'named' : 'bare')
  return undefined
}

function prompt(text: string, host: string | undefined, typed: string, kind: Prompt['kind']): Prompt {
  return { host, typed: typed.trim(), text: text.slice(0, text.length - typed.length).trimEnd(), kind }
}

function isCommand(typed: string): boolean {
  const first = /^(?:!|\()?\s*(?:\S*\/)?([\w.+-]+)/.exec(typed)?.[1]
  return first !== undefined && KNOWN.has(first) && !PROSE.test(typed)
}
