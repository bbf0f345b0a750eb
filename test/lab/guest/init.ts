export const READY = 'the guest is ready'

/** The guest's first process: mounts, network, ssh, /setup; then it collects what ended, for ever. */
export function initScript(name: string, cableAddress: string | undefined): string {
  return `#!/bin/sh
export PATH=/usr/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
dmesg -n 1
echo ${name} > /proc/sys/kernel/hostname
modprobe -a virtio_pci virtio_net virtio_rng
ip link set lo up
ip addr add 10.0.2.15/24 dev eth0
ip link set eth0 up
${cableAddress === undefined ? '' : `ip addr add ${cableAddress}/24 dev eth1; ip link set eth1 up`}
mkdir -p /run/sshd /var/empty
chmod 600 /etc/ssh/host
/usr/bin/sshd -f /etc/ssh/config
sh -ex /setup || { echo 'the setup of the guest failed'; poweroff -f; }
echo ${READY}
while :; do sleep 3600; done
`
}
