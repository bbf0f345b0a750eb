/**
 * The name by which a logical unit is known everywhere: `eui.` and 16 (24, 32) hex digits, `naa.` and 16 or 32, or
 * `t10.` and text, in small letters where it is hex. ESXi makes them from INQUIRY page 83h, udev its links, too.
 */
export type LunName = string

const BY_HEX = /^(eui|naa)\.(?=[0-9a-f]+$)(?:.{16}|.{24}|.{32})$/i

/** A name as typed or printed, in the form that is compared; undefined: not the name of a logical unit. */
export function lunName(text: string): LunName | undefined {
  if (BY_HEX.test(text)) return text.toLowerCase()
  return /^t10\.[\x21-\x7e]{1,250}$/i.test(text) ? `t10.${text.slice(4)}` : undefined
}

/**
 * The text that an EUI was made of, where it is eight printable characters: `eui.6465336666353233` → `de3ff523`. SCST
 * takes the first eight bytes of `t10_dev_id` for it when no EUI or NAA was set. Undefined: a real EUI, a NAA name, …
 */
export function textOfEui(name: string): string | undefined {
  const hex = /^eui\.([0-9a-f]{16})$/i.exec(name)?.[1]
  if (hex === undefined) return undefined
  const text = hex.replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16)))
  return /^[\x21-\x7e]{8}$/.test(text) ? text : undefined
}

/** The EUI that SCST shows for a device whose `t10_dev_id` this is; shorter ones are filled with zero bytes. */
export function euiOfText(text: string): LunName | undefined {
  if (!/^[ -~]+$/.test(text)) return undefined
  const bytes = [...text.slice(0, 8).padEnd(8, '\0')]
  return `eui.${bytes.map((each) => each.charCodeAt(0).toString(16).padStart(2, '0')).join('')}`
}

/** A hex identifier as a target's own files write it (`0x6001405…`), with the kind that it is of. */
export function nameOfHex(kind: 'eui' | 'naa', text: string): LunName | undefined {
  return lunName(`${kind}.${text.replace(/^0x/i, '')}`)
}

/**
 * The NAA name that Linux' own target (LIO) makes of a unit serial number: 6, the company id 001405, and the first 25 hex
 * digits of the serial. Source: spc_gen_naa_6h_vendor_specific in drivers/target/target_core_spc.c.
 */
export function naaOfLioSerial(serial: string): LunName | undefined {
  const digits = serial.replace(/[^0-9a-f]/gi, '').slice(0, 25)
  return digits.length === 0 ? undefined : lunName(`naa.6001405${digits.padEnd(25, '0')}`)
}

/**
 * A link of /dev/disk/by-id whose name udev made of page 83h: `scsi-2` + EUI, `scsi-3` + NAA, `wwn-0x` + either.
 * Undefined: a link of another kind, or of a partition. Source: scsi_id of udev (60-persistent-storage.rules).
 */
export function nameOfLink(link: string): LunName | undefined {
  const [, kind, hex] = /^(?:scsi-([23])|wwn-0x)([0-9a-f]{16}|[0-9a-f]{32})$/.exec(link) ?? []
  if (hex === undefined) return undefined
  if (kind === '2') return lunName(`eui.${hex}`)
  if (kind === '3') return lunName(`naa.${hex}`)
  // a wwn link doesn't say which it is; NAA identifiers begin with their format, 2, 3, 5 or 6
  return /^(?:6.{31}|[235].{15})$/.test(hex) ? lunName(`naa.${hex}`) : lunName(`eui.${hex}`)
}
