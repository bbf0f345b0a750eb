/**
 * What is said over the socket of a shared connection. Multiplexing messages (OpenSSH's PROTOCOL.mux, version 4) until the
 * connection is in proxy mode, then messages of SSH's connection protocol (RFC 4254) in packets without encryption.
 * Either is a length and as many bytes; numbers are 32 bits, the highest byte first; a string is its length and its bytes.
 */

/** Message numbers of multiplexing, https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.mux section 11 */
export const Mux = { hello: 0x1, proxy: 0x1000000f, proxied: 0x8000000f } as const
export const MUX_VERSION = 4

/** Message numbers of the connection protocol, RFC 4250 section 4.1.2. */
export const Ssh = {
  open: 90,
  openConfirmation: 91,
  openFailure: 92,
  windowAdjust: 93,
  data: 94,
  extendedData: 95,
  eof: 96,
  close: 97,
  request: 98,
  failure: 100,
} as const

/** No message of a far end's is longer: OpenSSH's own limit for a packet. */
const LONGEST = 256 * 1024

type Field = number | string | boolean

/** One message of multiplexing. */
export function muxMessage(...fields: Field[]): Buffer {
  return withLength(fieldsOf(fields))
}

/** One message of the connection protocol: no padding, its number, its fields. */
export function sshMessage(number: number, ...fields: Field[]): Buffer {
  return withLength(Buffer.concat([Buffer.from([0, number]), fieldsOf(fields)]))
}

function withLength(body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  return Buffer.concat([length, body])
}

function fieldsOf(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.map((field) => {
      if (typeof field === 'boolean') return Buffer.from([field ? 1 : 0])
      if (typeof field === 'string') return withLength(Buffer.from(field))
      const number = Buffer.alloc(4)
      number.writeUInt32BE(field)
      return number
    }),
  )
}

/** Cuts what arrives into messages, without their lengths. Throws RangeError for one that cannot be. */
export function cutMessages(onMessage: (body: Buffer) => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0)
  return (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    while (pending.length >= 4) {
      const length = pending.readUInt32BE()
      if (length > LONGEST) throw new RangeError(`a message of ${length} bytes`)
      if (pending.length < 4 + length) return
      const body = pending.subarray(4, 4 + length)
      pending = pending.subarray(4 + length)
      onMessage(body)
    }
  }
}

/** Reads the fields of a message one after the other, from `at` on. Throws RangeError past its end. */
export function fieldReader(body: Buffer, at = 0) {
  const bytes = () => {
    const from = at + 4
    const to = from + body.readUInt32BE(at)
    if (to > body.length) throw new RangeError('a string that is longer than its message')
    at = to
    return body.subarray(from, to)
  }
  return {
    number: () => {
      at += 4
      return body.readUInt32BE(at - 4)
    },
    boolean: () => {
      at += 1
      return body.readUInt8(at - 1) !== 0
    },
    bytes,
    text: () => bytes().toString(),
  }
}
