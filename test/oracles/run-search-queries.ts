import fc from 'fast-check'
import { metricKeys, textKeys, texts } from './run-search-data.ts'

const quotedKey = (key: string) => (/^[\w.]+$/.test(key) ? key : `\`${key}\``)
const quoted = (text: string) => (text.includes("'") ? `"${text}"` : `'${text}'`)
const text = fc.constantFrom(...texts).map(quoted)
const pattern = fc
  .array(
    fc.constantFrom(
      '%',
      '%',
      '_',
      'o',
      'P',
      's',
      'K',
      'i',
      'İ',
      'a',
      '*',
      '[',
      '\\',
      'ß',
      'Σ',
      'ä',
      '.',
      '1',
    ),
    { maxLength: 4 },
  )
  // A backslash before the closing quote would have it belong to the text.
  .map(each => `'${each.join('').replace(/\\+$/, '')}'`)
const number = fc.constantFrom(
  '0',
  '-0',
  '1',
  '-1',
  '.5',
  '3',
  '1e-300',
  '-1E+300',
  '1e999',
  '4',
  '0.1',
  '+2.0',
)
const comparison = fc.constantFrom('=', '!=', '<', '<=', '>', '>=')
const list = fc.array(text, { minLength: 1, maxLength: 3 }).map(each => `(${each.join(' , ')})`)

const textTest = fc.oneof(
  fc.tuple(fc.constantFrom('=', '!='), text),
  fc.tuple(fc.constantFrom('LIKE', 'ilike'), pattern),
  fc.tuple(fc.constantFrom('IN', 'not  in'), list),
  fc.tuple(fc.constant('~'), fc.constantFrom("'^o'", "'[0-9]'", "'s$'", "'a.b'", "'(?:ops|risk)'")),
  fc.tuple(fc.constantFrom('IS NULL', 'is not null'), fc.constant('')),
)
const numberTest = fc.oneof(
  fc.tuple(comparison, number),
  fc.tuple(fc.constantFrom('IS NULL', 'IS NOT NULL'), fc.constant('')),
)
const time = fc.constantFrom(
  '1700000000000',
  '1700000000001',
  '1700000000000.5',
  '2023-11-14T22:13:20.0005Z',
  '0',
  '1e30',
  '-1e30',
)
const timeTest = fc.oneof(
  fc.tuple(comparison, time),
  fc.tuple(fc.constantFrom('IS NULL', 'IS NOT NULL'), fc.constant('')),
)

const absent = 'absent'
const textKey = fc.constantFrom(...textKeys, absent).map(quotedKey)
const metricKey = fc.constantFrom(...metricKeys.filter(key => key !== 'loss.min'), absent).map(quotedKey)
const metricField = fc.oneof(
  metricKey.map(key => `metrics.${key}`),
  fc.constant('metrics.`loss.min`'),
  fc
    .tuple(metricKey, fc.constantFrom('min', 'max', 'first', 'last'))
    .map(([key, of]) => `metric.${key}.${of}`),
)
const textField = fc.oneof(
  textKey.map(key => `params.${key}`),
  textKey.map(key => `tags.${key}`),
  fc.constantFrom(
    'run_name',
    'attributes.`Run name`',
    'attr.user_id',
    'run_id',
    'dataset.name',
    'dataset.context',
    'artifact_uri',
  ),
)

const clause = fc
  .oneof(
    { weight: 4, arbitrary: fc.tuple(textField, textTest) },
    { weight: 3, arbitrary: fc.tuple(metricField, numberTest) },
    {
      weight: 1,
      arbitrary: fc.tuple(
        textKey.map(key => `params.${key}`),
        fc.tuple(comparison, number),
      ),
    },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom('start_time', 'created', 'end_time'), timeTest) },
    {
      weight: 1,
      arbitrary: fc.tuple(
        fc.constant('duration'),
        fc.tuple(comparison, fc.constantFrom('500us', '1ms', '1', '0')),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(
        fc.constant('status'),
        fc.tuple(
          fc.constantFrom('=', '!=', 'like', 'ilike'),
          fc.constantFrom("'RUNNING'", "'finished'", "'F%'", "'none'"),
        ),
      ),
    },
  )
  .map(([field, [operator, value]]) => `${field} ${operator} ${value}`.trim())

/** Text of a random filter; empty now and then. */
export const filters: fc.Arbitrary<string> = fc.oneof(
  { weight: 1, arbitrary: fc.constant('') },
  {
    weight: 9,
    arbitrary: fc.letrec<{ any: string; many: string }>(tie => ({
      any: fc.oneof({ maxDepth: 3, withCrossShrink: true }, clause, tie('many')),
      many: fc.oneof(
        fc
          .tuple(tie('any'), fc.constantFrom(' AND ', ' and ', ' OR '), tie('any'))
          .map(([a, op, b]) => `(${a})${op}${b}`),
        tie('any').map(each => `NOT (${each})`),
      ),
    })).any,
  },
)

const orderField = fc.oneof(
  { weight: 3, arbitrary: metricKey.map(key => `metrics.${key}`) },
  { weight: 1, arbitrary: metricField },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('params', 'tags'), textKey).map(each => each.join('.')) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'start_time',
      'end_time',
      'run_name',
      'status',
      'run_id',
      'user_id',
      'duration',
    ),
  },
)

/** Order items; each field at most once. */
export const orders: fc.Arbitrary<readonly string[]> = fc
  .uniqueArray(fc.tuple(orderField, fc.constantFrom('', ' ASC', ' desc')), {
    selector: ([field]) => field.replace(/^metric\.(.*)\.last$/, 'metrics.$1'),
    maxLength: 3,
  })
  .map(items => items.map(each => each.join('')))
  .chain(items => fc.constantFrom(items, items, items, ['start_time'], ['start_time asc', 'run_id']))
