import { canonicalJson, contentHash, type Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { Artifact, ArtifactKind, StepPlan } from './model.ts'
import type { ObjectStore } from './objects.ts'
import { objectHashes } from './settle-reuse.ts'

/** The largest JSON output, in bytes of its canonical form. */
const maxJsonBytes = 64 * 1024

/** Throws STEP_OUTPUT_INVALID naming the first output that is not what the step declares, or is not in the store. */
export async function checkOutputs(
  step: StepPlan,
  outputs: Readonly<Record<string, Artifact>>,
  objects: Pick<ObjectStore, 'has'>,
): Promise<void> {
  checkOutputNames(step, outputs)
  for (const [name, artifact] of Object.entries(outputs)) {
    checkHash(name, artifact)
    for (const hash of objectHashes(artifact)) {
      if (!(await objects.has(hash)))
        throw invalid(`output "${name}" names ${hash}, which is not in the object store`, name)
    }
  }
}

/** Every declared output, of the declared kind, and no other. */
export function checkOutputNames(
  step: Pick<StepPlan, 'outputs'>,
  outputs: Readonly<Record<string, { readonly kind: ArtifactKind }>>,
): void {
  for (const [name, kind] of Object.entries(step.outputs)) {
    const found = Object.hasOwn(outputs, name) ? outputs[name] : undefined
    if (found === undefined) throw invalid(`output "${name}" is missing`, name)
    if (found.kind !== kind)
      throw invalid(`output "${name}" is declared as ${kind}, the step wrote a ${found.kind}`, name)
  }
  const extra = Object.keys(outputs).find(name => !Object.hasOwn(step.outputs, name))
  if (extra !== undefined) throw invalid(`output "${extra}" is not declared`, extra)
}

function checkHash(name: string, artifact: Artifact): void {
  if (artifact.kind === 'file') return
  const actual =
    artifact.kind === 'json' ? contentHash(artifact.value) : contentHash(artifact.files as unknown as Json)
  if (actual !== artifact.hash)
    throw invalid(`output "${name}" claims ${artifact.hash}, its content has ${actual}`, name)
}

/** The artifact of a JSON output. Throws STEP_OUTPUT_INVALID for NaN, infinities and more than 64 KiB. */
export function jsonArtifact(name: string, value: Json): Artifact {
  const text = canonicalOrThrow(name, value)
  const bytes = Buffer.byteLength(text)
  if (bytes > maxJsonBytes)
    throw invalid(`output "${name}" has ${bytes} bytes of JSON, at most ${maxJsonBytes} are allowed`, name)
  return { kind: 'json', hash: contentHash(value), bytes, value }
}

function canonicalOrThrow(name: string, value: Json): string {
  try {
    return canonicalJson(value)
  } catch {
    throw invalid(`output "${name}" holds NaN or an infinity, which JSON has no form for`, name)
  }
}

export function invalid(what: string, output?: string): FettleError {
  return new FettleError(
    'STEP_OUTPUT_INVALID',
    `The step's ${what}`,
    output === undefined ? {} : { details: { output } },
  )
}
