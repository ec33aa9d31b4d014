import {
  entity,
  featureView,
  float64,
  ge,
  int64,
  logistic,
  lookup,
  mean,
  model,
  parquet,
  source,
  string,
  timestamp,
  trainingSet,
} from '../../src/definitions/index.ts'

export const shop = entity('shop', { key: { shop: string() } })
export const payments = source('payments', {
  from: parquet('p.parquet'),
  columns: {
    shop: string(),
    country: string(),
    customer: string(),
    gender: string(),
    amount: float64(),
    bad: int64(),
    at: timestamp(),
    known: timestamp(),
  },
  eventTime: 'at',
  knownAt: 'known',
})
export const spending = featureView('spending', {
  entity: shop,
  source: payments,
  features: p => ({ paid: mean(p.amount).over('1d') }),
})
export const fraud = trainingSet('fraud', {
  spine: payments,
  columns: p => [p.shop, p.country, p.customer, p.gender],
  request: p => [p.amount],
  lookups: p => [lookup(spending, { shop: p.shop })],
  label: { name: 'fraud', when: p => ge(p.bad, 1) },
  labelMaturity: '1d',
  split: { train: ['2024-01-01', '2024-02-01'], judge: ['2024-02-01', '2024-03-01'] },
})
export const screen = model('screen', {
  trainedOn: fraud,
  task: 'binary',
  candidates: { logistic: logistic() },
  split: { train: 'train', judge: 'judge' },
})
