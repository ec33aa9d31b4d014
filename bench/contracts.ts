import {
  atLeast,
  better,
  byColumn,
  type Contract,
  type ContractData,
  noWorse,
  relative,
  within,
} from '../src/definitions/index.ts'
import { type ContractsRequest, judgeContracts } from '../src/evaluation/index.ts'
import { contractRows, placeNames } from '../test/support/contract-rows.ts'
import { machine } from './offline/measure.ts'

/**
 * Judging a release: 1 M paired rows, 50 slices, 6 contracts on counts, with and without entities that repeat; and one cell
 * of 50 000 rows by the bootstrap over entities (2000 replicates, BCa), for each kind of metric.
 *
 *     node scripts/run.mjs bench/contracts.ts [rows] [slices]
 */
const [rows = 1_000_000, places = 50] = process.argv.slice(2).map(Number)
const slices = [byColumn('place', placeNames(places))]

const counted = [
  noWorse('recall', { margin: 0.02 }).on('place'),
  noWorse('fpr', { margin: relative(0.2, { floor: { rate: 0.005 } }) }).on('place'),
  within('action_rate', { margin: 0.01 }).on('place'),
  atLeast('recall', 0.5).on('place'),
  atLeast('precision', 0.5).on('place'),
  better('recall').on('place').watched(),
].map(each => each.data)

const resampled = [
  noWorse('roc_auc', { margin: 0.01 }),
  noWorse('pr_auc', { margin: 0.01 }),
  noWorse('log_loss', { margin: 0.01 }),
  noWorse('precision', { margin: 0.02 }),
  noWorse('ece', { margin: 0.02 }),
]

function timed(what: string, request: ContractsRequest): void {
  const before = performance.now()
  const { verdict, cells } = judgeContracts(request)
  const seconds = (performance.now() - before) / 1000
  const memory = (process.memoryUsage().rss / 2 ** 20).toFixed(0)
  console.log(
    `${what.padEnd(44)} ${seconds.toFixed(2).padStart(7)} s  ${memory.padStart(5)} MiB  ${cells.length} cells, ${verdict}`,
  )
}

function withEntities(request: Omit<ContractsRequest, 'contracts' | 'slices'>, each: number) {
  const count = Math.ceil(request.rows.rows / each)
  const entities = {
    codes: Int32Array.from({ length: request.rows.rows }, (_, row) => (row * 7919) % count),
    dictionary: Array.from({ length: count }, (_, code) => `customer ${code}`),
  }
  return { ...request, rows: { ...request.rows, entities } }
}

function one(contract: Contract): readonly ContractData[] {
  return [contract.data]
}

console.log(machine())
const large = contractRows({ seed: 'bench', rows, places })
timed(`${rows} rows × ${places} slices × 6`, { ...large, slices, contracts: counted })
timed(`the same, 5 rows an entity`, { ...withEntities(large, 5), slices, contracts: counted })
const cell = contractRows({ seed: 'bench', rows: 50_000, places })
for (const contract of resampled) {
  const { metric } = contract.data.claim as { readonly metric: string }
  timed(`50 000 rows, ${metric}`, { ...cell, slices, contracts: one(contract) })
}
timed(`50 000 rows, roc_auc by ${places} slices`, {
  ...cell,
  slices,
  contracts: one(noWorse('roc_auc', { margin: 0.05 }).on('place')),
})
if (rows >= 1_000_000)
  timed(`${rows} rows, roc_auc`, { ...large, slices, contracts: one(noWorse('roc_auc', { margin: 0.01 })) })
