import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { sqlColumns } from './sql-columns.ts'

const tables: Readonly<Record<string, readonly string[]>> = {
  orders: ['id', 'customer', 'amount', 'paid'],
  people: ['customer', 'city', 'zone'],
}

const instance = await DuckDBInstance.create(':memory:')
const connection = await instance.connect()
afterAll(() => connection.closeSync())

async function followed(sql: string) {
  const result = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)::VARCHAR', [sql])
  return sqlColumns(JSON.parse(String(result.getRows()[0]?.[0])), table => tables[table])
}

/** `name < table.column, …` for each output, then what decides rows. */
async function told(sql: string): Promise<readonly string[]> {
  const found = await followed(sql)
  if ('unknown' in found) return [`unknown: ${found.unknown}`]
  const words = (inputs: readonly { table: string; column: string }[]) =>
    inputs
      .map(each => `${each.table}.${each.column}`)
      .sort()
      .join(', ')
  return [
    ...found.outputs.map(each => `${each.name} ${each.copied ? '=' : '<'} ${words(each.inputs)}`),
    `rows < ${words(found.rows)}`,
  ]
}

describe('where the columns of a statement come from', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'copies, expressions and a filter',
      'SELECT id, amount * 2 + paid AS owed FROM orders WHERE customer IS NOT NULL',
      ['id = orders.id', 'owed < orders.amount, orders.paid', 'rows < orders.customer'],
    ],
    [
      'joins, with the columns they join on',
      'SELECT o.id, city FROM orders o JOIN people p ON o.customer = p.customer',
      ['id = orders.id', 'city = people.city', 'rows < orders.customer, people.customer'],
    ],
    [
      'USING and a star without a column',
      'SELECT * EXCLUDE (paid, zone) FROM orders JOIN people USING (customer)',
      [
        'id = orders.id',
        'customer = orders.customer',
        'amount = orders.amount',
        'city = people.city',
        'rows < orders.customer, people.customer',
      ],
    ],
    [
      'aggregates and groups',
      'SELECT customer, sum(amount) AS total, count(*) AS n FROM orders GROUP BY customer HAVING max(paid) > 1',
      ['customer = orders.customer', 'total < orders.amount', 'n < ', 'rows < orders.customer, orders.paid'],
    ],
    [
      'windows, with what they are ordered by',
      'SELECT id, row_number() OVER (PARTITION BY customer ORDER BY paid) AS n FROM orders',
      ['id = orders.id', 'n < orders.customer, orders.paid', 'rows < '],
    ],
    [
      'subqueries, WITH and names of the select list',
      'WITH c AS (SELECT id AS key, amount AS a FROM orders) SELECT key, a + 1 AS b, b * 2 AS d FROM (SELECT * FROM c) s',
      ['key = orders.id', 'b < orders.amount', 'd < orders.amount', 'rows < '],
    ],
    [
      'a correlated subquery',
      'SELECT id, (SELECT max(city) FROM people p WHERE p.customer = o.customer) AS city FROM orders o',
      ['id = orders.id', 'city < orders.customer, people.city, people.customer', 'rows < '],
    ],
    [
      'UNION ALL by position',
      'SELECT id AS key, amount AS v FROM orders UNION ALL SELECT customer, length(city) FROM people',
      ['key = orders.id, people.customer', 'v < orders.amount, people.city', 'rows < '],
    ],
    [
      'a limit, which depends on the order',
      'SELECT id FROM orders ORDER BY amount LIMIT 5',
      ['id = orders.id', 'rows < orders.amount'],
    ],
    [
      'lambdas, whose parameters are no columns',
      'SELECT list_transform([amount], x -> x + paid) AS l FROM orders',
      ['l < orders.amount, orders.paid', 'rows < '],
    ],
  ]
  it.each(cases)('%s', async (_name, sql, expected) => {
    expect(await told(sql)).toEqual(expected)
  })

  it('says what it cannot follow, and never guesses', async () => {
    expect(await told('SELECT id FRO orders')).toEqual([
      expect.stringMatching(/^unknown: the statement does not parse/),
    ])
    expect(await told('SELECT nowhere FROM orders')).toEqual([
      'unknown: the column nowhere is not declared in what it reads',
    ])
    expect(await told('SELECT x FROM range(3) t(x)')).toEqual([
      'unknown: table function in FROM is not followed',
    ])
    expect(await told('SELECT a FROM elsewhere')).toEqual([
      'unknown: it reads "elsewhere", which is no source',
    ])
    expect(await told("SELECT COLUMNS('a.*') FROM orders")).toEqual([expect.stringMatching(/not followed/)])
  })
})

/** A naive oracle: a column of the input matters to an output iff changing it can change the output. */
describe('against the engine', () => {
  const columns = tables['orders'] ?? []
  const term = fc.constantFrom(...columns.map(name => `"${name}"`), '1', '7')
  const expression = fc.letrec<{ node: string }>(tie => ({
    node: fc.oneof(
      { maxDepth: 3 },
      term,
      fc
        .tuple(tie('node'), fc.constantFrom('+', '-', '*'), tie('node'))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc.tuple(tie('node'), tie('node')).map(([a, b]) => `CASE WHEN ${a} > 3 THEN ${b} ELSE 0 END`),
      fc.tuple(tie('node'), tie('node')).map(([a, b]) => `greatest(${a}, ${b})`),
    ),
  })).node

  const evaluated = async (text: string, row: readonly number[]): Promise<string> => {
    const values = columns.map((name, index) => `${row[index] ?? 0} AS "${name}"`).join(', ')
    const result = await connection.runAndReadAll(`SELECT (${text})::BIGINT FROM (SELECT ${values}) orders`)
    return String(result.getRows()[0]?.[0])
  }

  it('a column that is not among the inputs never changes the value', async () => {
    const row = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 4, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(expression, row, row, async (text, before, after) => {
        const found = await followed(`SELECT ${text} AS v FROM orders`)
        if ('unknown' in found) throw new Error(found.unknown)
        const inputs = found.outputs[0]?.inputs.map(each => each.column) ?? []
        const others = before.map((value, index) =>
          inputs.includes(columns[index] ?? '') ? value : (after[index] ?? 0),
        )
        expect(await evaluated(text, others)).toBe(await evaluated(text, before))
      }),
      { numRuns: 60 },
    )
  })
})
