import { describe, expect, it } from 'vitest'
import type { RolloutLogRow, StageEvidence, StoredLook } from '../../../src/deployments/index.ts'
import type { MetadataUnderTest } from '../metadata.ts'

function rowOf(deployment: string, seq: number, more: Partial<RolloutLogRow> = {}): RolloutLogRow {
  return {
    ...{ seq, deployment, rollout: 'rol_1', release: 2, digest: 'sha256:2', event: 'start_canary' },
    ...{ from: 'shadow', to: 'canary', heldFrom: null, step: 0, weight: 0.1 + 0.2 },
    ranges: {
      rol_1: [
        [0, 30],
        [40, 41],
      ],
    },
    ...{ salt: `${deployment}-1`, actor: { kind: 'person', name: 'mïla' }, reasonCode: 'person' },
    ...{ reason: 'zwei ☂ "Wörter"\n', evidence: ['look_1'], contractSet: null },
    ...{ at: 1_700_000_000_000_001n, prevHash: seq === 1 ? null : `h${seq - 1}`, hash: `h${seq}` },
    ...more,
  }
}

const lookOf = (rollout: string, at: number): StoredLook => ({
  id: `look_${rollout}_${at}`,
  deployment: 'd',
  rollout,
  at: BigInt(at),
  evidence: { schema: 1, notes: ['½'], harmed: false } as unknown as StageEvidence,
})

/** The rollout log, its looks and approvals. */
export function rolloutsSuite({ db, again }: MetadataUnderTest): void {
  const append = (row: RolloutLogRow) => db().transaction(stores => stores.rollouts.appendRow(row))
  const rows = (name: string, after?: number) => db().read.rollouts.listRows(name, after)

  describe('rollout logs', () => {
    it('give rows back as they were written, oldest first, to another connection too', async () => {
      const written = [
        rowOf('late', 1),
        rowOf('late', 2, { rollout: null, kill: 'closed' }),
        rowOf('late', 3),
      ]
      for (const row of written) await append(row)
      expect(await rows('late')).toEqual(written)
      expect(await rows('late', 2)).toEqual(written.slice(2))
      const other = await again()
      expect(await other.read.rollouts.listRows('late')).toEqual(written)
      await other.close()
      expect(await rows('never')).toEqual([])
      expect(await db().read.rollouts.listDeployments()).toContain('late')
    })

    it('take the next seq and no other', async () => {
      await append(rowOf('gaps', 1))
      for (const seq of [1, 3])
        await expect(append(rowOf('gaps', seq))).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
      await expect(append(rowOf('started-late', 2))).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
      expect((await rows('gaps')).map(({ seq }) => seq)).toEqual([1])
    })

    it('let one of two writers have a seq', async () => {
      const other = await again()
      const both = await Promise.allSettled([
        append(rowOf('race', 1)),
        other.transaction(stores => stores.rollouts.appendRow(rowOf('race', 1, { hash: 'other' }))),
      ])
      await other.close()
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect(await rows('race')).toHaveLength(1)
    })

    it('write a group whole or not at all', async () => {
      const group = db().transaction(async stores => {
        await stores.rollouts.appendRow(rowOf('group', 1))
        await stores.rollouts.appendRow(rowOf('group', 2))
        throw new Error('then it died')
      })
      await expect(group).rejects.toThrow('then it died')
      expect(await rows('group')).toEqual([])
    })
  })

  describe('looks', () => {
    it('are kept by id, the newest first, and thinned to the newest and the named', async () => {
      const { read } = db()
      const all = [1, 2, 3, 4, 5].map(at => lookOf('rol_a', at))
      for (const look of [...all, lookOf('rol_b', 1)])
        await db().transaction(stores => stores.rollouts.putLook(look))
      expect(await read.rollouts.listLooks('rol_a', 2)).toEqual([all[4], all[3]])
      expect(await read.rollouts.findLook('look_rol_a_1')).toEqual(all[0])
      expect(await read.rollouts.findLook('look_none')).toBeUndefined()
      await db().transaction(stores =>
        stores.rollouts.thinLooks('rol_a', { newest: 2, ids: ['look_rol_a_1'] }),
      )
      const left = (await read.rollouts.listLooks('rol_a', 9)).map(({ at }) => Number(at))
      expect(left).toEqual([5, 4, 1])
      expect(await read.rollouts.listLooks('rol_b', 9)).toHaveLength(1)
    })
  })

  describe('approvals', () => {
    it('are one per person, the last word of each', async () => {
      const by = (name: string, at: bigint, digest: string) =>
        db().transaction(stores =>
          stores.rollouts.putApproval({ rollout: 'rol_1', by: name, at, digest, contractSet: null }),
        )
      await by('mila', 1n, 'sha256:1')
      await by('jon', 2n, 'sha256:1')
      await by('mila', 3n, 'sha256:2')
      expect(await db().read.rollouts.listApprovals('rol_1')).toEqual([
        { rollout: 'rol_1', by: 'jon', at: 2n, digest: 'sha256:1', contractSet: null },
        { rollout: 'rol_1', by: 'mila', at: 3n, digest: 'sha256:2', contractSet: null },
      ])
    })
  })
}
