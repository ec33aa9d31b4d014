import { describe, expect, it } from 'vitest'
import { keysOfColumn } from './columns.ts'

describe('the key a column shows', () => {
  it.each([
    ['metrics.auc', 'metrics', ['auc']],
    ['metrics.judge.roc_auc', 'metrics', ['judge.roc_auc']],
    ['metrics.loss.min', 'metrics', ['loss.min', 'loss']],
    ['metrics.`val loss`.max', 'metrics', ['val loss']],
    ['metrics.`a.min`', 'metrics', ['a.min']],
    ['params.depth.min', 'params', ['depth.min']],
    ['tags.`mlflow.user`', 'tags', ['mlflow.user']],
  ] as const)('%s', (column, kind, keys) => {
    expect(keysOfColumn(column)).toEqual({ kind, keys })
  })
  it.each(['user', 'metrics', 'metric.auc', 'metrics.'])('%s is an attribute or nothing', column => {
    expect(keysOfColumn(column)).toBeUndefined()
  })
})
