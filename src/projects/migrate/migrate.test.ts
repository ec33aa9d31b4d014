import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { checkProject } from '../../definitions/index.ts'
import { loadProject } from '../load-project.ts'
import { migrateFeast, migrateFeatureform } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-migrate-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const resources = {
  providers: [{ name: 'redis', type: 'REDIS_ONLINE' }],
  sources: [
    {
      name: 'transactions',
      variant: 'v1',
      path: 'data/transactions.csv',
      columns: [
        { name: 'CustomerID', type: 'string' },
        { name: 'amount', type: 'float64' },
        { name: 'at', type: 'datetime' },
        { name: 'fraud', type: 'bool' },
      ],
    },
    {
      name: 'average',
      variant: 'Quick Start',
      query:
        'SELECT CustomerID AS user_id, avg(amount) AS mean, max("at") AS at FROM {{ transactions.v1 }} GROUP BY 1',
    },
    { name: 'profiles', variant: 'v1', table: 'public.profiles' },
  ],
  entities: [{ name: 'user', description: "a bank's customer" }],
  features: [
    {
      name: 'mean_amount',
      variant: 'v2',
      entity: 'user',
      source: { name: 'average', variant: 'Quick Start' },
      type: 'double',
      columns: { entity: 'user_id', value: 'mean', timestamp: 'at' },
    },
    {
      name: 'amount',
      variant: 'v1',
      entity: 'user',
      source: ['transactions', 'v1'],
      type: 'float64',
      columns: { entity: 'CustomerID', value: 'amount', timestamp: 'at' },
    },
    {
      name: 'country',
      variant: 'v1',
      entity: 'user',
      source: 'profiles.v1',
      type: 'string',
      columns: { entity: 'id', value: 'country' },
    },
  ],
  labels: [
    {
      name: 'fraudulent',
      variant: 'v1',
      entity: 'user',
      source: 'transactions.v1',
      type: 'bool',
      columns: { entity: 'CustomerID', value: 'fraud', timestamp: 'at' },
    },
  ],
  training_sets: [
    { name: 'fraud', variant: 'v1', label: 'fraudulent.v1', features: [['mean_amount', 'v2'], 'amount.v1'] },
  ],
}

describe('a list of resources by name and variant', () => {
  it('becomes definitions that load and hold, and says what is not in them', async () => {
    const file = join(folder, 'resources.json')
    writeFileSync(file, JSON.stringify(resources))
    const migration = await migrateFeatureform(file)
    const project = join(folder, 'project')
    mkdirSync(join(project, 'definitions'), { recursive: true })
    writeFileSync(join(project, 'fettle.json'), '{ "project": "bank" }')
    writeFileSync(join(project, 'definitions', 'imported.ts'), migration.text)
    const loaded = await loadProject(project)
    expect(checkProject(loaded)).toEqual([])
    expect(loaded.definitions.map(each => `${each.kind} ${each.name}`)).toEqual([
      'entity user',
      'featureView average_quick_start_user',
      'featureView transactions_v1_user',
      'source average_quick_start',
      'source profiles_v1',
      'source transactions_v1',
    ])
    const view = loaded.definitions.find(each => each.name === 'transactions_v1_user')
    expect(view).toMatchObject({ keys: ['CustomerID'], features: [{ name: 'amount_v1', column: 'amount' }] })
    expect(migration.notCarried.map(({ item }) => item)).toEqual([
      'feature country_v1',
      'provider redis',
      'label fraudulent_v1',
      'training set fraud_v1',
      'source profiles_v1',
    ])
    expect(migration.text).toContain('//   features: mean_amount_v2, amount_v1')
  })

  it('says where a list is wrong', async () => {
    const file = join(folder, 'wrong.json')
    writeFileSync(file, JSON.stringify({ features: [{ name: 'x' }] }))
    await expect(migrateFeatureform(file)).rejects.toThrow('features.0.entity')
    writeFileSync(file, '{')
    await expect(migrateFeatureform(file)).rejects.toThrow('cannot be read as JSON')
  })
})

it('refuses a folder without a Feast registry', async () => {
  await expect(migrateFeast(folder, folder)).rejects.toMatchObject({ code: 'USAGE' })
})
