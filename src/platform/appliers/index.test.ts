import { describe, expect, it } from 'vitest'
import type { Applier, Suggestion } from '../../governance/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { type ApplierParts, createAppliers } from './index.ts'

const decided = (change: Partial<Suggestion>): Suggestion =>
  ({
    ...{ id: 'sug_1', subject: 'deployment:late', title: 'Serve release 3', decision: { by: 'mila' } },
    ...change,
  }) as unknown as Suggestion

function inWorld(change: Partial<ApplierParts> = {}) {
  const called: unknown[] = []
  const deployments = {
    releases: async () => [{ release: { number: 3, digest: 'sha256:3' } }],
    deploy: async (request: unknown) => called.push(['deploy', request]),
    rollBack: async (request: unknown) => called.push(['rollBack', request]),
  }
  const appliers = createAppliers({
    deployments,
    compile: async (name: string) => ({ pipeline: name }),
    startRun: async (plan: unknown, options: unknown) => {
      called.push(['startRun', plan, options])
      return { id: 'prn_9' }
    },
    ...change,
  } as unknown as ApplierParts)
  const apply = (
    kind: 'promotion' | 'rollback' | 'retrain' | 'check',
    about: Partial<Suggestion>,
    value: Json,
  ) => (appliers[kind] as Applier)(decided({ kind, ...about }), value)
  return { apply, called }
}

describe('what does a decided suggestion', () => {
  it('serves exactly the release of a promotion, behind its verdict', async () => {
    const { apply, called } = inWorld()
    expect(await apply('promotion', {}, { release: 3, digest: 'sha256:3' })).toEqual({ release: 3 })
    expect(called).toMatchObject([
      ['deploy', { name: 'late', release: 3, gate: 'require', principal: { name: 'mila' } }],
    ])
    await expect(apply('promotion', {}, { digest: 'sha256:4' })).rejects.toMatchObject({
      code: 'RELEASE_UNKNOWN',
    })
  })

  it('goes back to the release that is named', async () => {
    const { apply, called } = inWorld()
    expect(await apply('rollback', {}, { to: 2 })).toEqual({ release: 2 })
    expect(called).toMatchObject([['rollBack', { name: 'late', to: 2, principal: { name: 'mila' } }]])
    await expect(apply('rollback', {}, { to: 'two' })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  })

  it('trains once, also when it is asked again after a crash', async () => {
    const { apply, called } = inWorld()
    expect(await apply('retrain', { subject: 'model:late' }, null)).toEqual({ run: 'prn_9' })
    expect(called).toMatchObject([['startRun', { pipeline: 'late' }, { idempotencyKey: 'suggestion:sug_1' }]])
    const again = inWorld({
      startRun: async () => {
        throw new FettleError('IDEMPOTENCY_CONFLICT', 'another plan', { details: { run: 'prn_8' } })
      },
    })
    expect(await again.apply('retrain', { subject: 'model:late' }, null)).toEqual({ run: 'prn_8' })
    await expect(apply('retrain', {}, null)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  })

  it('writes no code: a check is pasted by hand', async () => {
    await expect(inWorld().apply('check', { subject: 'source:flights' }, null)).rejects.toThrow(
      'paste the check into the checks of source:flights',
    )
  })
})
