import type { CheckRequest, CheckResult, Recording, RemedyResult, TakeBackResult } from './contracts.ts'
import { reaching } from './redis/unreachable.ts'

/** What the record store needs of Redis; ioredis' Redis and Cluster both fit. */
export type RecordRedis = {
  hgetall(key: string): Promise<Record<string, string>>
  hget(key: string, field: string): Promise<string | null>
  hset(key: string, values: Record<string, string>): Promise<unknown>
  expire(key: string, seconds: number): Promise<unknown>
}

/** How long findings can be redrawn, repeated and exported. */
export const KEEP_RECORDS_S = 30 * 24 * 3600

/** `firstLook`: what was shown before the second look; `end`: why there will be no result, when somebody or something stopped it. */
export type CheckRecord = {
  request: CheckRequest
  result: CheckResult | undefined
  firstLook: CheckResult | undefined
  end: string | undefined
}

/** Requests, results and recordings of checks by check id, and results of remedies by approval id; kept 30 days. All throw QueueUnreachable. */
export type Records = {
  saveRequest(request: CheckRequest): Promise<void>
  saveResult(checkId: string, result: CheckResult, recording?: Recording): Promise<void>
  saveFirstLook(checkId: string, firstLook: CheckResult): Promise<void>
  saveEnd(checkId: string, why: string): Promise<void>
  check(checkId: string): Promise<CheckRecord | undefined>
  recording(checkId: string): Promise<Recording | undefined>
  saveRemedy(result: RemedyResult): Promise<void>
  remedy(approvalId: string): Promise<RemedyResult | undefined>
  saveTakeBack(result: TakeBackResult): Promise<void>
  /** how far it has come; undefined when it was not tried yet */
  takeBack(approvalId: string): Promise<TakeBackResult | undefined>
}

export function createRecords(redis: RecordRedis, prefix: string): Records {
  const checkKey = (id: string) => `${prefix}:check:${id}`
  const remedyKey = (id: string) => `${prefix}:remedy:${id}`
  const save = async (key: string, values: Record<string, string>) => {
    await reaching('the record', () =>
      Promise.all([redis.hset(key, values), redis.expire(key, KEEP_RECORDS_S)]),
    )
  }
  return {
    saveRequest: (request) => save(checkKey(request.id), { request: JSON.stringify(request) }),
    saveResult: (checkId, result, recording) =>
      save(checkKey(checkId), {
        result: JSON.stringify(result),
        ...(recording && { recording: JSON.stringify(recording) }),
      }),
    saveFirstLook: (checkId, firstLook) => save(checkKey(checkId), { firstLook: JSON.stringify(firstLook) }),
    saveEnd: (checkId, why) => save(checkKey(checkId), { end: why }),
    check: async (checkId) => {
      const { request, result, firstLook, end } = await reaching('the record', () =>
        redis.hgetall(checkKey(checkId)),
      )
      if (request === undefined) return undefined
      return {
        request: JSON.parse(request),
        result: result === undefined ? undefined : JSON.parse(result),
        firstLook: firstLook === undefined ? undefined : JSON.parse(firstLook),
        end,
      }
    },
    recording: async (checkId) => {
      const text = await reaching('the recording', () => redis.hget(checkKey(checkId), 'recording'))
      return text === null ? undefined : JSON.parse(text)
    },
    saveRemedy: (result) => save(remedyKey(result.approvalId), { result: JSON.stringify(result) }),
    remedy: async (approvalId) => {
      const text = await reaching('the record', () => redis.hget(remedyKey(approvalId), 'result'))
      return text === null ? undefined : JSON.parse(text)
    },
    saveTakeBack: (result) => save(remedyKey(result.approvalId), { takeBack: JSON.stringify(result) }),
    takeBack: async (approvalId) => {
      const text = await reaching('the record', () => redis.hget(remedyKey(approvalId), 'takeBack'))
      return text === null ? undefined : JSON.parse(text)
    },
  }
}
