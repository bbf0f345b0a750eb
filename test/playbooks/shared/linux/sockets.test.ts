import { describe, expect, test } from 'vitest'
import { parseNamespaces } from '../../../../playbooks/shared/linux/network.ts'
import { parseProcesses } from '../../../../playbooks/shared/linux/processes.ts'
import { parseSockets } from '../../../../playbooks/shared/linux/sockets.ts'
import { output } from './output.ts'

const HEADING = 'State      Recv-Q Send-Q Local Address:Port               Peer Address:Port\n'
const peerOf = (peer: string) =>
  parseSockets(output(`${HEADING}ESTAB 0 0 10.0.0.12:50000 ${peer}\n`))[0]!.peer

describe('an OSD is the same peer however ss writes it', () => {
  test.each([
    ['10.0.0.21:6800', '10.0.0.21:6800'],
    ['10.0.0.21%eth0:6800', '10.0.0.21:6800'],
    ['[::ffff:10.0.0.21]:6800', '10.0.0.21:6800'],
    // iproute2 before 4.13, as on CentOS 7
    ['::ffff:10.0.0.21:6800', '10.0.0.21:6800'],
    ['fd00::21:6800', '[fd00::21]:6800'],
    ['[fd00::21]:6800', '[fd00::21]:6800'],
    ['fe80::21%eth0:6800', '[fe80::21]:6800'],
    ['[fe80::21]%eth0:6800', '[fe80::21]:6800'],
    ['[fe80::21%eth0]:6800', '[fe80::21]:6800'],
    ['[FD00:0:0::21]:6800', '[fd00::21]:6800'],
  ])('%s', (written, peer) => {
    expect(peerOf(written)).toBe(peer)
  })
  test('what is no address is refused, not passed over', () => {
    for (const text of ['osd-21:6800', '10.0.0:6800', '10.0.0.21'])
      expect(() => peerOf(text), text).toThrow(/not an IP address|not a connection/)
  })
})

test('a process that a debugger has stopped does not make the list unreadable', () => {
  expect(parseProcesses(output('  41 ts   01:00 /usr/bin/ceph-osd -f --id 4\n'))).toMatchObject([
    { pid: '41', state: 'ts' },
  ])
})

test('a list of network namespaces that was cut or killed says nothing', () => {
  expect(parseNamespaces(output('net:[4026531840]\n'))).toBe(1)
  expect(() => parseNamespaces(output('net:[4026531840]\n', { truncated: true }))).toThrow(/not whole/)
  expect(() => parseNamespaces(output('net:[4026531840]\n', { exitCode: null }))).toThrow(/not whole/)
})
