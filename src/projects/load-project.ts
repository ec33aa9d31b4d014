import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Definition,
  type DefinitionRef,
  definitionKinds,
  madeAt,
  type Project,
  refOf,
} from '../definitions/index.ts'
import { canonicalJson, type Json } from '../kernel/canonical.ts'
import { bundleDefinitions } from './bundle-definitions.ts'
import { commentsIn, documented } from './comments.ts'
import { evaluateBundle, placeOf } from './evaluate-bundle.ts'
import { readProjectFile } from './project-file.ts'

const kinds: ReadonlySet<string> = new Set(definitionKinds)

/**
 * Loads the definitions of a project folder: every definition that a file below its definitions folder exports,
 * sorted by kind and name. Throws DEFINITIONS_NOT_FOUND or DEFINITIONS_UNLOADABLE; what the definitions say is
 * checked by checkProject.
 */
export async function loadProject(
  folder: string,
  options: { readonly limitMs?: number } = {},
): Promise<Project> {
  const file = await readProjectFile(folder)
  const bundle = await bundleDefinitions(folder, file.definitions)
  const found = new Map<string, Definition>()
  const locations: Record<string, string> = {}
  const documentedAt = await documentation(folder, bundle.files)
  for (const module of evaluateBundle(bundle, options.limitMs)) {
    for (const value of Object.values(module.exports)) {
      if (!isDefinition(value)) continue
      const stack = (value as { [madeAt]?: string })[madeAt] ?? ''
      const written = JSON.parse(JSON.stringify(value)) as Definition
      const place = placeOf(stack, bundle)
      const definition = documentedAt(written, place)
      const ref: DefinitionRef = refOf(definition)
      // One object exported twice is one definition; two of a name are kept for the check to report.
      found.set(`${ref} ${canonicalJson(definition as unknown as Json)}`, definition)
      locations[ref] ??= place ?? module.file
    }
  }
  const definitions = [...found.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, definition]) => definition)
  return { name: file.project, definitions, locations }
}

/** Gives definitions the comments of the files they are written in, by `file:line`. */
async function documentation(folder: string, files: readonly string[]) {
  const comments = new Map(
    await Promise.all(
      files.map(async file => [file, commentsIn(await readFile(join(folder, file), 'utf8'))] as const),
    ),
  )
  return (definition: Definition, place: string | undefined): Definition => {
    const [file = '', line] = place?.split(':') ?? []
    const found = comments.get(file)
    return found && line !== undefined
      ? documented(definition, { comments: found, line: Number(line) })
      : definition
  }
}

function isDefinition(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { kind, name } = value as { kind?: unknown; name?: unknown }
  return typeof kind === 'string' && kinds.has(kind) && typeof name === 'string'
}
