import { expect, it } from 'vitest'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import { historical } from '../../src/features/index.ts'
import { parseTimestamp } from '../../src/kernel/time.ts'
import { flightLookups, flightSources, flightsFolder, flightViews } from './flights.ts'

/** Counted by hand over the public table; windows by known time, hop 1m, local clock. */
const answers = [
  ['MCO', 'LGA', '2001-01-04T06:58:00Z', [1, 0, 289, 108, 37, 16, 13]],
  ['DFW', 'SEA', '2001-01-30T22:28:00Z', [170, 26, 891, 146, 70, 0, 20]],
  ['MKE', 'LAS', '2001-02-26T20:57:00Z', [10, 1, 53, 7, 7, 4, 1]],
  ['EWR', 'LAX', '2001-03-25T17:44:00Z', [61, 9, 293, 38, 85, 20, 30]],
  ['TPA', 'ORD', '2001-04-21T07:40:00Z', [3, 0, 199, 36, 56, 13, 18]],
  ['MSP', 'EWR', '2001-05-17T10:58:00Z', [54, 10, 407, 68, 68, 9, 12]],
  ['DFW', 'SNA', '2001-06-12T20:59:00Z', [166, 40, 876, 150, 71, 6, 55]],
] as const

it('gives the known point-in-time answers of the flights table', async () => {
  const result = await historical(createDuckDBEngine({ threads: 2 }), {
    sources: flightSources,
    views: flightViews,
    lookups: flightLookups,
    fullNames: false,
    spine: {
      fields: [
        { name: 'origin', type: 'string' },
        { name: 'destination', type: 'string' },
        { name: 't', type: 'timestamp' },
      ],
      rows: answers.map(([origin, destination, t]) => [origin, destination, parseTimestamp(t) ?? null]),
    },
    time: 't',
    projectFolder: flightsFolder,
  })
  expect(result.rows.map(row => row.map(Number))).toEqual(answers.map(([, , , counts]) => [...counts]))
})
