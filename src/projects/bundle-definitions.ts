import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { type BuildFailure, build, type Plugin } from 'esbuild'
import { FettleError } from '../kernel/errors/index.ts'
import { packageRoot } from '../kernel/package-root.ts'

export interface Bundle {
  /** One script that evaluates to `[{ file, exports }]` under the global name `project`. */
  readonly code: string
  readonly map: string
  /** Definition files relative to the project. */
  readonly files: readonly string[]
}

/** Bundles every TypeScript file of the definitions folder with the language into one script without imports. */
export async function bundleDefinitions(folder: string, definitions: string): Promise<Bundle> {
  const files = await definitionFiles(folder, definitions)
  if (files.length === 0) {
    throw new FettleError('DEFINITIONS_NOT_FOUND', `there are no .ts files in ${join(folder, definitions)}`, {
      hint: 'Put definitions there, or name the folder in fettle.json.',
    })
  }
  const imports = files.map((file, index) => `import * as m${index} from ${JSON.stringify(`./${file}`)}`)
  const list = files.map((file, index) => `{ file: ${JSON.stringify(file)}, exports: m${index} }`)
  try {
    const result = await build({
      stdin: {
        contents: `${imports.join('\n')}\nexport const modules = [${list.join(', ')}]`,
        resolveDir: folder,
        sourcefile: 'project.ts',
        loader: 'ts',
      },
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'project',
      platform: 'neutral',
      target: 'es2023',
      sourcemap: 'external',
      outfile: join(folder, 'definitions.js'),
      keepNames: false,
      logLevel: 'silent',
      plugins: [languageOnly()],
    })
    const output = (ending: string) => result.outputFiles.find(each => each.path.endsWith(ending))?.text ?? ''
    return { code: output('.js'), map: output('.map'), files }
  } catch (failure) {
    throw unloadable(failure as BuildFailure)
  }
}

async function definitionFiles(folder: string, definitions: string): Promise<readonly string[]> {
  const root = join(folder, definitions)
  if (!existsSync(root)) return []
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.(test|d)\.ts$/.test(entry.name))
    .map(entry => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

/** Definitions may import each other and the language, nothing else: no packages, no Node modules. */
function languageOnly(): Plugin {
  return {
    name: 'language-only',
    setup(builder) {
      builder.onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
        if (kind === 'entry-point') return null
        if (path === 'fettle') return { path: languagePath() }
        return {
          errors: [
            {
              text: `definitions cannot import "${path}"${importer ? '' : ' here'}: they may import 'fettle' and each other`,
            },
          ],
        }
      })
    },
  }
}

function languagePath(): string {
  const root = packageRoot()
  const built = join(root, 'dist', 'definitions.js')
  return import.meta.url.endsWith('.ts') || !existsSync(built)
    ? join(root, 'src', 'definitions', 'language.ts')
    : built
}

function unloadable(failure: BuildFailure): FettleError {
  const problems = (failure.errors ?? []).map(({ text, location }) => ({
    message: text,
    location: location ? `${location.file}:${location.line}` : null,
  }))
  const first = problems[0]
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  return new FettleError(
    'DEFINITIONS_UNLOADABLE',
    first
      ? `${first.location ?? 'definitions'}: ${first.message}${more}`
      : String((failure as Error).message),
    { details: { problems }, hint: "Mend the named line; definitions import only 'fettle' and each other." },
  )
}
