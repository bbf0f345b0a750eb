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

/** Whether one nonce looks like the other mistyped: a digit lost, added or changed. Two random ones never do. */
export function isSlip(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false
  let start = 0
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start += 1
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1
  return Math.max(a.length, b.length) - start - end <= 1
}
