import { describe, expect, it } from 'vitest'
import {
  byColumn,
  type Definition,
  type DeploymentData,
  noWorse,
  type Project,
} from '../definitions/index.ts'
import type { PlannedCell } from '../evaluation/index.ts'
import { planDeployments, refuseUndecidableContracts } from './contract-plans.ts'
import type { CurrentDefinition } from './ports.ts'

const declared = (margin: number, change: Partial<DeploymentData> = {}) =>
  ({
    ...{ kind: 'deployment', name: 'late', model: 'late', slices: [byColumn('origin', ['HNL'])] },
    contracts: [noWorse('recall', { margin }).on('origin').data],
    ...change,
  }) as unknown as DeploymentData

const projectOf = (deployment: DeploymentData): Project => ({
  name: 'flights',
  locations: {},
  definitions: [
    deployment,
    { kind: 'model', name: 'late', trainingSet: 'flights' },
    { kind: 'trainingSet', name: 'flights' },
  ] as unknown as readonly Definition[],
})
const standing = (deployment: DeploymentData) =>
  [{ ref: 'deployment:late', definition: deployment }] as unknown as readonly CurrentDefinition[]

const never: PlannedCell = {
  ...{ contract: 'recall_no_worse', slice: 'origin=HNL', status: 'protected', needed: 400, expected: 90 },
  ...{ perDay: 3, basis: 'seen', decidable: false, offers: ['hold out 134 days of rows', 'watch it'] },
}
const planOf = (cell: PlannedCell) => async () => ({
  ...{ from: 'judged-releases' as const, basis: 'rows that judged release 1' },
  cells: [cell],
})

describe('contracts of a plan', () => {
  it('are planned for deployments that declare some', async () => {
    const project = projectOf(declared(0.05))
    const plans = await planDeployments(project, planOf(never))
    expect([...plans.keys()]).toEqual(['deployment:late'])
    const { contracts: _, ...without } = declared(0.05)
    expect((await planDeployments(projectOf(without), planOf(never))).size).toBe(0)
    expect((await planDeployments(project, undefined)).size).toBe(0)
  })

  it('refuse what can never be decided where it is declared anew', async () => {
    const project = projectOf(declared(0.05))
    const refusing = async (cell: PlannedCell, before: readonly CurrentDefinition[]) =>
      refuseUndecidableContracts(await planDeployments(project, planOf(cell)), { project, standing: before })
    const refused = { code: 'SLICE_TOO_SMALL', hint: expect.stringContaining('hold out 134 days') }
    await expect(refusing(never, [])).rejects.toMatchObject(refused)
    await expect(refusing(never, standing(declared(0.06)))).rejects.toMatchObject(refused)
    // What stands is judged as it is, also when something else of the deployment changes.
    await expect(refusing(never, standing(declared(0.05, { deadline: '9ms' })))).resolves.toBeUndefined()
    await expect(refusing({ ...never, status: 'watched' }, [])).resolves.toBeUndefined()
    await expect(refusing({ ...never, decidable: null }, [])).resolves.toBeUndefined()
  })
})
