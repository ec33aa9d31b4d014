import { realpath } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve } from 'node:path'
import type { ActionOutput } from '../actions.ts'
import { checkOutputNames, invalid, jsonArtifact } from '../check-outputs.ts'
import type { Artifact, StepPlan } from '../model.ts'
import type { ObjectStore } from '../objects.ts'
import { assertPlain, storeDirectory } from '../store-directory.ts'
import { type AttemptFolder, readJson, type StepOutput } from './attempt-folder.ts'

/**
 * Stores what a step wrote and names it by content. Throws STEP_OUTPUT_INVALID for output.json absent or malformed,
 * outputs missing, extra, of another kind or outside the attempt's folder, and for hashes that are not true.
 */
export async function collectOutputs(
  objects: ObjectStore,
  folder: AttemptFolder,
  step: StepPlan,
): Promise<Record<string, Artifact>> {
  const written = await readJson<StepOutput>(folder.output)
  if (typeof written?.outputs !== 'object' || written.outputs === null)
    throw invalid('process ended without a valid output.json')
  for (const [name, output] of Object.entries(written.outputs)) checkShape(name, output)
  checkOutputNames(step, written.outputs)
  const artifacts: Record<string, Artifact> = {}
  for (const [name, output] of Object.entries(written.outputs)) {
    const artifact =
      output.kind === 'json'
        ? jsonArtifact(name, output.value)
        : await storeOutput(objects, folder, name, output)
    if (output.hash !== undefined && output.hash !== artifact.hash) {
      throw invalid(`output "${name}" claims ${output.hash}, its content has ${artifact.hash}`, name)
    }
    artifacts[name] = artifact
  }
  return artifacts
}

function checkShape(name: string, output: unknown): asserts output is ActionOutput {
  const { kind, path, value } = (output ?? {}) as Partial<Record<string, unknown>>
  const good =
    kind === 'json'
      ? value !== undefined
      : (kind === 'file' || kind === 'directory') && typeof path === 'string'
  if (!good)
    throw invalid(`output "${name}" is not of the form { kind, path } or { kind: 'json', value }`, name)
}

async function storeOutput(
  objects: ObjectStore,
  folder: AttemptFolder,
  name: string,
  output: { readonly kind: 'file' | 'directory'; readonly path: string },
): Promise<Artifact> {
  const path = await pathInside(folder.outputs, output.path, name)
  await assertPlain(path, output.kind, name)
  if (output.kind === 'file') return { kind: 'file', ...(await objects.putFile(path)) }
  return { kind: 'directory', ...(await storeDirectory(objects, path)) }
}

/** The path, if it and what its links lead to lie inside the folder. */
async function pathInside(folder: string, path: string, output: string): Promise<string> {
  const full = resolve(folder, path)
  if (!isInside(folder, full)) throw invalid(`output "${output}" lies outside its output folder`, output)
  const [realFolder, real] = await Promise.all([realpath(folder), realpath(full).catch(() => undefined)])
  if (real === undefined) throw invalid(`output "${output}" is missing: there is nothing at its path`, output)
  if (!isInside(realFolder, real))
    throw invalid(`output "${output}" leads outside its output folder through a link`, output)
  return join(folder, relative(folder, full))
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way === '' || (!isAbsolute(way) && way !== '..' && !way.startsWith('../'))
}
