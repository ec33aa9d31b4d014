import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { packageRoot } from '../kernel/package-root.ts'
import { commentsIn } from './comments.ts'
import { loadProject } from './load-project.ts'

const folder = mkdtempSync(join(packageRoot(), 'node_modules', '.comments-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('finds comments with what stands below them, and none in strings', () => {
  const source = `
/**
 * An airport,
 * by its code.
 * @see nothing
 */
export const airport = entity('airport', { // { not a bracket
  key: {
    /** IATA code, not '{' */
    airport: string(),
  },
})
const text = "/** no comment */ { [ ("
/* neither */
export const other = 1
/** Of \`nothing\` that is named */
call()
`
  expect(commentsIn(source)).toEqual([
    { subject: 'airport', text: 'An airport, by its code.', line: 7, depth: 0 },
    { subject: 'airport', text: "IATA code, not '{'", line: 10, depth: 3 },
  ])
})

it('describes definitions, columns and features by their comments unless they say so themselves', async () => {
  mkdirSync(join(folder, 'definitions'))
  writeFileSync(join(folder, 'fettle.json'), '{ "project": "documented" }')
  writeFileSync(
    join(folder, 'definitions', 'all.ts'),
    `import { count, entity, featureView, int64, parquet, source, string, sum, timestamp } from 'fettle'

/** An airport by its code. */
export const airport = entity('airport', { key: { airport: string() } })

/** This is not used. */
export const flights = source('flights', {
  description: 'Flights as they leave',
  from: parquet('f.parquet'),
  columns: {
    airport: string(),
    /** Minutes late. */
    delay: int64(),
    /** Not this. */
    at: timestamp({ description: 'When it left' }),
  },
  eventTime: 'at',
  knownAt: 'event',
})

/** How busy an airport is. */
export const traffic = featureView('traffic', {
  entity: airport,
  source: flights,
  features: f => ({
    /** Departures of the last hour. */
    departures: count().over('1h'),
    delay: sum(f.delay).over('1h'),
  }),
})
`,
  )
  const { definitions } = await loadProject(folder)
  const [entity, view, source] = definitions
  expect(entity).toMatchObject({ description: 'An airport by its code.' })
  expect(view).toMatchObject({
    description: 'How busy an airport is.',
    features: [{ name: 'departures', description: 'Departures of the last hour.' }, { name: 'delay' }],
  })
  expect(source).toMatchObject({
    description: 'Flights as they leave',
    columns: [
      { name: 'airport' },
      { name: 'delay', description: 'Minutes late.' },
      { name: 'at', description: 'When it left' },
    ],
  })
  expect(JSON.stringify(view)).not.toContain('Minutes late')
})
