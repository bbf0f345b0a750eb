import type { CheckRequest, CheckResult, Recording, RemedyResult } from './contracts.ts'

/** What the record store needs of Redis; ioredis' Redis and Cluster both fit. */
export type RecordRedis = {
  hgetall(key: string): Promise<Record<string, string>>
  hget(key: string, field: string): Promise<string | null>
  hset(key: string, values: Record<string, string>): Promise<unknown>
  expire(key: string, seconds: number): Promise<unknown>
}

/** How long findings can be redrawn, repeated and exported. */
export const KEEP_RECORDS_S = 30 * 24 * 3600

/** `end`: why there will be no result, when somebody or something stopped it. */
export type CheckRecord = { request: CheckRequest; result: CheckResult | undefined; end: string | undefined }

/** Requests, results and recordings of checks by check id, and results of remedies by approval id; kept 30 days. */
export type Records = {
  saveRequest(request: CheckRequest): Promise<void>
  saveResult(checkId: string, result: CheckResult, recording?: Recording): Promise<void>
  saveEnd(checkId: string, why: string): Promise<void>
  check(checkId: string): Promise<CheckRecord | undefined>
  recording(checkId: string): Promise<Recording | undefined>
  saveRemedy(result: RemedyResult): Promise<void>
  remedy(approvalId: string): Promise<RemedyResult | undefined>
}

export function createRecords(redis: RecordRedis, prefix: string): Records {
  const checkKey = (id: string) => `${prefix}:check:${id}`
  const remedyKey = (id: string) => `${prefix}:remedy:${id}`
  const save = async (key: string, values: Record<string, string>) => {
    await redis.hset(key, values)
    await redis.expire(key, KEEP_RECORDS_S)
  }
  return {
    saveRequest: (request) => save(checkKey(request.id), { request: JSON.stringify(request) }),
    saveResult: (checkId, result, recording) =>
      save(checkKey(checkId), {
        result: JSON.stringify(result),
        ...(recording && { recording: JSON.stringify(recording) }),
      }),
    saveEnd: (checkId, why) => save(checkKey(checkId), { end: why }),
    check: async (checkId) => {
      const { request, result, end } = await redis.hgetall(checkKey(checkId))
      if (request === undefined) return undefined
      return {
        request: JSON.parse(request),
        result: result === undefined ? undefined : JSON.parse(result),
        end,
      }
    },
    recording: async (checkId) => {
      const text = await redis.hget(checkKey(checkId), 'recording')
      return text === null ? undefined : JSON.parse(text)
    },
    saveRemedy: (result) => save(remedyKey(result.approvalId), { result: JSON.stringify(result) }),
    remedy: async (approvalId) => {
      const text = await redis.hget(remedyKey(approvalId), 'result')
      return text === null ? undefined : JSON.parse(text)
    },
  }
}
