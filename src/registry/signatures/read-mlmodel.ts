import type { ModelFile, Signature, VersionFormat } from '../model.ts'
import { signatureOfMlflow } from './mlflow-signature.ts'
import { readYaml, type YamlValue } from './read-yaml.ts'

/** What is said of a version by its MLmodel. `gap`: why there is no signature. */
export interface MlmodelFacts {
  readonly format: VersionFormat
  readonly signature: Signature | null
  readonly gap: string | null
  /** Module that loads it as a python_function. */
  readonly loader: string | null
}

/** Never throws: a description that cannot be read is a gap, not a reason to lose the files. */
export function readMlmodel(text: string, files: readonly ModelFile[]): MlmodelFacts {
  try {
    return mlmodelFacts(readYaml(text), files)
  } catch (error) {
    return unread(`MLmodel cannot be read: ${(error as Error).message}`)
  }
}

/** The same facts as JSON, from an entry of tag `mlflow.log-model.history` with this path. */
export function readLogModelHistory(history: string, path: string): MlmodelFacts | undefined {
  try {
    const entries: unknown = JSON.parse(history)
    const entry = Array.isArray(entries) ? entries.findLast(each => each?.artifact_path === path) : undefined
    return entry && mlmodelFacts(entry, [])
  } catch (error) {
    return unread(`its description cannot be read: ${(error as Error).message}`)
  }
}

/** Of what nothing is known: it may run code. */
const unread = (gap: string): MlmodelFacts => ({ format: 'mlflow', signature: null, gap, loader: 'unknown' })

function mlmodelFacts(described: YamlValue, files: readonly ModelFile[]): MlmodelFacts {
  const format = formatOf(described, files)
  const loading = member(member(member(described, 'flavors'), 'python_function'), 'loader_module')
  const loader = typeof loading === 'string' ? loading : null
  const signature = member(described, 'signature')
  if (signature === null) return { format, signature: null, gap: 'its MLmodel has no signature', loader }
  const text = (name: string) => {
    const written = member(signature, name)
    return typeof written === 'string' ? written : null
  }
  try {
    const written = { inputs: text('inputs'), outputs: text('outputs'), params: text('params') }
    return { format, signature: signatureOfMlflow(written), gap: null, loader }
  } catch (error) {
    const gap = `its signature cannot be taken over: ${(error as Error).message}`
    return { format, signature: null, gap, loader }
  }
}

/** A model of flavor onnx in one file is scored as ours are. */
function formatOf(described: YamlValue, files: readonly ModelFile[]): VersionFormat {
  const onnx = member(member(described, 'flavors'), 'onnx')
  const data = member(onnx, 'data')
  return data === 'model.onnx' && files.some(({ path }) => path === 'model.onnx') ? 'onnx' : 'mlflow'
}

function member(value: YamlValue, name: string): YamlValue {
  if (value === null || typeof value !== 'object') return null
  return Object.hasOwn(value, name) ? (value[name] ?? null) : null
}
