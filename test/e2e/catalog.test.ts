import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installFettle, makeProject, type Project } from '../kill/dev-project.ts'

const program = installFettle()

const definitions = `
import { count, csv, entity, featureView, float64, ge, int64, lookup, mean, source, sql, string, timestamp, trainingSet } from 'fettle'

export const customer = entity('customer', { key: { customer: string() } })

/** Orders as the shop wrote them. */
export const orders = source('orders', {
  owner: 'shop-team',
  from: csv('data/orders.csv'),
  columns: {
    id: int64(), customer: string(), made: timestamp(), known: timestamp(), amount: float64(),
    email: string({ pii: 'personal' }), illness: string({ pii: 'sensitive' }),
  },
  eventTime: 'made',
  knownAt: 'known',
})

export const priced = source('priced', {
  from: sql\`SELECT o.id, customer, made, known, amount * 2 AS gross, upper(email) AS mail FROM \${orders} o WHERE amount > 0\`,
  columns: { id: int64(), customer: string(), made: timestamp(), known: timestamp(), gross: float64(), mail: string() },
  eventTime: 'made',
  knownAt: 'known',
})

export const spend = featureView('spend', {
  entity: customer,
  source: priced,
  features: f => ({ orders_7d: count().over('7d'), gross_7d: mean(f.gross).over('7d') }),
})

export const contact = featureView('contact', { entity: customer, source: priced, features: f => ({ mail: f.mail }) })

export const big = trainingSet('big_orders', {
  spine: priced,
  columns: f => [f.id, f.customer],
  lookups: f => [lookup(spend, { customer: f.customer }), lookup(contact, { customer: f.customer })],
  label: { name: 'big', when: f => ge(f.gross, 60) },
  labelMaturity: '1h',
  split: { train: ['2024-01-01', '2025-01-01'] },
})
`

/** Three orders of one customer; the second becomes known only after the third was made. */
const orders = `id,customer,made,known,amount,email,illness
1,ann,2024-03-01T10:00:00Z,2024-03-01T10:00:00Z,10,ann@x.org,flu
2,ann,2024-03-01T12:00:00Z,2024-03-03T00:00:00Z,70,ann@x.org,flu
3,ann,2024-03-02T10:00:00Z,2024-03-02T10:00:00Z,30,ann@x.org,flu
`

describe('the catalog of a running Fettle', () => {
  let project: Project

  const command = async (...argv: string[]): Promise<string> => {
    const { code, output } = await project.command(...argv)
    if (code !== 0) throw new Error(`fettle ${argv.join(' ')} ended with ${code}:\n${output}`)
    return output
  }

  beforeAll(async () => {
    project = makeProject(program.bin)
    mkdirSync(join(project.folder, 'definitions'), { recursive: true })
    mkdirSync(join(project.folder, 'data'), { recursive: true })
    writeFileSync(join(project.folder, 'fettle.json'), '{ "project": "shop" }')
    writeFileSync(join(project.folder, 'definitions', 'shop.ts'), definitions)
    writeFileSync(join(project.folder, 'data', 'orders.csv'), orders)
    await project.started()
    await command('apply', '--yes')
  }, 60_000)
  afterAll(() => {
    project.remove()
    program.remove()
  })

  it('finds definitions by doc comments, columns and state', async () => {
    expect(await command('catalog', '--search', 'shop wrote')).toContain('orders')
    expect(await command('catalog', '--search', 'gross', 'feature-views')).toContain('spend')
    expect(await command('catalog', '--owner', 'nobody')).toContain('Nothing applied is like that')
  })

  it('follows a column through the SQL of a source to the training set', async () => {
    const { nodes, edges, unknown } = await project.client().api.columnLineage({
      of: 'source:orders.amount',
      direction: 'down',
    })
    expect(unknown).toEqual([])
    expect(nodes.map(each => each.id)).toContain('trainingSet:big_orders.gross_7d')
    expect(edges).toContainEqual({
      from: 'source:orders.amount',
      to: 'source:priced.gross',
      how: 'computed',
    })
    expect(edges).toContainEqual({ from: 'source:orders.amount', to: 'source:priced', how: 'decides rows' })
  })

  it('shows rows with personal values masked, also derived ones, and sensitive columns left out', async () => {
    const api = project.client().api
    const source = await api.sampleRows({ kind: 'source', name: 'orders' })
    expect(source.hidden).toEqual(['illness'])
    expect(source.rows[0]).toEqual([
      '1',
      'ann',
      '2024-03-01T10:00:00.000000Z',
      '2024-03-01T10:00:00.000000Z',
      '10',
      '•••',
    ])
    const view = await api.sampleRows({ kind: 'featureView', name: 'contact' })
    expect(view.rows).toEqual([['ann', '•••']])
    const asOf = '2024-03-02T12:00:00Z'
    const spend = await api.sampleRows({
      kind: 'featureView',
      name: 'spend',
      asOf,
      keys: '[{"customer":"ann"}]',
    })
    // The second order had happened, and nobody knew.
    expect(spend.rows).toEqual([['ann', '2', '40']])
    expect(JSON.stringify([source, view, spend])).not.toMatch(/@x\.org|@X\.ORG|flu/)
  }, 60_000)

  it('explains a training row in sentences', async () => {
    await command('training-sets', 'build', 'big_orders')
    const said = await command('explain-row', 'big_orders', '2')
    expect(said).toContain('1 row counted.')
    expect(said).toContain('1 row inside the window did not count: not known yet.')
    expect(said).toContain('is of 2024-03-01T12:00:00.000000Z, known 2024-03-03T00:00:00.000000Z')
    expect(said).toContain('It gives mail = •••. Every other row of this key is older.')
    expect(said).not.toMatch(/@x\.org|@X\.ORG/)
  }, 90_000)

  it('refuses rows of what has none, and a row that is not there', async () => {
    const api = project.client().api
    await expect(api.sampleRows({ kind: 'entity', name: 'customer' })).rejects.toMatchObject({
      code: 'BAD_PARAMETER',
    })
    await expect(api.explainTrainingRow({ id: 'big_orders', row: '99' })).rejects.toMatchObject({
      code: 'ROW_UNKNOWN',
    })
  })
})
