import { describe, expect, it } from 'vitest'
import type { Release } from '../../registry/index.ts'
import { loggedRows, madeRows, rowKey } from './rows.ts'

const features = {
  request: [
    { name: 'origin', type: 'string', role: 'key', nullable: false, description: null },
    { name: 'distance', type: 'int64', role: 'request', nullable: true, description: null },
    { name: 'left', type: 'timestamp', role: 'request', nullable: true, description: null },
  ],
  vector: [
    { name: 'distance', from: 'request', ref: 'distance' },
    { name: 'origin__busy', from: 'lookup', ref: 'origin__busy' },
  ],
} as unknown as Release['features']

describe('rows of the gate', () => {
  it('are made for vectors: request columns from the vector, keys numbered', () => {
    expect(
      madeRows({ features }, [
        [500, 0.25],
        [null, null],
      ]),
    ).toEqual([
      { request: { origin: 'gate-0', distance: '500', left: null }, vector: [500, 0.25] },
      { request: { origin: 'gate-1', distance: null, left: null }, vector: [null, null] },
    ])
  })

  it('leave out vectors that no request can carry', () => {
    const [key, distance, left] = features.request
    const strict = { ...features, request: [key, { ...distance, nullable: false }, left] } as typeof features
    expect(madeRows({ features: strict }, [[null, 1]])).toEqual([])
  })

  it('of the log are one for each request, the newest last, found again by what the front makes of them', () => {
    const entity = { origin: 'SEA', distance: 500n, left: 1_000_000n }
    const rows = loggedRows({ features }, [
      { entity, vector: [500, 1] },
      { entity, vector: [500, Number.NaN] },
      { entity, vector: [500] },
    ])
    expect(rows).toEqual([
      {
        request: { origin: 'SEA', distance: '500', left: '1970-01-01T00:00:01.000000Z' },
        vector: [500, null],
      },
    ])
    expect(rowKey(features.request, entity)).toBe(JSON.stringify(Object.values(rows[0]?.request ?? {})))
  })
})
