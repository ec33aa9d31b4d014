import { describe, expect, it } from 'vitest'
import type { DeploymentData, SegmentThreshold, ThresholdSetData } from '../definitions/index.ts'
import { servedAction } from './service.ts'

const deployment = { action: { name: 'warn', threshold: 0.4 } } as DeploymentData
const at = (value: number) => ({ value }) as SegmentThreshold
const set = (values: readonly number[], per?: string) =>
  ({
    otherwise: at(0.37),
    rule: per === undefined ? {} : { per },
    segments: Object.fromEntries(values.map((value, index) => [`s${index}`, at(value)])),
  }) as ThresholdSetData

describe('what a deployment acts by', () => {
  it('is the declared threshold until a release brings others', () => {
    expect(servedAction(deployment, undefined)).toEqual({ name: 'warn', threshold: 0.4, segments: null })
    expect(servedAction({} as DeploymentData, set([0.3], 'origin'))).toBeNull()
  })

  it('is the threshold of the release, for all or by segment', () => {
    expect(servedAction(deployment, set([]))).toEqual({ name: 'warn', threshold: 0.37, segments: null })
    expect(servedAction(deployment, set([0.5, 0.3], 'origin'))).toEqual({
      ...{ name: 'warn', threshold: 0.37 },
      segments: { per: 'origin', count: 2, lowest: 0.3, highest: 0.5 },
    })
  })
})
