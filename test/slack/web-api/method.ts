import type { World } from '../types.ts'

export type Args = Record<string, unknown>
export type Answer = { ok: boolean; error?: string; [field: string]: unknown }

/** One method of Slack's Web API. It may change the world; what it returns is the body of the answer. */
export type Method = (world: World, args: Args) => Answer

export const done = (fields: Record<string, unknown> = {}): Answer => ({ ok: true, ...fields })

/** A refusal as Slack words it; `problems` go where its clients look for them. */
export function refuse(error: string, problems: string[] = []): Answer {
  if (problems.length === 0) return { ok: false, error }
  return {
    ok: false,
    error,
    errors: problems,
    response_metadata: { messages: problems.map((problem) => `[ERROR] ${problem}`) },
  }
}

/** Text argument; clients send numbers and booleans as text, too. Absent and null give undefined. */
export function textArg(args: Args, name: string): string | undefined {
  const value = args[name]
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}

export const flagArg = (args: Args, name: string): boolean =>
  ['true', '1'].includes(textArg(args, name) ?? '')
