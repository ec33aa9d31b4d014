import fc from 'fast-check'
import type { SourceData, WindowFeatureData } from '../../../src/definitions/model.ts'
import { parseTimestamp } from '../../../src/kernel/time.ts'
import type { Field, Value } from '../../../src/kernel/values/index.ts'

const hour = 3_600_000_000n

/** Few distinct instants, so that ties and edges ± 1 µs are common; some before 1970. */
const instant = fc
  .tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -1, max: 1 }))
  .map(([hours, edge]) => BigInt(hours) * hour + BigInt(edge))
const orNull = <Kind>(arbitrary: fc.Arbitrary<Kind>): fc.Arbitrary<Kind | null> =>
  fc.option(arbitrary, { nil: null, freq: 8 })
const text = orNull(fc.constantFrom('a', 'a|', '', 'b', 'A', 'é', '\u{1F600}', '\uFF5E'))
const whole = orNull(fc.constantFrom(1n, 2n, 12n))

export const sourceFields: Field[] = [
  { name: 'k1', type: 'string' },
  { name: 'k2', type: 'int64' },
  { name: 'e', type: 'timestamp' },
  { name: 'known', type: 'timestamp' },
  { name: 'v', type: 'int64' },
  { name: 'f', type: 'float64' },
  { name: 'gone', type: 'bool' },
  { name: 'id', type: 'string' },
]

export const sourceRow = fc
  .tuple(
    text,
    whole,
    orNull(instant),
    orNull(instant),
    orNull(fc.integer({ min: -5, max: 5 }).map(BigInt)),
    orNull(fc.constantFrom(0, -0, 1.5, Number.NaN, -2, Number.POSITIVE_INFINITY)),
    orNull(fc.constantFrom(false, false, true)),
    orNull(fc.integer({ min: 0, max: 150 }).map(number => `event ${number}`)),
  )
  .map((row): Value[] => row)

export const queryFields: Field[] = [
  { name: 'k1', type: 'string' },
  { name: 'k2', type: 'int64' },
  { name: 't', type: 'timestamp' },
]

export const queryRow = fc.tuple(text, whole, instant).map((row): Value[] => row)

/** The source of random cases, over one file. */
export function given(path: string): SourceData {
  return {
    kind: 'source',
    name: 'given',
    from: { kind: 'parquet', path },
    columns: sourceFields,
    eventTime: 'e',
    knownAt: { kind: 'column', column: 'known' },
  }
}

export const typedFields: Field[] = [
  { name: 'i', type: 'int64' },
  { name: 'f', type: 'float64' },
  { name: 'g', type: 'float32' },
  { name: 's', type: 'string' },
  { name: 'b', type: 'bytes' },
  { name: 't', type: 'timestamp' },
  { name: 'd', type: 'date' },
  { name: 'y', type: 'bool' },
  { name: 'p', type: 'decimal(38,4)' },
  { name: 'q', type: 'decimal(5,2)' },
  { name: 'l', type: 'list<int64>' },
  { name: 'm', type: 'map<string,float64>' },
]

const earliest = parseTimestamp('0001-01-01T00:00:00Z') ?? 0n
const latest = parseTimestamp('9999-12-31T23:59:59.999999Z') ?? 0n
const largest = 10n ** 38n - 1n
const bytes = (...each: number[]): Uint8Array => Uint8Array.from(each)

/** Extremes of every type, in order of `i`. */
export const typeRows: readonly (readonly Value[])[] = [
  [-(2n ** 63n), -0, -0, '', bytes(), earliest, -719_162, true, -largest, -99_999n, [], new Map()],
  [
    -1n,
    Number.NaN,
    Number.NaN,
    '\uFF5E\u{1F600}',
    bytes(0, 255),
    -1n,
    -1,
    false,
    -1n,
    1n,
    [null],
    new Map([['a', null]]),
  ],
  [
    0n,
    Number.NEGATIVE_INFINITY,
    0,
    'a\'b\\c\n"',
    bytes(1),
    0n,
    0,
    true,
    0n,
    0n,
    [1n, null, -(2n ** 63n)],
    new Map([['', -0]]),
  ],
  [1n, null, null, null, null, null, null, null, null, null, null, null],
  [
    2n,
    5e-324,
    1.401298464324817e-45,
    'é',
    bytes(7, 7),
    1n,
    1,
    false,
    1n,
    99n,
    [0n],
    new Map([['k', Number.NaN]]),
  ],
  [
    2n ** 63n - 1n,
    1.7976931348623157e308,
    3.4028234663852886e38,
    'z',
    bytes(200),
    latest,
    2_932_896,
    true,
    largest,
    99_999n,
    [2n ** 63n - 1n],
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
  ],
]

const micros = (text: string): bigint => parseTimestamp(text) ?? 0n

/** Local times and the instants they are: repeated ones the earlier, skipped ones moved forward by the gap. */
export const instants = [
  { zone: 'America/New_York', local: micros('2024-11-03T01:30:00Z'), utc: micros('2024-11-03T05:30:00Z') },
  { zone: 'America/New_York', local: micros('2024-03-10T02:30:00Z'), utc: micros('2024-03-10T07:30:00Z') },
  { zone: 'Australia/Lord_Howe', local: micros('2024-04-07T01:45:00Z'), utc: micros('2024-04-06T14:45:00Z') },
  {
    zone: 'Pacific/Chatham',
    local: micros('2024-06-01T00:00:00.000001Z'),
    utc: micros('2024-05-31T11:15:00.000001Z'),
  },
  { zone: 'UTC', local: micros('2024-03-10T02:30:00Z'), utc: micros('2024-03-10T02:30:00Z') },
]

/** What a SQL source may not say, and the code of the refusal. */
export const refusedSql: readonly (readonly [what: string, code: string | RegExp, text: string])[] = [
  ['a table that is no reference', 'SQL_UNDECLARED_TABLE', 'SELECT * FROM elsewhere'],
  ['a file', 'SQL_UNDECLARED_TABLE', 'SELECT * FROM "/etc/passwd"'],
  ['the clock', 'SQL_NOT_DETERMINISTIC', 'SELECT 1 AS v, now() AS e FROM given'],
  ['chance', 'SQL_NOT_DETERMINISTIC', 'SELECT random() AS v'],
  ['a statement that changes something', 'SQL_NOT_A_SELECT', 'CREATE TABLE x AS SELECT 1 AS v'],
  ['two statements', 'SQL_NOT_A_SELECT', 'SELECT 1 AS v; SELECT 2 AS v'],
  ['a slip of the pen', /^SQL_(ERROR|NOT_A_SELECT)$/, 'SELEC 1 AS v'],
  ['a column that is not there', 'SQL_ERROR', 'SELECT nothing AS v'],
  ['another type', 'SCHEMA_MISMATCH', "SELECT 'x' AS v"],
  ['a column too many', 'SCHEMA_MISMATCH', 'SELECT CAST(1 AS BIGINT) AS v, 2 AS w'],
]

export const windowFeatures = (['count', 'sum', 'mean', 'min', 'max', 'last'] as const).flatMap(op =>
  (['1h', '2h', 'all'] as const).map(
    (window): WindowFeatureData => ({
      kind: 'window',
      name: `${op}_${window}`,
      op,
      column: 'v',
      window,
      hop: window === '2h' ? '1h' : '5m',
      type: op === 'mean' ? 'float64' : 'int64',
    }),
  ),
)
