/**
 * Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. The demo's children also end with
 * their standard input, so that none is left when the demo is killed.
 */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    const stop = () => {
      if (asked) return process.exit(1)
      asked = true
      // a standard input that is still read would keep the process alive
      if (process.env.UNWEDGE_ENDS_WITH_STDIN) process.stdin.destroy()
      resolve()
    }
    if (process.env.UNWEDGE_ENDS_WITH_STDIN) process.stdin.resume().once('end', stop)
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
  })
}
