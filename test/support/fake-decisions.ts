import { FettleError } from '../../src/kernel/errors/index.ts'
import type { Services } from '../../src/server/services.ts'
import type { DecisionRecord } from '../../src/serving/index.ts'
import { decidedRequest, note } from '../../src/serving/testing/decided-fixture.ts'

const { rows, note: _, ...request } = decidedRequest(1)
const [row] = rows
if (!row) throw new Error('the fixture has a row')

/** A decision of a shadow, with everything that a rollout says of it. */
const record: DecisionRecord = {
  ...{ ...request, ...row, release: note, predictionId: 'b-0', kind: 'shadow', shadowOf: request.base },
  ...{ arm: 'challenger', armReason: 'bucket', bucket: 7, assignment: { salt: 's-1', sticky: true, seq: 4 } },
  ...{ states: ['fresh', 'missing'], action: 'warn', threshold: 0.5, segment: null },
  logged: { segment: '0-0000000001', offset: 64 },
}
const at = 1_700_000_000_000_000n

export function fakeDecisionLog(): Services['decisionLog'] {
  const known = (id: string) => {
    if (id !== 'b-0') throw new FettleError('DECISION_UNKNOWN', `there is no decision ${id}`)
  }
  return {
    search: async () => ({ items: [record], next: 'older' }),
    status: async () => ({
      ...{ written: 3, shipped: 2, waiting: 1, files: 1, fileBytes: 4096 },
      ...{ keptSegments: 1, waitingSegments: 1, lagSeconds: 0.5, damagedBytes: 0 },
    }),
    async trace(id) {
      const asked: DecisionRecord = id === 'd-0' ? { ...record, kind: 'demo', predictionId: id } : record
      known(asked.kind === 'demo' ? 'b-0' : id)
      return {
        record: asked,
        release: {
          ...{ number: 3, digest: note.digest, scorer: note.scorer },
          parts: [{ part: 'model late v2', hash: note.digest }],
          made: { at, by: 'mila', reason: '' },
          verdicts: [{ id: 'vrd_1', at, hash: note.digest, verdict: 'pass', by: 'gate' }],
          approvals: [{ by: 'ana', at }],
          servings: [{ at, by: 'mila', reason: 'better' }],
        },
        shadows: [record],
        rollout: {
          ...{ seq: 4, rollout: 'rol_1', event: 'start_canary', weight: 1, by: 'mila' },
          ...{ reason: 'approved', at, hash: note.digest },
        },
      }
    },
    async replay(id) {
      known(id)
      const line = { what: 'score', outcome: 'same' as const, recorded: 0.1, replayed: 0.1, reason: null }
      return { predictionId: id, lines: [line] }
    },
  }
}
