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
 * ONNX Runtime on model.onnx: one input `vector` float [N, inputs], output `score` float [N]. One thread; `score`
 * blocks the event loop of its process, so it belongs in a process of its own.
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
  await checkSignature(session, request)
  return closeable({
    kind: 'onnx',
    build: `onnxruntime-node ${ort.env.versions.node ?? ort.env.versions.common}`,
    score: (vectors, rows) => run({ ort, session, inputs: request.inputs }, vectors, rows),
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

async function checkSignature(session: Ort.InferenceSession, request: ScorerRequest): Promise<void> {
  try {
    const input = session.inputMetadata.find(entry => entry.name === 'vector')
    if (!input?.isTensor || input.type !== 'float32' || !session.outputNames.includes('score')) {
      throw new FettleError(
        'MODEL_UNREADABLE',
        'model.onnx needs an input "vector" of floats and an output "score"',
      )
    }
    checkInputs(request, Number(input.shape[1]))
  } catch (error) {
    await session.release()
    throw error
  }
}

interface Loaded {
  readonly ort: OrtModule
  readonly session: Ort.InferenceSession
  readonly inputs: number
}

async function run(
  { ort, session, inputs }: Loaded,
  vectors: Float64Array,
  rows: number,
): Promise<Float64Array> {
  checkBatch(vectors, rows, inputs)
  if (rows === 0) return new Float64Array(0)
  try {
    const tensor = new ort.Tensor('float32', Float32Array.from(vectors), [rows, inputs])
    const { score } = await session.run({ vector: tensor }, ['score'])
    return Float64Array.from(score?.data as Float32Array)
  } catch (cause) {
    throw new FettleError('SCORER_FAILED', 'ONNX Runtime failed on a batch', { cause })
  }
}
