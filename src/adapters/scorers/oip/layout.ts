import { FettleError } from '../../../kernel/errors/index.ts'
import type { OipSettings } from './settings.ts'
import type { Layout } from './tensors.ts'

interface TensorMetadata {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
}

/** What the protocol's GET /v2/models/{name} answers. */
export interface OipMetadata {
  readonly versions?: readonly string[]
  readonly inputs?: readonly TensorMetadata[]
  readonly outputs?: readonly TensorMetadata[]
}

interface Wanted {
  readonly extensions: readonly string[]
  readonly settings: OipSettings
  readonly inputs: number
}

type Datatype = Layout['inputs'][number]['datatype']
const datatypes: ReadonlySet<string> = new Set(['FP32', 'FP64', 'INT64', 'INT32', 'BOOL'])
const outputNames = ['score', 'probabilities', 'predict']
const binaryExtensions = ['binary_tensor_data', 'binary_data']

/** How rows go to a model with this metadata. Throws SIGNATURE_MISMATCH where they cannot. */
export function layoutOf(metadata: OipMetadata, wanted: Wanted): Layout {
  const inputs = inputsOf(metadata.inputs ?? [], wanted)
  const floats = inputs.every(({ datatype }) => datatype === 'FP32' || datatype === 'FP64')
  return {
    inputs,
    output: outputOf(metadata.outputs ?? [], wanted.settings),
    binary: floats && wanted.extensions.some(each => binaryExtensions.includes(each)),
  }
}

/** A server that tells no inputs gets a matrix of floats; the self-test shows whether that is what it takes. */
function inputsOf(
  described: readonly TensorMetadata[],
  { inputs, settings: { columns } }: Wanted,
): Layout['inputs'] {
  const [only] = described
  if (only === undefined)
    return [{ name: 'vector', datatype: 'FP32', from: 0, width: inputs, shape: [inputs] }]
  if (described.length === 1 && only.shape.length > 1) {
    const width = only.shape.at(-1) ?? -1
    if (width !== -1 && width !== inputs) throw mismatch(`one input of ${width} columns`, inputs)
    return [{ ...typed(only), from: 0, width: inputs, shape: [inputs] }]
  }
  if (described.length !== inputs) throw mismatch(`${described.length} inputs`, inputs)
  return described.map(tensor => {
    const from = columns === undefined ? described.indexOf(tensor) : columns.indexOf(tensor.name)
    if (from < 0) throw mismatch(`an input "${tensor.name}"`, inputs)
    return { ...typed(tensor), from, width: 1, shape: tensor.shape.length > 1 ? [1] : [] }
  })
}

function typed({ name, datatype }: TensorMetadata): { readonly name: string; readonly datatype: Datatype } {
  if (datatypes.has(datatype)) return { name, datatype: datatype as Datatype }
  throw new FettleError(
    'SIGNATURE_MISMATCH',
    `The other server wants ${datatype} for "${name}", and vectors are numbers`,
  )
}

function outputOf(described: readonly TensorMetadata[], { output }: OipSettings): string {
  const names = described.map(({ name }) => name)
  const known =
    output ?? outputNames.find(name => names.includes(name)) ?? (names.length === 1 ? names[0] : undefined)
  if (known !== undefined && (names.length === 0 || names.includes(known) || output !== undefined))
    return known
  throw new FettleError(
    'SIGNATURE_MISMATCH',
    `The other server gives ${names.join(', ') || 'no outputs'}; say which is the score`,
  )
}

function mismatch(theirs: string, inputs: number): FettleError {
  return new FettleError(
    'SIGNATURE_MISMATCH',
    `The other server takes ${theirs}, its signature here has ${inputs}`,
  )
}
