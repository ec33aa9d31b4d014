import { expect, it } from 'vitest'
import { livenessText } from './liveness-text.ts'

const since = '2026-03-01T14:02:31.000000Z'

it.each([
  [{ state: 'lost', inferred: true, since }, 'presumed lost since 14:02, inferred'],
  [{ state: 'lost', inferred: false, since }, 'presumed lost since 14:02'],
  [{ state: 'silent', inferred: true, since: null }, 'silent, inferred'],
  [{ state: 'alive', inferred: true, since }, ''],
  [{ state: 'unwatched', inferred: false, since: null }, ''],
] as const)('%o: %s', (liveness, text) => {
  expect(livenessText(liveness, 'utc')).toBe(text)
})
