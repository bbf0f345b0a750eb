/** `14:02:11 UTC`, with the date in front when that is more than a day ago. Both in milliseconds since the epoch. */
export function timeOfDay(at: number, now: number): string {
  const iso = new Date(at).toISOString()
  return `${now - at < 86_400_000 ? '' : `${iso.slice(0, 10)} `}${iso.slice(11, 19)} UTC`
}
