import type { ContractsRequest, JudgedRows, ModelOutputs } from '../../src/evaluation/index.ts'
import { type Random, randomFrom } from '../../src/kernel/statistics/index.ts'

/** A world in which releases are simulated: places of equal size, and how often the champion acts on whom. */
export interface ContractWorld {
  readonly seed: string
  readonly rows: number
  readonly places: number
  readonly positives?: number
  /** Chance to act on a negative, and on a positive. */
  readonly acts?: readonly [onNegative: number, onPositive: number]
  /** Chance that the challenger decides a row anew, with the champion's chances. */
  readonly redraw?: number
  /** Chance that it misses a positive it would have found, at one place. */
  readonly broken?: { readonly place: number; readonly misses: number }
}

export const placeNames = (places: number): readonly string[] =>
  Array.from({ length: places }, (_, place) => `p${place}`)

/** Rows with the outputs of a champion and a challenger, all of them judging, and no contract yet. */
export function contractRows(world: ContractWorld): Omit<ContractsRequest, 'contracts' | 'slices'> & {
  readonly champion: ModelOutputs
} {
  const { rows: count, places, positives = 0.3 } = world
  const random = randomFrom(world.seed)
  const labels = new Float64Array(count)
  const codes = new Int32Array(count)
  const champion = outputs(count)
  const challenger = outputs(count)
  for (let row = 0; row < count; row++) {
    codes[row] = random.index(places)
    labels[row] = Number(random.unit() < positives)
    const old = acts(world, labels[row] === 1, random)
    const drawn = random.unit() < (world.redraw ?? 0.05) ? acts(world, labels[row] === 1, random) : old
    const { broken } = world
    const missed =
      broken !== undefined &&
      broken.place === codes[row] &&
      labels[row] === 1 &&
      random.unit() < broken.misses
    set(champion, { row, acts: old, noise: random.unit() })
    set(challenger, { row, acts: missed ? false : drawn, noise: random.unit() })
  }
  const rows: JudgedRows = {
    task: 'binary',
    rows: count,
    hash: 'sha256:0123456789abcdef0123',
    labels,
    columns: { place: { codes, dictionary: placeNames(places) } },
  }
  const judge = Int32Array.from({ length: count }, (_, row) => row)
  return {
    rows,
    champion,
    challenger,
    judge,
    choose: new Int32Array(0),
    stage: 'offline',
    basis: 'Simulated rows.',
  }
}

function acts(
  { acts: [onNegative, onPositive] = [0.05, 0.6] }: ContractWorld,
  positive: boolean,
  random: Random,
): boolean {
  return random.unit() < (positive ? onPositive : onNegative)
}

function outputs(rows: number) {
  return { scores: new Float64Array(rows), actions: new Uint8Array(rows) }
}

/** Acts iff the score is above one half. */
function set(
  { scores, actions }: ReturnType<typeof outputs>,
  { row, acts: decision, noise }: { readonly row: number; readonly acts: boolean; readonly noise: number },
): void {
  actions[row] = Number(decision)
  scores[row] = decision ? 0.5 + noise / 2 : noise / 2
}
