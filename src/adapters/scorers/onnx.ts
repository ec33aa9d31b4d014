import { join } from 'node:path'
import type * as Ort from 'onnxruntime-node'
import type { Scorer, ScorerRequest } from '../../evaluation/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { checkBatch, checkInputs, closeable } from './batch.ts'

type OrtModule = typeof Ort

/** Loads the optional package; undefined when it is not installed or has no binary for this platform. */
export async function loadOnnxRuntime(): Promise<OrtModule | undefined> {
  try {
    const loaded = (await import('onnxruntime-node')) as OrtModule & { readonly default?: unknown }
    return (loaded.default as OrtModule | undefined) ?? loaded
  } catch {
    return undefined
  }
}

/**
 * ONNX Runtime on model.onnx: one input of floats [N, inputs], `vector` or the only one there is; what comes out is `score`,
 * else `probabilities`, else the only output, as [N], [N, 1], or [N, 2] of which the second column counts. One thread;
 * `score` blocks the event loop of its process, so it belongs in a process of its own.
 */
export async function openOnnx(request: ScorerRequest): Promise<Scorer> {
  if (request.format !== 'onnx')
    throw new FettleError('MODEL_UNREADABLE', `A model of format ${request.format} has no model.onnx`)
  const ort = await loadOnnxRuntime()
  if (!ort)
    throw new FettleError(
      'SCORER_MISSING',
      'The package onnxruntime-node is not installed or does not support this platform',
    )
  const session = await openSession(ort, join(request.folder, 'model.onnx'))
  const tensors = await tensorsOf(session, request)
  return closeable({
    kind: 'onnx',
    build: `onnxruntime-node ${ort.env.versions.node ?? ort.env.versions.common}`,
    score: (vectors, rows) => run({ ort, session, inputs: request.inputs, ...tensors }, vectors, rows),
    close: () => session.release(),
  })
}

async function openSession(ort: OrtModule, file: string): Promise<Ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(file, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: 3,
    })
  } catch (cause) {
    throw new FettleError('MODEL_UNREADABLE', 'ONNX Runtime cannot load model.onnx', { cause })
  }
}

interface Tensors {
  readonly input: string
  readonly output: string
}

async function tensorsOf(session: Ort.InferenceSession, request: ScorerRequest): Promise<Tensors> {
  try {
    const input = named(session.inputMetadata, ['vector'])
    const output = named(session.outputMetadata, ['score', 'probabilities'])
    if (!input?.isTensor || input.type !== 'float32' || !output?.isTensor || output.type !== 'float32')
      throw new FettleError(
        'MODEL_UNREADABLE',
        'model.onnx needs one input of floats, "vector", and an output of floats, "score" or "probabilities"',
        { details: { inputs: session.inputNames, outputs: session.outputNames } },
      )
    // A dimension without a size is a name here.
    const [, width] = input.shape
    if (typeof width === 'number') checkInputs(request, width)
    return { input: input.name, output: output.name }
  } catch (error) {
    await session.release()
    throw error
  }
}

/** The first of these names, else the only one there is. */
function named(
  metadata: readonly Ort.InferenceSession.ValueMetadata[],
  names: readonly string[],
): Ort.InferenceSession.ValueMetadata | undefined {
  const found = names.map(name => metadata.find(each => each.name === name)).find(each => each !== undefined)
  return found ?? (metadata.length === 1 ? metadata[0] : undefined)
}

interface Loaded extends Tensors {
  readonly ort: OrtModule
  readonly session: Ort.InferenceSession
  readonly inputs: number
}

async function run(
  { ort, session, inputs, input, output }: Loaded,
  vectors: Float64Array,
  rows: number,
): Promise<Float64Array> {
  checkBatch(vectors, rows, inputs)
  if (rows === 0) return new Float64Array(0)
  try {
    const tensor = new ort.Tensor('float32', Float32Array.from(vectors), [rows, inputs])
    const found = (await session.run({ [input]: tensor }, [output]))[output]?.data as Float32Array
    return lastColumn(found, rows)
  } catch (cause) {
    if (cause instanceof FettleError) throw cause
    throw new FettleError('SCORER_FAILED', 'ONNX Runtime failed on a batch', { cause })
  }
}

/** One number for a row: it, or the probability of the second of two classes. */
function lastColumn(found: Float32Array, rows: number): Float64Array {
  const width = found.length / rows
  if (width === 1) return Float64Array.from(found)
  if (width !== 2)
    throw new FettleError(
      'SCORER_FAILED',
      `model.onnx gives ${width} numbers for a row; one, or those of two classes, are read`,
    )
  return Float64Array.from({ length: rows }, (_, row) => found[row * 2 + 1] as number)
}
