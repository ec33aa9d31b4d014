import type { ValueType } from '../../../kernel/values/model.ts'
import type { LoadedRelease } from '../../front/load-release.ts'
import type { BinaryDatatype } from '../../oip/binary-tensor.ts'
import { type Output, outputsOf } from '../outputs.ts'

/** Datatypes of the Open Inference Protocol by ours; what has none cannot be in a request. */
export const datatypes: Partial<Record<ValueType, BinaryDatatype>> = {
  bool: 'BOOL',
  int64: 'INT64',
  float64: 'FP64',
  float32: 'FP32',
  string: 'BYTES',
  timestamp: 'INT64',
  date: 'BYTES',
}

export function outputDatatype({ kind }: Output): BinaryDatatype {
  return kind === 'score' ? 'FP64' : 'BYTES'
}

export interface TensorMetadata {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
}

export interface ModelMetadata {
  readonly name: string
  readonly versions: readonly string[]
  readonly platform: string
  readonly inputs: readonly TensorMetadata[]
  readonly outputs: readonly TensorMetadata[]
}

/** The request signature as model metadata of the Open Inference Protocol v2. */
export function modelMetadata({ release, pool }: LoadedRelease): ModelMetadata {
  return {
    name: release.deployment,
    versions: [String(release.number)],
    platform: `fettle_${pool.facts.kind}`,
    inputs: release.features.request.map(field => ({
      name: field.name,
      datatype: datatypes[field.type] ?? '',
      shape: [-1],
    })),
    outputs: outputsOf(release).map(output => ({
      name: output.name,
      datatype: outputDatatype(output),
      shape: [-1],
    })),
  }
}
