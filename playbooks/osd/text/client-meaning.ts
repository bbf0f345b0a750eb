import { code } from '../../shared/text.ts'
import { nameOf } from '../words.ts'
import type { Happening } from './scene.ts'
import type { Told } from './told.ts'

/** What clients and tools say of monitors, keys and daemons. */
export function clientOf(kind: string, name: string, { what, osd }: Happening): Told | undefined {
  switch (kind) {
    case 'mon-timeout':
      return {
        code: 'monitors-not-answering',
        severity: 'warning',
        summary: 'The monitors did not answer this client in time: no quorum, no network, or a wrong address',
        doNot: ['restart OSDs because of this', 'the client did not get as far as an OSD'],
      }
    case 'no-keyring':
      return {
        code: 'no-keyring',
        severity: 'info',
        summary: 'This user has no key on that host; that says nothing about the cluster',
      }
    case 'auth':
      return {
        code: 'auth-refused',
        severity: 'warning',
        summary: 'The monitors refused the key of this client',
        details: [
          'A wrong or old key, a user that does not exist, or clocks that differ; not a fault of OSDs.',
        ],
      }
    case 'no-right':
      return {
        code: 'no-right',
        severity: 'info',
        summary: `This user may not ask ${code(what ?? 'that daemon')}`,
      }
    case 'no-tell':
      return {
        code: 'daemon-not-answering',
        severity: 'warning',
        summary: `${code(what ?? 'The daemon')} did not answer a command`,
        next: 'Whether it runs and takes connections',
      }
    case 'no-osd':
      return {
        code: 'no-such-osd',
        severity: 'info',
        summary: `There is no ${osd === undefined ? 'such OSD' : nameOf(osd)} in the map`,
      }
    case 'no-socket':
      return {
        code: 'no-admin-socket',
        severity: 'info',
        summary: 'There is no admin socket of that daemon on that host: it runs elsewhere, or not at all',
      }
    case 'not-active':
      return {
        code: 'osd-not-active',
        severity: 'warning',
        summary: `${name} says of itself that it is ${code(what ?? '')}, not active`,
        next: 'Why it does not get active',
      }
    case 'kernel-osd':
      return {
        code: 'osd-connection-lost',
        severity: 'warning',
        summary: `The kernel's client lost or did not get its connection to ${name} (${code(what ?? '')})`,
        next: 'Whether it takes new connections',
      }
    case 'kernel-idle':
      return {
        code: 'osd-connection-closed',
        severity: 'info',
        summary: `${name} closed a connection of the kernel's client that was open`,
        details: [
          'Idle ones are closed after 15 min (`ms_connection_idle_timeout`, before that `ms_tcp_read_timeout`), and opened again when needed: alone that is no fault.',
        ],
      }
    case 'kernel-mon':
      return {
        code: 'monitor-connection-lost',
        severity: 'info',
        summary: 'The kernel’s client lost a monitor and looked for another',
      }
    case 'skew':
      return {
        code: 'mon-clock-skew',
        severity: 'warning',
        summary: `The clocks of monitors differ by ${what ?? 'too many'} s`,
      }
    default:
      return undefined
  }
}
