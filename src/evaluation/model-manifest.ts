import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { Quantity } from '../kernel/statistics/index.ts'
import type { ModelFormat, SignatureField } from '../registry/index.ts'

/** A vector (null = missing) and the score it must give. */
export interface SelfTestCase {
  readonly vector: readonly (number | null)[]
  readonly score: number
}

/** model.json: what a trainer says about the model it wrote. */
export interface ModelManifest {
  readonly schema: 1
  readonly format: ModelFormat
  /** The vector, in order. */
  readonly inputs: readonly SignatureField[]
  readonly outputs: readonly SignatureField[]
  /** As the trainer measured them; the evaluation step measures again. */
  readonly metrics: Readonly<Record<string, Quantity>>
  readonly environment: Json
  /** How the exported model was compared with the trained one. */
  readonly parity: Json
  /** At least 32. */
  readonly selfTest: readonly SelfTestCase[]
  /** Largest allowed difference in probability between a self-test score and a scorer's. */
  readonly tolerance: number
  readonly trainedOn: { readonly id: string; readonly checksum: string; readonly rows: number }
  readonly seed: number
  /** What the trainer fixed so that equal data gives equal bytes. */
  readonly switches?: Json
  readonly params: Readonly<Record<string, Json>>
}

const leastSelfTests = 32

/** Reads and checks model.json; TRAINER_OUTPUT_INVALID says what is wrong with it. */
export async function readModelManifest(folder: string): Promise<ModelManifest> {
  const manifest = await readJsonObject(folder, 'model.json', 'TRAINER_OUTPUT_INVALID')
  const problem = manifestProblem(manifest)
  if (problem) throw new FettleError('TRAINER_OUTPUT_INVALID', `model.json ${problem}`)
  return manifest as unknown as ModelManifest
}

function manifestProblem(manifest: Readonly<Record<string, unknown>>): string | undefined {
  const { schema, format, inputs, outputs, selfTest, tolerance } = manifest
  if (schema !== 1) return `has schema ${JSON.stringify(schema)}; this version reads 1`
  if (format !== 'onnx' && format !== 'linear' && format !== 'oip')
    return `has format ${JSON.stringify(format)}; known are onnx, linear and oip`
  if (!Array.isArray(inputs) || !inputs.every(isField)) return 'has no inputs of { name, type, nullable }'
  if (!Array.isArray(outputs) || !outputs.every(isField)) return 'has no outputs of { name, type, nullable }'
  if (typeof tolerance !== 'number' || !(tolerance >= 0)) return 'has no tolerance'
  if (!Array.isArray(selfTest) || selfTest.length < leastSelfTests)
    return `needs at least ${leastSelfTests} self-test vectors`
  const wrong = selfTest.findIndex(item => !isSelfTest(item, inputs.length))
  return wrong < 0
    ? undefined
    : `self-test ${wrong} is not { vector of ${inputs.length} numbers or null, score }`
}

function isField(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value['name'] === 'string' &&
    typeof value['type'] === 'string' &&
    typeof value['nullable'] === 'boolean'
  )
}

function isSelfTest(value: unknown, inputs: number): boolean {
  if (!isRecord(value) || typeof value['score'] !== 'number' || !Array.isArray(value['vector'])) return false
  return (
    value['vector'].length === inputs &&
    value['vector'].every(item => item === null || typeof item === 'number')
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A JSON object in a model folder; the given error code says that it is missing or no JSON object. */
export async function readJsonObject(
  folder: string,
  name: string,
  code: 'MODEL_UNREADABLE' | 'TRAINER_OUTPUT_INVALID',
): Promise<Readonly<Record<string, unknown>>> {
  let value: unknown
  try {
    value = JSON.parse(await readFile(join(folder, name), 'utf8'))
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? 'is not JSON' : 'is missing or unreadable'
    throw new FettleError(code, `${name} ${reason} in the model folder`, { cause })
  }
  if (!isRecord(value)) throw new FettleError(code, `${name} does not hold a JSON object`)
  return value
}
