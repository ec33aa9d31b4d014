import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseBundle } from '../../src/registry/signing/bundle.ts'
import { compareFiles, readModelStatement, type SignedFile } from '../../src/registry/signing/statement.ts'
import { signedBy, trustOf } from '../../src/registry/signing/trust.ts'

/** One case of the conformance suite for OpenSSF Model Signing: a bundle, a model, and whether it verifies. */
export interface CorpusCase {
  readonly name: string
  readonly method: 'key' | 'certificate' | 'sigstore'
  readonly valid: boolean
  /** Why a model cannot be verified or a bundle is not believed; undefined when all holds. */
  verify(): string | undefined
}

interface Config {
  readonly method: CorpusCase['method']
  readonly model: string
  readonly model_relative_to?: string
  readonly expect?: 'fail'
  readonly model_modifications?: {
    readonly delete?: readonly string[]
    readonly inject?: Readonly<Record<string, string>>
    readonly tamper?: Readonly<Record<string, string>>
  }
  readonly verify: {
    readonly public_key?: string
    readonly cert_chain?: readonly string[]
    readonly ignore_paths?: readonly string[]
    readonly ignore_unsigned_files?: boolean
  }
}

/** The cases below `test/test-cases/verify` of a checkout of the suite. */
export function corpusCases(root: string): readonly CorpusCase[] {
  const base = join(root, 'test', 'test-cases', 'verify')
  return readdirSync(base).flatMap(group =>
    readdirSync(join(base, group)).map(name => {
      const folder = join(base, group, name)
      const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Config
      return {
        name: `${group}/${name}`,
        method: config.method,
        valid: config.expect !== 'fail',
        verify: () => verifyCase(config, { folder, assets: join(root, 'test', 'assets') }),
      }
    }),
  )
}

function verifyCase(
  { method, model, model_relative_to, model_modifications: changes = {}, verify }: Config,
  { folder, assets }: { readonly folder: string; readonly assets: string },
): string | undefined {
  const path = join(model_relative_to === 'test_dir' ? folder : assets, model)
  const pems = [...(verify.public_key ? [verify.public_key] : []), ...(verify.cert_chain ?? [])].flatMap(
    each => {
      try {
        return [readFileSync(join(assets, each), 'utf8')]
      } catch {
        return []
      }
    },
  )
  const files = new Map(filesOf(path).map(each => [each.path, each.hash]))
  for (const gone of changes.delete ?? []) files.delete(gone)
  for (const [name, text] of Object.entries({ ...changes.inject, ...changes.tamper }))
    files.set(name, hashOf(text))
  try {
    const bundle = parseBundle(readFileSync(join(folder, 'bundle.sig'), 'utf8'))
    if ((bundle.material.kind === 'key') !== (method === 'key')) return 'it was signed in another way'
    signedBy(bundle, trustOf(pems), new Date())
    const present = [...files].map(([name, hash]) => ({ path: name, hash }))
    const faults = compareFiles(readModelStatement(bundle.payload), present, verify.ignore_paths)
    const counted = faults.filter(({ kind }) => kind !== 'unsigned' || verify.ignore_unsigned_files !== true)
    return counted.length === 0 ? undefined : JSON.stringify(counted)
  } catch (error) {
    return (error as Error).message
  }
}

const hashOf = (bytes: Buffer | string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

function filesOf(path: string): SignedFile[] {
  if (statSync(path).isFile()) return [{ path: basename(path), hash: hashOf(readFileSync(path)) }]
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter(each => statSync(join(path, each)).isFile())
    .map(each => ({ path: each, hash: hashOf(readFileSync(join(path, each))) }))
}
