/** Linux never gives a process a higher number (PID_MAX_LIMIT of 64-bit kernels). */
const HIGHEST_PID = 4_194_304n

/**
 * The processes that a nonce can stand for where librados made it as `pid + 1,000,000 × instance` (up to
 * Hammer, RadosClient::connect; krbd always drew it at random). `1193546917` → 546917, 1546917, 2546917, 3546917.
 */
export function pidsOfNonce(nonce: string): string[] {
  const pids: string[] = []
  for (let pid = BigInt(nonce) % 1_000_000n; pid <= HIGHEST_PID && pid <= BigInt(nonce); pid += 1_000_000n) {
    if (pid > 0n) pids.push(pid.toString())
  }
  return pids
}

/**
 * Whether a process can have made this nonce at all. The sum has 64 bits and the address keeps 32 of them
 * (`entity_addr_t`), so a process with more than 4294 instances, such as a service that connects anew for every request,
 * has nonces that show its number no more: 2^32 and 1,000,000 share only the factor 64.
 */
export function mayHaveMade(pid: string, nonce: string): boolean {
  return (BigInt(nonce) - BigInt(pid)) % 64n === 0n
}

/**
 * Whether one nonce looks like the other mistyped: a digit lost, added or changed. Two random ones never do. Of those that
 * hold a process number, neighbours differ by one digit as a rule (the next instance, the next process): there only a
 * digit that is lost or added counts.
 */
export function isSlip(a: string, b: string, nonces: 'random' | 'of processes' = 'random'): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false
  if (nonces === 'of processes' && a.length === b.length) return false
  let start = 0
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start += 1
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1
  return Math.max(a.length, b.length) - start - end <= 1
}
