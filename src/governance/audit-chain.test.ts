import { describe, expect, it } from 'vitest'
import { auditHash, auditRoot } from './audit-chain.ts'

describe('the audit chain', () => {
  it('hashes the documented bytes', () => {
    expect(
      auditHash(auditRoot, { seq: 1, at: 0n, principal: 'ada', action: 'a', object: 'o', details: {} }),
    ).toBe('eaffe689eecf5a92dcf9dba0a64d97ff8627cedacfcda4a564732cea6f4df69a')
  })
})
