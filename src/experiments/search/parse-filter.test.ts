import { describe, expect, it } from 'vitest'
import type { Clause } from './ast.ts'
import { parseFilter } from './parse-filter.ts'
import type { SearchTarget } from './targets.ts'

const now = 1_700_000_000_000_000n
const mlflow = (filter: string, target: SearchTarget = 'runs') =>
  parseFilter(filter, { target, grammar: 'mlflow', now })
const fettle = (filter: string, target: SearchTarget = 'runs') =>
  parseFilter(filter, { target, grammar: 'fettle', now })

function clause(filter: string, parse = mlflow): Clause {
  const condition = parse(filter)
  if (condition?.kind !== 'clause') throw new Error('one clause was expected')
  return condition
}

describe('the filter grammar of MLflow', () => {
  it.each([
    [
      'metrics.auc > 0.84',
      { kind: 'metric', key: 'auc', of: 'latest' },
      { kind: 'compare', op: '>', value: 0.84 },
    ],
    [
      'metric.a.b.c<=-1E-3',
      { kind: 'metric', key: 'a.b.c', of: 'latest' },
      { kind: 'compare', op: '<=', value: -0.001 },
    ],
    [
      'metrics.`val/acc min` = +.5',
      { kind: 'metric', key: 'val/acc min', of: 'latest' },
      { kind: 'compare', op: '=', value: 0.5 },
    ],
    [
      'metrics.loss.min != 1',
      { kind: 'metric', key: 'loss.min', of: 'latest' },
      { kind: 'compare', op: '!=', value: 1 },
    ],
    [
      `parameters."my lr"="it's"`,
      { kind: 'param', key: 'my lr' },
      { kind: 'compare', op: '=', value: "it's" },
    ],
    [
      "tag.mlflow.user ILIKE 'A%'",
      { kind: 'tag', key: 'mlflow.user' },
      { kind: 'like', pattern: 'A%', ignoreCase: true },
    ],
    ["`tags`.größe != ''", { kind: 'tag', key: 'größe' }, { kind: 'compare', op: '!=', value: '' }],
    [
      "attr.`Run name` LIKE '_'",
      { kind: 'attribute', name: 'run_name', type: 'text' },
      { kind: 'like', pattern: '_', ignoreCase: false },
    ],
    [
      'created >= 1700000006000',
      { kind: 'attribute', name: 'start_time', type: 'millis' },
      { kind: 'compare', op: '>=', value: 1_700_000_006_000 },
    ],
    [
      `run_id not  in ('a',"b" )`,
      { kind: 'attribute', name: 'run_id', type: 'text' },
      { kind: 'in', values: ['a', 'b'], negated: true },
    ],
    [
      "dataset.digest IN ('x')",
      { kind: 'dataset', name: 'digest' },
      { kind: 'in', values: ['x'], negated: false },
    ],
  ])('reads %s', (filter, field, test) => {
    expect(clause(filter)).toEqual({ kind: 'clause', field, test, whenAbsent: false })
  })

  it('binds AND tighter than OR, and knows NOT and parentheses', () => {
    const condition = mlflow("status = 'FAILED' or NOT (tags.a = '1' oR tags.b = '2')and metrics.c > 1")
    expect(condition).toMatchObject({
      kind: 'or',
      parts: [
        { kind: 'clause', test: { kind: 'in', values: ['failed'], negated: false } },
        {
          kind: 'and',
          parts: [
            { kind: 'not', part: { kind: 'or' } },
            { kind: 'clause', field: { kind: 'metric', key: 'c' } },
          ],
        },
      ],
    })
  })

  it('makes of a status the words that pass', () => {
    expect(clause("status LIKE '%I%'").test).toEqual({
      kind: 'in',
      values: ['running', 'finished', 'failed', 'killed'].filter(word => word.includes('i')),
      negated: false,
    })
    expect(clause("status != 'finished'").test).toEqual({ kind: 'in', values: [], negated: true })
    expect(clause("status != 'finished'", fettle).test).toEqual({
      kind: 'in',
      values: ['finished'],
      negated: true,
    })
  })

  it('takes an absent key for what is no prompt, of registered models only', () => {
    const filter = "tags.`mlflow.prompt.is_prompt` != 'true'"
    expect(mlflow(filter, 'models')).toMatchObject({ whenAbsent: true })
    expect(mlflow(filter, 'runs')).toMatchObject({ whenAbsent: false })
  })

  it('finds nothing to ask in an empty filter', () => {
    expect(mlflow('')).toBeUndefined()
    expect(() => mlflow(' ')).toThrow("Expected 'Identifier'")
  })

  it('reads quotes in texts and keys as MLflow does', () => {
    expect(mlflow("params.p = 'it''s'")).toEqual(mlflow(`params.p = "it''s"`))
    expect(mlflow(String.raw`params.p = 'it\'s'`)).toMatchObject({ test: { value: String.raw`it\'s` } })
    expect(mlflow("metrics.'a/b' > 0")).toEqual(mlflow('metrics.`a/b` > 0'))
    expect(() => mlflow("'run_name' = 'x'")).toThrow("Expected 'Identifier'")
  })

  it.each([
    ['params.lr > 0.1', "Invalid comparator '>'"],
    ["metrics.auc = 'x'", 'Expected numeric value type for metric'],
    ["metrics.auc LIKE '%'", "Invalid comparator 'LIKE'"],
    ['tags.team = ops', 'value is either not quoted or unidentified quote types'],
    ['params.lr = 0.1', 'Expected a quoted string value for param'],
    ["attributes.colour = 'x'", "Invalid attribute key 'colour' specified"],
    ["dataset.colour = 'x'", "Invalid dataset key 'colour' specified"],
    ["m.acc >= 'x'", "Invalid entity type 'm'"],
    ["model.version = 'm@1'", "Invalid entity type 'model'"],
    ['what is this', "Invalid attribute key 'what' specified"],
    ['metrics.auc >', 'Expected numeric value'],
    ['metrics.auc', 'operator is missing'],
    ['= 1', "Expected 'Identifier' found"],
    ['1 = 1', "Expected 'Identifier' found '1'"],
    ['run_id IN ()', 'list'],
    ['run_id IN (,)', 'list'],
    ["run_id IN ('a',,)", 'list'],
    ["run_id IN ('a'", 'list'],
    ["run_name IN ('a')", "Invalid comparator 'IN'"],
    ["tags.a = 'x' tags.b = 'y'", 'AND'],
    ["tags.a = 'x' AND", "Expected 'Identifier' found"],
    ["tags.a = 'x' AND AND tags.b = 'y'", 'missing before AND'],
    ["AND tags.a = 'x'", 'missing before AND'],
    ["tags.`` = 'x'", 'empty'],
    ["tags. = 'x'", 'empty'],
    ["tags.a = 'x'; drop table runs", 'AND'],
    ["tags.a = 'x", 'value is either not quoted'],
    ["tags.`a = 'x'", 'empty'],
    ["(tags.a = 'x'", 'not closed'],
    ["tags.a == 'x'", "Invalid comparator '=='"],
    ["tags.a ~ 'x'", "Invalid comparator '~'"],
    ["tags.a = 'x\u0000'", 'U+0000'],
  ])('refuses %s', (filter, why) => {
    expect(() => mlflow(filter)).toThrow(
      expect.objectContaining({
        code: 'FILTER_INVALID',
        message: expect.stringMatching(/^Invalid clause\(s\) in filter string: /),
      }),
    )
    expect(() => mlflow(filter)).toThrow(why)
  })

  it.each(['experiments', 'models', 'versions', 'loggedModels'] as const)(
    'joins clauses of %s by AND only',
    target => {
      const start = target === 'loggedModels' ? 'Invalid filter string' : 'Invalid clause(s) in filter string'
      for (const filter of ["name = 'a' OR name = 'b'", "NOT name = 'a'", "(name = 'a')"])
        expect(() => mlflow(filter, target)).toThrow(start)
      expect(mlflow("name = 'a' AND name = 'b'", target)).toMatchObject({ kind: 'and' })
    },
  )

  it('knows the fields of each search', () => {
    expect(mlflow('version_number >= 10', 'versions')).toMatchObject({ field: { type: 'integer' } })
    expect(mlflow("name IN ('a')", 'loggedModels')).toMatchObject({ test: { kind: 'in' } })
    expect(mlflow("name IN ('a',)", 'loggedModels')).toEqual(mlflow("name IN ('a')", 'loggedModels'))
    expect(mlflow("status = 'LOGGED_MODEL_READY'", 'loggedModels')).toMatchObject({
      test: { values: ['ready'] },
    })
    for (const [target, filter] of [
      ['versions', "name IN ('a')"],
      ['versions', "version_number LIKE '1'"],
      ['models', "source_path = 'x'"],
      ['models', 'last_updated_timestamp > 1'],
      ['experiments', "name > 'a'"],
      ['experiments', 'metrics.a > 1'],
    ] as const)
      expect(() => mlflow(filter, target)).toThrow('Invalid clause(s) in filter string')
  })
})

describe("Fettle's own filter grammar", () => {
  it.each([
    [
      'metrics.loss.min < 1',
      { kind: 'metric', key: 'loss', of: 'min' },
      { kind: 'compare', op: '<', value: 1 },
    ],
    [
      'metrics.`loss.min` < 1',
      { kind: 'metric', key: 'loss.min', of: 'latest' },
      { kind: 'compare', op: '<', value: 1 },
    ],
    [
      'metrics.`loss`.last < 1',
      { kind: 'metric', key: 'loss', of: 'latest' },
      { kind: 'compare', op: '<', value: 1 },
    ],
    ['params.depth > 4', { kind: 'param', key: 'depth' }, { kind: 'compare', op: '>', value: 4 }],
    ["tags.team ~ '^o.s$'", { kind: 'tag', key: 'team' }, { kind: 'regex', pattern: '^o.s$' }],
    ["tags.team IN ('a')", { kind: 'tag', key: 'team' }, { kind: 'in', values: ['a'], negated: false }],
    [
      "liveness = 'lost'",
      { kind: 'attribute', name: 'liveness', type: 'text' },
      { kind: 'in', values: ['lost'], negated: false },
    ],
    ["dataset.hash = 'ab'", { kind: 'dataset', name: 'hash' }, { kind: 'compare', op: '=', value: 'ab' }],
    ["model.version = 'm@3'", { kind: 'model', name: 'version' }, { kind: 'compare', op: '=', value: 'm@3' }],
    [
      'start_time > 2023-11-14',
      { kind: 'attribute', name: 'start_time', type: 'millis' },
      { kind: 'instant', op: '>', value: 1_699_920_000_000_000n },
    ],
    [
      "start_time > '2023-11-14T00:00:00+01:00'",
      { kind: 'attribute', name: 'start_time', type: 'millis' },
      { kind: 'instant', op: '>', value: 1_699_916_400_000_000n },
    ],
    [
      'start_time > -7d',
      { kind: 'attribute', name: 'start_time', type: 'millis' },
      { kind: 'instant', op: '>', value: now - 604_800_000_000n },
    ],
    [
      'duration > 90m',
      { kind: 'attribute', name: 'duration', type: 'micros' },
      { kind: 'instant', op: '>', value: 5_400_000_000n },
    ],
  ])('reads %s', (filter, field, test) => {
    expect(clause(filter, fettle)).toEqual({ kind: 'clause', field, test, whenAbsent: false })
  })

  it.each([
    ["tags.a ~ '('", 'not a regular expression'],
    [`tags.a ~ '${'a'.repeat(201)}'`, 'longer than 200'],
    ["params.a > 'x'", "Invalid comparator '>'"],
    ['tags.a > 4', "Invalid comparator '>'"],
    ['start_time > 2023-13-41', 'Expected numeric value'],
  ])('refuses %s', (filter, why) => {
    expect(() => fettle(filter)).toThrow(why)
  })
})

describe('the limits of a filter', () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => `tags.k${i} = 'x'`).join(' AND ')
  const nested = (depth: number) => `${'('.repeat(depth)}tags.a = 'x'${')'.repeat(depth)}`

  it('are 16 KiB, 100 clauses and 20 levels', () => {
    expect(mlflow(many(100))).toMatchObject({ kind: 'and' })
    expect(() => mlflow(many(101))).toThrow('more than 100 clauses')
    expect(() => mlflow(`tags.a LIKE '${'%'.repeat(4_001)}'`)).toThrow('longer than 4000')
    expect(() => mlflow(many(2_000))).toThrow('longer than 16 KiB')
    expect(mlflow(nested(19))).toMatchObject({ kind: 'clause' })
    expect(() => mlflow(nested(21))).toThrow('nested more than 20 deep')
    expect(() => mlflow(`${'NOT '.repeat(200)}tags.a = 'x'`)).toThrow('nested more than 20 deep')
    expect(() => mlflow(`tags.a = '${'x'.repeat(1_000_000)}'`)).toThrow('longer than 16 KiB')
  })
})
