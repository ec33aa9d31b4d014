import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { RequestOf } from 'fettle/client'
import type { live } from './definitions/late.ts'

/** A flight as the caller sends it, and what became of it. */
export interface Flight {
  readonly id: number
  readonly request: RequestOf<typeof live>
  /** Arrival delay in minutes: known to us, not to the service. */
  readonly delay: number
}

export interface Minute {
  /** RFC 3339. */
  readonly departedAt: string
  readonly flights: readonly Flight[]
}

/** Which flights: hours after the project's replay instant, `[from, to)`. */
export interface Hours {
  readonly from: number
  readonly to: number
}

/** Flights that left in these hours after the project's replay instant, by the minute they left. */
export async function flightsOf(
  root: string,
  project: string,
  { from, to }: Hours,
): Promise<readonly Minute[]> {
  const { clock } = JSON.parse(readFileSync(join(project, 'fettle.json'), 'utf8')) as {
    clock: { replay: string }
  }
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run("SET TimeZone = 'UTC'")
  const file = join(root, 'node_modules/vega-datasets/data/flights-3m.parquet')
  const reader = await connection.runAndReadAll(
    `WITH flights AS (
       SELECT file_row_number AS id, origin, destination, distance, delay,
              hour(date) * 60 + minute(date) AS local_minute, isodow(date) AS weekday,
              (date AT TIME ZONE zone) AT TIME ZONE 'UTC' AS departed_at
       FROM read_parquet('${file}', file_row_number = true) JOIN read_csv('${join(project, 'data/airports.csv')}') ON origin = airport)
     SELECT strftime(departed_at, '%Y-%m-%dT%H:%M:%S.000000Z') AS at, id::INT, origin, destination, distance::INT, local_minute::INT, weekday::INT, delay::INT
     FROM flights
     WHERE departed_at >= TIMESTAMPTZ '${clock.replay}'::TIMESTAMP + INTERVAL ${from} HOUR AND departed_at < TIMESTAMPTZ '${clock.replay}'::TIMESTAMP + INTERVAL ${to} HOUR
     ORDER BY departed_at, id`,
  )
  const minutes = new Map<string, Flight[]>()
  for (const [at, id, origin, destination, distance, local_minute, weekday, delay] of reader.getRows() as [
    string,
    number,
    string,
    string,
    number,
    number,
    number,
    number,
  ][]) {
    const flights = minutes.get(at) ?? []
    flights.push({ id, request: { origin, destination, distance, local_minute, weekday }, delay })
    minutes.set(at, flights)
  }
  return [...minutes].map(([departedAt, flights]) => ({ departedAt, flights }))
}

export interface Answer {
  readonly flight: Flight
  readonly score: number
  readonly action: string | undefined
  readonly id: string
}

/** The part of a decision record that is shown. */
export interface Decision {
  readonly predictionId: string
  readonly asOf: string
  readonly reasons: readonly string[]
  readonly logged: { readonly segment: string; readonly offset: number }
}

/** A table of the highest and lowest scores, how well they ranked what happened, and one decision explained. */
export function showBurst(answers: readonly Answer[], decision: Decision | undefined): string {
  const sorted = [...answers].sort((a, b) => b.score - a.score)
  const shown = [...sorted.slice(0, 5), ...sorted.slice(-3)]
  const rows = shown.map(({ flight, score, action }) => {
    const { origin, destination } = flight.request
    const outcome = `${flight.delay >= 15 ? 'late' : 'on time'} (${flight.delay} min)`
    return `   ${origin} → ${destination}   ${score.toFixed(3)}   ${(action ?? '').padEnd(5)}  ${outcome}`
  })
  const auc = rocAuc(answers.map(({ score, flight }) => ({ score, late: flight.delay >= 15 })))
  const late = answers.filter(({ flight }) => flight.delay >= 15).length
  return [
    '   route       score   action  what happened',
    ...rows,
    `   ${answers.length} flights, ${late} of them late; AUC of what was answered ${auc === undefined ? 'undefined (one class only)' : auc.toFixed(3)}`,
    ...(decision
      ? [
          '',
          `   Why the highest: decision ${decision.predictionId}, features as of ${decision.asOf}`,
          ...decision.reasons.map(reason => `     ${reason}`),
          `   Logged in ${decision.logged.segment} at byte ${decision.logged.offset}`,
          `   $ fettle decision ${decision.predictionId}`,
        ]
      : []),
  ].join('\n')
}

/** P(score of a late flight > score of one on time), ties half. */
function rocAuc(rows: readonly { readonly score: number; readonly late: boolean }[]): number | undefined {
  const sorted = [...rows].sort((a, b) => a.score - b.score)
  let rankSum = 0
  let late = 0
  for (let start = 0; start < sorted.length; ) {
    let end = start
    while (end < sorted.length && sorted[end]?.score === sorted[start]?.score) end++
    for (let i = start; i < end; i++) {
      if (!sorted[i]?.late) continue
      rankSum += (start + 1 + end) / 2
      late++
    }
    start = end
  }
  const onTime = sorted.length - late
  return late === 0 || onTime === 0 ? undefined : (rankSum - (late * (late + 1)) / 2) / (late * onTime)
}
