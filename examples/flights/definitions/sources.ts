import {
  between,
  csv,
  float64,
  int64,
  matches,
  notMissing,
  parquet,
  references,
  rowCount,
  source,
  sql,
  string,
  timestamp,
  unique,
} from 'fettle'

export const airports = source('airports', {
  description: 'Time zone of each airport, to turn local departures into instants',
  from: csv('data/airports.csv'),
  columns: { airport: string(), zone: string(), name: string(), city: string(), state: string() },
  checks: c => [
    unique(c.airport, { severity: 'block' }),
    matches(c.zone, '^[A-Z][A-Za-z_]+/', { severity: 'block' }),
  ],
})

/** Three million domestic flights of January to June 2001, a public sample without keys: the row number is the id. */
export const flightsFile = source('flights_file', {
  description:
    'The published table: one row a flight, actual departure in local time, arrival delay in minutes',
  from: parquet('../../node_modules/vega-datasets/data/flights-3m.parquet', { rowNumber: 'flight_id' }),
  columns: {
    flight_id: int64({ description: '0-based row number in file order' }),
    date: timestamp({ description: 'actual departure, clock of the origin' }),
    delay: int64({ unit: 'min', description: 'arrival delay' }),
    distance: int64({ unit: 'mi' }),
    origin: string(),
    destination: string(),
  },
  checks: c => [
    rowCount({ min: 1_000_000 }, { severity: 'block' }),
    between(c.delay, { min: -1440, max: 2880 }, { severity: 'block' }),
    between(c.distance, { min: 1, max: 6000 }, { severity: 'block' }),
    references(c.origin, { source: airports, columns: 'airport' }, { severity: 'block' }),
    between(c.delay, { min: -60, max: 360 }, { name: 'usual_delay', mostly: 0.999 }),
    notMissing(c.destination),
  ],
})

/** The clock of the origin becomes an instant by the zone of the row; what the clock said is kept as features. */
export const departed = source('departed', {
  description: 'One row a flight, at the instant it left',
  from: sql.for({
    duckdb: sql`
      SELECT flight_id, origin, state AS origin_state, destination, delay, distance, zone,
             hour(date) * 60 + minute(date) AS local_minute,
             isodow(date) AS weekday,
             date AS departed_at
      FROM ${flightsFile} JOIN ${airports} ON origin = airport`,
    spark: sql`
      SELECT flight_id, origin, state AS origin_state, destination, delay, distance, zone,
             hour(date) * 60 + minute(date) AS local_minute,
             weekday(date) + 1 AS weekday,
             date AS departed_at
      FROM ${flightsFile} JOIN ${airports} ON origin = airport`,
  }),
  columns: {
    flight_id: int64(),
    origin: string(),
    origin_state: string(),
    destination: string(),
    delay: int64({ unit: 'min' }),
    distance: int64({ unit: 'mi' }),
    zone: string(),
    local_minute: int64({ unit: 'min' }),
    weekday: int64(),
    departed_at: timestamp(),
  },
  zone: { column: 'zone' },
})

/**
 * The arrival time is not in the file: it is taken as departure + 30 minutes + one minute for every 8 miles.
 * Until then nobody could know the delay, so that is the row's known time.
 */
export const flights = source('flights', {
  description: 'One row a flight, at the instant it left; its delay is known when it has landed',
  from: sql.for({
    duckdb: sql`
      SELECT flight_id, origin, origin_state, destination, delay, distance, local_minute, weekday, departed_at,
             departed_at + to_minutes(30 + distance // 8) AS landed_at
      FROM ${departed}`,
    spark: sql`
      SELECT flight_id, origin, origin_state, destination, delay, distance, local_minute, weekday, departed_at,
             timestampadd(MINUTE, 30 + distance div 8, departed_at) AS landed_at
      FROM ${departed}`,
  }),
  columns: {
    flight_id: int64(),
    origin: string(),
    origin_state: string(),
    destination: string(),
    delay: int64({ unit: 'min' }),
    distance: int64({ unit: 'mi', description: 'length of the route' }),
    local_minute: int64({
      unit: 'min',
      description: 'minute of the day of the departure, clock of the origin',
    }),
    weekday: int64({ description: '1 Monday to 7 Sunday, calendar of the origin' }),
    departed_at: timestamp(),
    landed_at: timestamp(),
  },
  eventTime: 'departed_at',
  knownAt: 'landed_at',
})

/** What is known of a flight when it leaves: that it left. */
export const departures = source('departures', {
  description: 'Flights as they leave; known at once, and without their delay',
  from: sql.for({
    duckdb: sql`SELECT origin, destination, departed_at FROM ${flights}`,
    spark: sql`SELECT origin, destination, departed_at FROM ${flights}`,
  }),
  columns: { origin: string(), destination: string(), departed_at: timestamp() },
  eventTime: 'departed_at',
  knownAt: 'event',
})

/** What becomes known of a flight when it lands: how late it was. */
export const landings = source('landings', {
  description: 'Flights as they land; only now is the delay a fact',
  from: sql.for({
    duckdb: sql`
      SELECT origin, destination, landed_at, delay, CAST(delay >= 15 AS BIGINT) AS late, greatest(delay, 0)::DOUBLE AS lateness
      FROM ${flights}`,
    spark: sql`
      SELECT origin, destination, landed_at, delay, CAST(delay >= 15 AS BIGINT) AS late, CAST(greatest(delay, 0) AS DOUBLE) AS lateness
      FROM ${flights}`,
  }),
  columns: {
    origin: string(),
    destination: string(),
    landed_at: timestamp(),
    delay: int64({ unit: 'min' }),
    late: int64({ description: 'arrived 15 or more minutes late (1 or 0)' }),
    lateness: float64({ unit: 'min', description: 'minutes late, early arrivals as 0' }),
  },
  eventTime: 'landed_at',
  knownAt: 'landed_at',
})
