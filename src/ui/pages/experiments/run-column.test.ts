import { describe, expect, it } from 'vitest'
import { columnTitle, formatColumn, orderField, parseColumn } from './run-column.ts'

describe('columns of runs', () => {
  it.each([
    ['metrics.auc', { kind: 'metrics', key: 'auc', of: 'last' }],
    ['metrics.judge.roc_auc.max', { kind: 'metrics', key: 'judge.roc_auc', of: 'max' }],
    ['metrics.`loss.min`', { kind: 'metrics', key: 'loss.min', of: 'last' }],
    ['metrics.`val loss`.min', { kind: 'metrics', key: 'val loss', of: 'min' }],
    ['params.depth', { kind: 'params', key: 'depth' }],
    ['tags.`mlflow.source-type`', { kind: 'tags', key: 'mlflow.source-type' }],
    ['started', { kind: 'attribute', key: 'started' }],
  ] as const)('%s is read and written alike', (text, column) => {
    expect(parseColumn(text)).toEqual(column)
    expect(formatColumn(column)).toBe(text)
  })
  it('knows what is no column', () => {
    expect(['auc', 'metrics', 'metric.auc', ''].map(parseColumn)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })
  it('orders by what the server knows', () => {
    expect(orderField({ kind: 'attribute', key: 'started' })).toBe('start_time')
    expect(orderField({ kind: 'attribute', key: 'took' })).toBe('duration')
    expect(orderField({ kind: 'metrics', key: 'auc', of: 'max' })).toBe('metrics.auc.max')
  })
  it('says which point of a metric is shown', () => {
    expect(columnTitle({ kind: 'metrics', key: 'judge.roc_auc', of: 'max' })).toEqual({
      over: 'metric, greatest',
      name: 'ROC AUC, judged',
    })
  })
})
