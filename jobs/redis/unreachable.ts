import { mask } from '../mask.ts'

/** How long anything that a person waits for may take, ms. */
export const PATIENCE_MS = 1500

/** Redis did not answer in time. Whether the command took effect is not known: repeat it, it is safe to. */
export class QueueUnreachable extends Error {
  readonly code = 'queue-unreachable'
  constructor(what: string, options?: ErrorOptions) {
    const cause = options?.cause instanceof Error ? ` (${mask(options.cause.message)})` : ''
    super(
      `The queue (Redis) can't be reached, so ${what} was not confirmed${cause}. ` +
        'Check that Redis runs and that REDIS_URL points to it, then try again.',
    )
    // the cause is told in words only: ioredis keeps the arguments of commands, AUTH among them, in its errors
    this.name = 'QueueUnreachable'
  }
}

/** What Redis answers when it is there but can't serve for now. */
const NOT_NOW = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MISCONF|OOM|NOREPLICAS|BUSY) /

/**
 * Runs commands against Redis for at most PATIENCE_MS; `what` completes "so … was not confirmed".
 * Throws QueueUnreachable when there is no answer, and whatever else went wrong unchanged.
 */
export async function reaching<T>(what: string, work: () => Promise<T>, withinMs = PATIENCE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new QueueUnreachable(what)), withinMs)
  })
  const working = work()
  working.catch(() => {})
  try {
    return await Promise.race([working, late])
  } catch (error) {
    throw isUnreachable(error) ? new QueueUnreachable(what, { cause: error }) : error
  } finally {
    clearTimeout(timer)
  }
}

function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof QueueUnreachable) return false
  if (error.name === 'ReplyError') return NOT_NOW.test(error.message)
  const code = (error as NodeJS.ErrnoException).code ?? ''
  return (
    /^E(CONN|PIPE|HOSTUNREACH|NETUNREACH|TIMEDOUT|NOTFOUND|AI_AGAIN|ADDR)/.test(code) ||
    code === 'ENOENT' ||
    ['MaxRetriesPerRequestError', 'ClusterAllFailedError', 'AbortError'].includes(error.name) ||
    /Connection is closed|isn't writeable|Command timed out|Connection is not available|Failed to refresh slots|Cluster isn't ready|None of startup nodes|All sentinels are unreachable/.test(
      error.message,
    )
  )
}
