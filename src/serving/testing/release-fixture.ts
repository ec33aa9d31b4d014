import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { contentHash, sha256Hex } from '../../kernel/canonical.ts'
import type { ValueType } from '../../kernel/values/model.ts'
import { type Release, releaseDigest } from '../../registry/index.ts'
import type { DeploymentEntry } from '../model.ts'
import type { poison } from './fake-platform.ts'

export interface FixtureOptions {
  readonly number?: number
  readonly deployment?: string
  readonly weights?: readonly number[]
  readonly refuses?: boolean
  readonly slowMillis?: number
  readonly wrongSelfTest?: boolean
  readonly log?: Release['log']
  readonly deadline?: string
  /** Type of the request field `distance`. */
  readonly distanceType?: ValueType
  readonly thresholdSet?: Release['thresholdSet']
  readonly fallback?: Release['fallback']
  readonly parent?: string
  /** The model cannot do without its looked-up columns. */
  readonly required?: boolean
  /** What the model does with a row whose distance is {@link breakingDistance}. */
  readonly breaks?: keyof typeof poison
  readonly feedback?: Release['feedback']
}

/** Writes a release of the fake model: vector [distance, origin__busy, origin__late_share], key `origin`. */
export function writeRelease(servingFolder: string, options: FixtureOptions = {}): Release {
  const { weights = [0.001, 0.1, 2], number = 1, deployment = 'late' } = options
  const model = JSON.stringify({
    weights,
    refuses: options.refuses,
    slowMillis: options.slowMillis,
    breaks: options.breaks,
  })
  const names = ['distance', 'origin__busy', 'origin__late_share']
  const selfTest = Array.from({ length: 32 }, (_, i) => {
    const vector = [i * 10, i % 7 === 0 ? null : i % 5, (i % 3) / 3]
    const raw = vector.reduce<number>((sum, value, j) => sum + (weights[j] ?? 0) * (value ?? 0), 0)
    return { vector, score: options.wrongSelfTest ? 2 : 1 / (1 + Math.exp(-raw)) }
  })
  const content: Omit<Release, 'digest' | 'createdAt'> = {
    schema: 1,
    deployment,
    number,
    model: {
      name: 'late',
      version: number,
      digest: contentHash(model),
      format: 'linear',
      files: [{ path: 'weights.json', hash: `sha256:${sha256Hex(model)}`, bytes: model.length }],
    },
    signature: {
      inputs: names.map(name => ({
        name,
        type: 'float64',
        nullable: !options.required || name === 'distance',
      })),
      outputs: [{ name: 'score', type: 'float64', nullable: false }],
    },
    features: {
      request: [
        { name: 'origin', type: 'string', role: 'key', nullable: false, description: 'airport it left from' },
        {
          name: 'distance',
          type: options.distanceType ?? 'float64',
          role: 'request',
          nullable: true,
          description: null,
        },
      ],
      lookups: [{ view: 'airports', as: 'origin', keys: ['origin'], features: ['busy', 'late_share'] }],
      fullNames: true,
      views: [
        {
          kind: 'featureView',
          name: 'airports',
          entity: 'airport',
          source: 'landings',
          keys: ['airport'],
          at: 'at',
          knownTime: 'cutoff',
          version: 1,
          semanticHash: 'x',
          features: [
            { kind: 'window', name: 'busy', op: 'count', window: '3h', hop: '1s', type: 'int64' },
            {
              kind: 'window',
              name: 'late_share',
              op: 'mean',
              column: 'is_late',
              window: '3h',
              hop: '1s',
              type: 'float64',
            },
          ],
        },
      ],
      sources: [],
      onDemand: [],
      vector: [
        { name: 'distance', from: 'request', ref: 'distance' },
        { name: 'origin__busy', from: 'lookup', ref: 'origin__busy' },
        { name: 'origin__late_share', from: 'lookup', ref: 'origin__late_share' },
      ],
    },
    action: { name: 'warn', threshold: 0.6 },
    fallback: options.fallback ?? { kind: 'constant', score: 0.25 },
    deadline: options.deadline ?? '5s',
    log: options.log ?? 'written',
    environment: null,
    trainingSet: null,
    selfTest,
    tolerance: 1e-9,
    ...(options.thresholdSet === undefined ? {} : { thresholdSet: options.thresholdSet }),
    ...(options.parent === undefined ? {} : { parent: options.parent }),
    ...(options.feedback === undefined ? {} : { feedback: options.feedback }),
  }
  const release: Release = {
    ...content,
    digest: releaseDigest(content),
    createdAt: '2001-01-01T00:00:00.000000Z',
  }
  const folder = releaseFolder(servingFolder, release.digest)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'weights.json'), model)
  writeFileSync(join(folder, 'release.json'), JSON.stringify(release))
  return release
}

export function releaseFolder(servingFolder: string, digest: string): string {
  return join(servingFolder, 'releases', digest.slice('sha256:'.length))
}

/** Writes deployments.json whole, by rename, with the next sequence. */
export function deploy(servingFolder: string, ...deployments: readonly DeploymentEntry[]): void {
  const file = join(servingFolder, 'deployments.json')
  let sequence = 0
  try {
    sequence = (JSON.parse(readFileSync(file, 'utf8')) as { sequence: number }).sequence
  } catch {
    // The first one.
  }
  writeFileSync(`${file}.tmp`, JSON.stringify({ schema: 1, sequence: sequence + 1, deployments }))
  renameSync(`${file}.tmp`, file)
}
