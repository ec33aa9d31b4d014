import { FettleError } from '../../kernel/errors/index.ts'

/** One tree as parallel arrays by node; node 0 is the root, left −1 marks a leaf (trees.json, vectors/statistics). */
export interface TreeData {
  readonly feature: readonly number[]
  readonly threshold: readonly number[]
  readonly left: readonly number[]
  readonly right: readonly number[]
  readonly missingLeft: readonly boolean[]
  readonly value: readonly number[]
  /** Training rows that reached the node. */
  readonly cover: readonly number[]
  /** Overrides the ensemble's rule. */
  readonly rule?: 'le' | 'lt'
}

export interface TreeEnsembleData {
  readonly features: number
  readonly offset: number
  /** Goes left: `le` when x ≤ threshold, `lt` when x < threshold. */
  readonly rule?: 'le' | 'lt'
  readonly trees: readonly TreeData[]
}

/** All trees in typed arrays, children as absolute node numbers: raw score = offset + Σ leaf values in tree order. */
export interface TreeEnsemble {
  readonly features: number
  readonly offset: number
  readonly roots: Int32Array
  readonly feature: Int32Array
  readonly threshold: Float64Array
  readonly left: Int32Array
  readonly right: Int32Array
  readonly missingLeft: Uint8Array
  /** 1 where equality goes right. */
  readonly strict: Uint8Array
  readonly value: Float64Array
  readonly cover: Float64Array
  /** Longest path from a root to a leaf, in edges. */
  readonly depth: number
}

const mostNodes = 4_000_000

/** Checks and packs an ensemble. MODEL_UNREADABLE for a cycle, a missing child, a threshold that is no number, or too many nodes. */
export function packTrees(data: TreeEnsembleData): TreeEnsemble {
  checkShape(data)
  const nodes = data.trees.reduce((sum, tree) => sum + tree.left.length, 0)
  if (nodes > mostNodes)
    throw new FettleError('MODEL_UNREADABLE', `The trees have ${nodes} nodes; at most ${mostNodes} are read`)
  const packed = emptyEnsemble(data, nodes)
  let base = 0
  let depth = 0
  data.trees.forEach((tree, number) => {
    depth = Math.max(depth, checkTree(tree, { number, features: data.features }))
    packed.roots[number] = base
    copyTree(packed, tree, { base, strict: (tree.rule ?? data.rule ?? 'le') === 'lt' })
    base += tree.left.length
  })
  return { ...packed, depth }
}

/** Whether every split says how many training rows came to it: what path-dependent explanations need. */
export function hasCover({ left, cover }: TreeEnsemble): boolean {
  return left.every((child, node) => child < 0 || (cover[node] as number) > 0)
}

function checkShape(data: TreeEnsembleData): void {
  const { features, offset, trees } = data
  if (!Number.isInteger(features) || features < 0 || !Number.isFinite(offset) || !Array.isArray(trees)) {
    throw new FettleError(
      'MODEL_UNREADABLE',
      'The trees lack a count of features, an offset or a list of trees',
    )
  }
}

function emptyEnsemble(data: TreeEnsembleData, nodes: number): Omit<TreeEnsemble, 'depth'> {
  return {
    features: data.features,
    offset: data.offset,
    roots: new Int32Array(data.trees.length),
    feature: new Int32Array(nodes),
    threshold: new Float64Array(nodes),
    left: new Int32Array(nodes),
    right: new Int32Array(nodes),
    missingLeft: new Uint8Array(nodes),
    strict: new Uint8Array(nodes),
    value: new Float64Array(nodes),
    cover: new Float64Array(nodes),
  }
}

function copyTree(
  packed: Omit<TreeEnsemble, 'depth'>,
  tree: TreeData,
  place: { base: number; strict: boolean },
): void {
  const { base } = place
  for (let node = 0; node < tree.left.length; node++) {
    const left = tree.left[node] ?? -1
    packed.feature[base + node] = tree.feature[node] ?? -1
    packed.threshold[base + node] = tree.threshold[node] ?? 0
    packed.left[base + node] = left < 0 ? -1 : base + left
    packed.right[base + node] = left < 0 ? -1 : base + (tree.right[node] ?? 0)
    packed.missingLeft[base + node] = tree.missingLeft[node] ? 1 : 0
    packed.strict[base + node] = place.strict ? 1 : 0
    packed.value[base + node] = tree.value[node] ?? 0
    packed.cover[base + node] = tree.cover[node] ?? 0
  }
}

/** Walks a tree from its root; returns its depth. Every node but the root must be the child of exactly one node. */
function checkTree(tree: TreeData, place: { number: number; features: number }): number {
  const fail = (node: number, what: string): never => {
    throw new FettleError('MODEL_UNREADABLE', `Tree ${place.number}, node ${node}: ${what}`)
  }
  const nodes = tree.left.length
  if (nodes === 0) fail(0, 'the tree is empty')
  const seen = new Uint8Array(nodes)
  const pending: [node: number, depth: number][] = [[0, 0]]
  let deepest = 0
  for (let next = pending.pop(); next; next = pending.pop()) {
    const [node, depth] = next
    if (seen[node]) fail(node, 'it is reached twice')
    seen[node] = 1
    deepest = Math.max(deepest, depth)
    const problem = nodeProblem(tree, node, place.features)
    if (problem) fail(node, problem)
    if ((tree.left[node] ?? -1) >= 0)
      pending.push([tree.left[node] ?? 0, depth + 1], [tree.right[node] ?? 0, depth + 1])
  }
  return deepest
}

function nodeProblem(tree: TreeData, node: number, features: number): string | undefined {
  const left = tree.left[node] ?? -1
  if (left < 0) return Number.isFinite(tree.value[node]) ? undefined : 'the leaf has no finite value'
  const feature = tree.feature[node] ?? -1
  if (!(Number.isInteger(feature) && feature >= 0 && feature < features))
    return `there is no feature ${feature}`
  if (!Number.isFinite(tree.threshold[node])) return 'the threshold is not a finite number'
  const exists = (child: number) => Number.isInteger(child) && child > 0 && child < tree.left.length
  return exists(left) && exists(tree.right[node] ?? -1) ? undefined : 'a child is missing'
}
