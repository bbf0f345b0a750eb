import type { z } from 'zod'

/** A zod error in the words that Slack uses in `response_metadata.messages`. */
export function inWords(error: z.ZodError, input: unknown, at: string): string[] {
  return error.issues.map((issue) => `${words(issue, input)} [json-pointer:${[at, ...issue.path].join('/')}]`)
}

function words(issue: z.core.$ZodIssue, input: unknown): string {
  switch (issue.code) {
    case 'too_big':
      return issue.origin === 'array'
        ? `no more than ${issue.maximum} items allowed`
        : `must be less than ${Number(issue.maximum) + 1} characters`
    case 'too_small':
      return issue.origin === 'array'
        ? `no fewer than ${issue.minimum} items allowed`
        : `must be more than ${Number(issue.minimum) - 1} characters`
    case 'unrecognized_keys':
      return `invalid additional property: ${issue.keys.join(', ')}`
    case 'invalid_union':
      return `unsupported type: ${String(valueAt(input, issue.path))}`
    case 'invalid_type':
      return valueAt(input, issue.path) === undefined
        ? `missing required field: ${String(issue.path.at(-1) ?? 'blocks')}`
        : `must provide ${article(issue.expected)}`
    case 'invalid_value':
      return `must be one of: ${issue.values.map(String).join(', ')}`
    default:
      return issue.message
  }
}

const article = (noun: string) => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`

function valueAt(input: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      value && typeof value === 'object' ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  )
}
