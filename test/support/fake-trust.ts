import type { Approval } from '../../src/governance/index.ts'
import { FettleError } from '../../src/kernel/errors/index.ts'
import type { Services } from '../../src/server/services.ts'
import { hash, now } from './sample-records.ts'

const rule = { alias: 'live', requesters: [], checks: ['evaluation' as const], approvals: 1 }
const approval: Approval = {
  id: 'apr_1',
  kind: 'alias',
  subject: 'model:late',
  change: { model: 'late', alias: 'live', version: 1, before: null },
  bound: { version: hash },
  reason: 'better',
  requestedBy: 'mila',
  requestedAt: now,
  expiresAt: now + 1n,
  needed: 1,
  state: 'requested',
  decisions: [{ by: 'jon', at: now, verdict: 'approve', reason: '', seconds: 3 }],
  closedAt: null,
  closedBecause: null,
}

/** Signing, cards and requests of one model, `late`, with one version that is signed and one request. */
export function fakeTrust(
  called: (name: string, args: unknown) => void,
): Pick<Services, 'signing' | 'cards' | 'evaluations' | 'aliasRequests'> {
  const known = (name: { readonly model: string; readonly version: number }) => {
    if (name.model !== 'late' || name.version !== 1)
      throw new FettleError('MODEL_VERSION_UNKNOWN', `there is no ${name.model}@${name.version}`)
  }
  const request = async (id = approval.id) => {
    if (id !== approval.id) throw new FettleError('APPROVAL_UNKNOWN', `there is no request ${id}`)
    return approval
  }
  const card = {
    schema: 1 as const,
    ...{ model: 'late', version: 1, digest: hash, frozenAt: null },
    sections: [
      {
        ...{ key: 'fairness', title: 'Fairness', table: { head: ['a'], rows: [['<b>']] } },
        rows: [{ name: 'Verdicts', value: null, missing: 'not measured', writtenBy: null }],
      },
    ],
  }
  const kept = {
    ...{
      hash,
      on: 'loans.parquet',
      rowSet: hash,
      rows: 3,
      against: null,
      verdict: null,
      at: now,
      by: 'mila',
    },
    report: { schema: 2, split: 'loans.parquet' },
  }
  return {
    evaluations: {
      keep: async (name, content) => {
        known(name)
        called('keepEvaluation', { name, content })
        return kept
      },
      list: async name => {
        known(name)
        return [kept]
      },
      get: async (name, wanted) => {
        known(name)
        if (wanted !== hash) throw new FettleError('EVALUATION_UNKNOWN', `there is no evaluation ${wanted}`)
        return kept
      },
      newest: async () => undefined,
    },
    signing: {
      publicKey: 'PEM',
      sign: async name => known(name),
      verify: async name => {
        known(name)
        return { state: 'signed', key: 'k', at: now, by: 'mila', problem: null, files: [] }
      },
      assertSigned: async () => undefined,
      assertUnaltered: async () => undefined,
      besides: async () => ({}),
      bundleOf: async (_name, kind) => (kind === 'signature' ? '{}' : undefined),
    },
    cards: {
      get: async name => {
        known(name)
        return card
      },
      freeze: async () => undefined,
      write: async (name, note) => {
        called('writeCard', { name, note })
        return card
      },
    },
    aliasRequests: {
      rules: async model => {
        if (model !== 'late') throw new FettleError('MODEL_UNKNOWN', `there is no model ${model}`)
        return [rule]
      },
      protect: async (model, wanted) => called('protect', { model, wanted }),
      unprotect: async name => called('unprotect', name),
      request: async wanted => {
        called('requestAlias', wanted)
        return approval
      },
      decide: id => request(id),
      withdraw: id => request(id),
      get: id => request(id),
      list: async () => ({ items: [approval] }),
    },
  }
}
