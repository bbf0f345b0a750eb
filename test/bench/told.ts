/** Times that a process printed, as `WORD TIME`, handed to whoever waits for the next one. */
export function listener() {
  let last: { word: string; resolve: (at: number) => void } | undefined
  const heard = new Map<string, number>()
  return {
    /** for `log` of a process */
    line: (text: string) => {
      const [word = '', time] = text.split(' ')
      const at = Number(time)
      if (!Number.isFinite(at)) return
      heard.set(word, at)
      if (last?.word === word) last.resolve(at)
    },
    /** the next time of this word */
    next: (word: string, withinMs = 30_000) =>
      new Promise<number>((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`no "${word}" within ${withinMs} ms`)), withinMs)
        const done = (at: number) => {
          clearTimeout(late)
          last = undefined
          resolve(at)
        }
        last = { word, resolve: done }
      }),
    /** the latest time of this word */
    latest: (word: string) => heard.get(word),
  }
}
