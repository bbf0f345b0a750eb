import fc from 'fast-check'
import { expect, test } from 'vitest'
import { code, lines, withoutLog } from '../../../playbooks/shared/text.ts'

test('shows what could break out of backticks, hide or reorder text', () => {
  expect(code('rbd_header.x')).toBe('`rbd_header.x`')
  expect(code('a`b\n\u202ec\u200b\u0000')).toBe('`a\\u{60}b\\n\\u{202e}c\\u{200b}\\u{0}`')
  expect(code('')).toBe('`""`')
  expect(code('卷-ä')).toBe('`卷-ä`')
})

test('keeps 120 characters at most, the last an ellipsis', () => {
  expect(code('x'.repeat(120))).toBe(`\`${'x'.repeat(120)}\``)
  expect([...code('x'.repeat(10_000))]).toHaveLength(122)
  expect(code('x'.repeat(121)).endsWith('x…`')).toBe(true)
})

test('never lets any text out of its backticks or over its length', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      const shown = code(text)
      expect([...shown].length).toBeLessThanOrEqual(122)
      expect(shown.slice(1, -1)).not.toMatch(/[`\n\r\p{Cc}\p{Cf}]/u)
    }),
  )
})

test('reads lines with any line end and without colours', () => {
  expect(lines('a\r\nb\n\u001b[31mc\u001b[0m\r\n')).toEqual(['a', 'b', 'c'])
  expect(lines('')).toEqual([])
  expect(lines('\na')).toEqual(['', 'a'])
})

test('drops a program’s own log line, and nothing that merely looks similar', () => {
  const log = '2026-11-20T16:52:40.080+0000 7f69684cdd00 -1 monclient: hunting'
  expect(withoutLog(`x\n${log}\ny`)).toBe('x\n\ny')
  expect(withoutLog('2026-11-20T16:52 something')).toBe('2026-11-20T16:52 something')
})
