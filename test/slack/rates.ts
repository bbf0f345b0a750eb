import type { Rates } from './types.ts'

/** Slack's tiers as far as they matter here: https://docs.slack.dev/apis/web-api/rate-limits */
export const slackRates: Rates = { postBurst: 5, updatePerMinute: 50, otherPerMinute: 100 }

/** Whole seconds to wait before this call would be taken, or 0 when it is taken now (and counted). */
export type RateLimiter = (method: string, channel: string, now?: number) => number

/** Counts calls per method and channel: one per second with a burst for posts, per minute for the rest. */
export function createRateLimiter(rates: Rates): RateLimiter {
  const buckets = new Map<string, { tokens: number; at: number }>()
  return (method, channel, now = Date.now()) => {
    const { burst, perSecond, key } = limitOf(method, channel, rates)
    const bucket = buckets.get(key) ?? { tokens: burst, at: now }
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond)
    bucket.at = now
    buckets.set(key, bucket)
    if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond))
    bucket.tokens -= 1
    return 0
  }
}

function limitOf(
  method: string,
  channel: string,
  rates: Rates,
): { burst: number; perSecond: number; key: string } {
  if (method === 'chat.postMessage')
    return { burst: rates.postBurst, perSecond: 1, key: `${method} ${channel}` }
  if (method === 'chat.update') {
    return {
      burst: rates.updatePerMinute,
      perSecond: rates.updatePerMinute / 60,
      key: `${method} ${channel}`,
    }
  }
  return { burst: rates.otherPerMinute, perSecond: rates.otherPerMinute / 60, key: method }
}
