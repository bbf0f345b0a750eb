const sameDay = (a, b) => a.toDateString() === b.toDateString()

// 24 hours: what a log shows, and narrow enough for the margin.
export const timeOfDay = (date, seconds = false) =>
  date.toLocaleTimeString([], {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(seconds && { second: '2-digit' }),
  })

export const dateOf = (ts) => new Date(Number(ts.split('.')[0]) * 1000)

/** Today, Yesterday, or the date. */
export function dayName(date, now = new Date()) {
  const yesterday = new Date(now.getTime() - 86_400_000)
  if (sameDay(date, now)) return 'Today'
  if (sameDay(date, yesterday)) return 'Yesterday'
  return date.toLocaleDateString([], { weekday: 'long', day: 'numeric', month: 'long' })
}

/** `<!date^…>`: https://docs.slack.dev/messaging/formatting-message-text#date-formatting */
export function formatDate({ seconds, format, fallback }) {
  const date = new Date(seconds * 1000)
  if (Number.isNaN(date.getTime())) return fallback
  const long = { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }
  const usual = { year: 'numeric', month: 'long', day: 'numeric' }
  const short = { year: 'numeric', month: 'short', day: 'numeric' }
  const pretty = (options) => {
    const name = dayName(date)
    return name === 'Today' || name === 'Yesterday'
      ? name.toLowerCase()
      : date.toLocaleDateString([], options)
  }
  const values = {
    date_num: () => date.toISOString().slice(0, 10),
    date: () => date.toLocaleDateString([], usual),
    date_short: () => date.toLocaleDateString([], short),
    date_long: () => date.toLocaleDateString([], long),
    date_pretty: () => pretty(usual),
    date_short_pretty: () => pretty(short),
    date_long_pretty: () => pretty(long),
    time: () => timeOfDay(date),
    time_secs: () => timeOfDay(date, true),
  }
  return format.replace(/\{(\w+)\}/g, (whole, name) => values[name]?.() ?? whole)
}
