import { describe, expect, it } from 'vitest'
import { headlineMetrics, metricLabel, metricName, orderMetrics } from './metric-names.ts'

describe('metric names', () => {
  it('reads what was measured on what', () => {
    expect(metricName('curve.train.log_loss')).toMatchObject({ metric: 'log_loss', on: 'train', curve: true })
    expect(metricName('judge.roc_auc')).toMatchObject({ metric: 'roc_auc', on: 'judge', curve: false })
    expect(metricName('my.own.deep.name')).toMatchObject({ metric: 'my.own.deep.name', on: '' })
  })
  it('says it in words', () => {
    expect(metricLabel('judge.roc_auc')).toBe('ROC AUC, judged')
    expect(metricLabel('curve.train.log_loss')).toBe('Log loss, train curve')
    expect(metricLabel('loss')).toBe('loss')
  })
  it('sums a run up by its results, by its curves only without any', () => {
    expect(headlineMetrics(['judge.brier', 'curve.train.brier'])).toEqual(['judge.brier'])
    expect(headlineMetrics(['curve.train.brier'])).toEqual(['curve.train.brier'])
  })
  it('puts the judged result first and curves last', () => {
    expect(orderMetrics(['curve.judge.roc_auc', 'train.brier', 'judge.brier', 'judge.roc_auc'])).toEqual([
      'judge.roc_auc',
      'judge.brier',
      'train.brier',
      'curve.judge.roc_auc',
    ])
  })
})
