/** The pieces of an input, as long as it may take. */
export type Until<T> = {
  /** undefined: the input is over, or the time is */
  next(): Promise<T | undefined>
  /** whether the time was over before the input */
  late(): boolean
  /** Lets go of the input; returns when its first piece came, ms since the epoch. */
  stop(): number
}

/**
 * Takes pieces until `limitMs` after the first one: an input that says nothing yet may still be typed, one that never ends is
 * cut off.
 */
export function until<T>(input: AsyncIterable<T>, limitMs: number): Until<T> {
  const pieces = input[Symbol.asyncIterator]()
  let began: number | undefined
  let timer: NodeJS.Timeout | undefined
  let over = (): void => {}
  const timeOver = new Promise<'late'>((resolve) => {
    over = () => resolve('late')
  })
  let late = false
  return {
    async next() {
      late ||= began !== undefined && Date.now() >= began + limitMs
      if (late) return undefined
      const next = await Promise.race([pieces.next(), timeOver])
      if (next === 'late') late = true
      if (next === 'late' || next.done) return undefined
      if (began === undefined) {
        began = Date.now()
        timer = setTimeout(over, limitMs)
      }
      return next.value
    },
    late: () => late,
    stop() {
      clearTimeout(timer)
      // not awaited: an input that hangs would hang this as well
      pieces.return?.()?.catch(() => {})
      return began ?? Date.now()
    },
  }
}
