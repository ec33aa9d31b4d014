import { describe, expect, it } from 'vitest'
import { parseOrder } from './parse-order.ts'

const names = (items: readonly string[], target: Parameters<typeof parseOrder>[1]['target']) =>
  parseOrder(items, { target, grammar: 'mlflow' }).map(
    ({ field, descending }) =>
      `${field.kind === 'attribute' ? field.name : 'key' in field ? `${field.kind}.${field.key}` : ''}${descending ? ' desc' : ''}`,
  )

describe('an order', () => {
  it('is completed by what makes it total', () => {
    expect(names([], 'runs')).toEqual(['start_time desc', 'run_id'])
    expect(names(['metrics.auc DESC'], 'runs')).toEqual(['metric.auc desc', 'start_time desc', 'run_id'])
    expect(names(['start_time ASC'], 'runs')).toEqual(['start_time', 'run_id'])
    expect(names(['run_id'], 'runs')).toEqual(['run_id', 'start_time desc'])
    expect(names([], 'experiments')).toEqual(['creation_time desc', 'experiment_id'])
    expect(names(['name DESC'], 'experiments')).toEqual(['name desc', 'experiment_id'])
    expect(names([], 'models')).toEqual(['name'])
    expect(names(['timestamp desc'], 'models')).toEqual(['last_updated_timestamp desc', 'name'])
    expect(names([], 'versions')).toEqual(['last_updated_timestamp desc', 'name', 'version_number desc'])
    expect(names(['version_number asc'], 'versions')).toEqual(['version_number', 'name'])
    expect(names([], 'loggedModels')).toEqual(['creation_timestamp desc', 'model_id'])
  })

  it('takes quoted names and any case of its direction', () => {
    expect(names(['`metrics`.loss DESC'], 'runs')[0]).toBe('metric.loss desc')
    expect(names(['metrics.`val/acc` desc'], 'runs')[0]).toBe('metric.val/acc desc')
    expect(names([' attributes.`Run name`  Asc '], 'runs')[0]).toBe('run_name')
  })

  it.each([
    ['runs', ['metrics.auc sideways'], "Invalid order_by clause 'metrics.auc sideways'"],
    ['runs', ['metrics.auc ASC DESC'], "Invalid order_by clause 'metrics.auc ASC DESC'"],
    ['runs', ['foo.bar'], "Invalid order_by clause 'foo.bar'"],
    ['runs', ["'auc'"], 'Invalid order_by clause'],
    ['runs', [''], 'Invalid order_by clause'],
    ['runs', ['colour'], "Invalid attribute key 'colour' specified"],
    ['runs', ['dataset.name'], 'Invalid order_by clause'],
    ['runs', ['metrics.auc ASC', 'metric.auc DESC'], 'contains duplicate fields'],
    ['models', ['timestamp', 'last_updated_timestamp'], 'contains duplicate fields'],
    ['models', ['colour ASC'], "Invalid attribute key 'colour' specified"],
    ['experiments', ['tags.a'], 'Invalid order_by clause'],
  ] as const)('of %s is refused: %s', (target, items, why) => {
    expect(() => parseOrder(items, { target, grammar: 'mlflow' })).toThrow(
      expect.objectContaining({ code: 'ORDER_INVALID', message: expect.stringContaining(why) }),
    )
  })
})
