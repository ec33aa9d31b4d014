/** A tree as trees.json has it. */
export interface BenchTree {
  readonly feature: readonly number[]
  readonly threshold: readonly number[]
  readonly left: readonly number[]
  readonly right: readonly number[]
  readonly missingLeft: readonly boolean[]
  readonly value: readonly number[]
}

/** An ONNX model of one TreeEnsembleRegressor and a Sigmoid, as bytes: inputs `vector` [N, width], output `score` [N, 1]. */
export function onnxTrees(trees: readonly BenchTree[], width: number): Buffer {
  const nodes = trees.flatMap((tree, at) => tree.feature.map((_, node) => ({ tree, at, node })))
  const leaf = ({ tree, node }: (typeof nodes)[number]) => (tree.left[node] ?? -1) < 0
  const leaves = nodes.filter(leaf)
  const at = (of: typeof nodes) => of.map(each => each.at)
  const number = (of: typeof nodes) => of.map(each => each.node)
  const child = (name: 'left' | 'right') => nodes.map(({ tree, node }) => Math.max(0, tree[name][node] ?? 0))
  const attributes = [
    ints('nodes_treeids', at(nodes)),
    ints('nodes_nodeids', number(nodes)),
    ints(
      'nodes_featureids',
      nodes.map(({ tree, node }) => tree.feature[node] ?? 0),
    ),
    floats(
      'nodes_values',
      nodes.map(({ tree, node }) => tree.threshold[node] ?? 0),
    ),
    strings(
      'nodes_modes',
      nodes.map(each => (leaf(each) ? 'LEAF' : 'BRANCH_LEQ')),
    ),
    ints('nodes_truenodeids', child('left')),
    ints('nodes_falsenodeids', child('right')),
    ints(
      'nodes_missing_value_tracks_true',
      nodes.map(({ tree, node }) => Number(tree.missingLeft[node])),
    ),
    ints('target_treeids', at(leaves)),
    ints('target_nodeids', number(leaves)),
    ints(
      'target_ids',
      leaves.map(() => 0),
    ),
    floats(
      'target_weights',
      leaves.map(({ tree, node }) => tree.value[node] ?? 0),
    ),
    [text(1, 'n_targets'), varint(3, 1), varint(20, 2)],
  ]
  const ensemble = [
    ...[text(1, 'vector'), text(2, 'raw'), text(4, 'TreeEnsembleRegressor'), text(7, 'ai.onnx.ml')],
    ...attributes.map(each => bytes(5, Buffer.concat(each))),
  ]
  const sigmoid = [text(1, 'raw'), text(2, 'score'), text(4, 'Sigmoid')]
  const graph = [
    bytes(1, Buffer.concat(ensemble)),
    bytes(1, Buffer.concat(sigmoid)),
    text(2, 'trees'),
    bytes(11, tensor('vector', width)),
    bytes(12, tensor('score', 1)),
  ]
  const opset = (domain: string, version: number) =>
    bytes(8, Buffer.concat([text(1, domain), varint(2, version)]))
  return Buffer.concat([varint(1, 8), opset('', 15), opset('ai.onnx.ml', 3), bytes(7, Buffer.concat(graph))])
}

function number(value: number): Buffer {
  const out: number[] = []
  for (let left = value; ; left = Math.floor(left / 128)) {
    out.push((left % 128) + (left >= 128 ? 128 : 0))
    if (left < 128) return Buffer.from(out)
  }
}
const varint = (field: number, value: number) => Buffer.concat([number(field * 8), number(value)])
const bytes = (field: number, content: Buffer) =>
  Buffer.concat([number(field * 8 + 2), number(content.length), content])
const text = (field: number, content: string) => bytes(field, Buffer.from(content))

const ints = (name: string, values: readonly number[]) => [
  text(1, name),
  bytes(8, Buffer.concat(values.map(number))),
  varint(20, 7),
]
const floats = (name: string, values: readonly number[]) => [
  text(1, name),
  bytes(7, Buffer.from(Float32Array.from(values).buffer)),
  varint(20, 6),
]
const strings = (name: string, values: readonly string[]) => [
  text(1, name),
  ...values.map(value => text(9, value)),
  varint(20, 8),
]

/** Of floats, [N, width]. */
function tensor(name: string, width: number): Buffer {
  const shape = Buffer.concat([bytes(1, text(2, 'N')), bytes(1, varint(1, width))])
  const type = bytes(1, Buffer.concat([varint(1, 1), bytes(2, shape)]))
  return Buffer.concat([text(1, name), bytes(2, type)])
}
