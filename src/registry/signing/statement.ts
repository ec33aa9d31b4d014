import { createHash } from 'node:crypto'
import type { ModelFile } from '../model.ts'
import { invalidSignature, objectAt, parseJson } from './bundle.ts'

const statementType = 'https://in-toto.io/Statement/v1'
const signaturePredicate = 'https://model_signing/signature/v1.0'

/** What the bytes of a file must hash to, as `sha256:<hex>`. */
export type SignedFile = Pick<ModelFile, 'path' | 'hash'>

/** Paths at the top of a model that no signature covers, by the specification. */
const ignored = ['.git', '.gitattributes', '.github', '.gitignore']

/**
 * The statement of OpenSSF Model Signing 1.0 over files: one subject, whose digest is SHA-256 over the digests of all
 * files in the order of their paths (code points), and each file with its digest.
 */
export function modelStatement(name: string, files: readonly SignedFile[]): object {
  const resources = byPath(files.filter(({ path }) => !isIgnored(path, ignored))).map(({ path, hash }) => ({
    name: path,
    algorithm: 'sha256',
    digest: hash.replace(/^sha256:/, ''),
  }))
  return {
    _type: statementType,
    subject: [{ name, digest: { sha256: rootDigest(resources) } }],
    predicateType: signaturePredicate,
    predicate: {
      serialization: { method: 'files', hash_type: 'sha256', allow_symlinks: false, ignore_paths: ignored },
      resources,
    },
  }
}

export interface SignedFiles {
  readonly files: readonly SignedFile[]
  /** Paths that were left out when it was signed, with all below them. */
  readonly ignored: readonly string[]
}

/** What a payload says was signed. Throws SIGNATURE_INVALID. */
export function readModelStatement(payload: Uint8Array): SignedFiles {
  const statement = objectAt(parseJson(Buffer.from(payload).toString('utf8')), 'the statement')
  if (statement['_type'] !== statementType)
    throw invalidSignature('it is over no in-toto statement of version 1')
  if (statement['predicateType'] !== signaturePredicate)
    throw invalidSignature(`its predicate is not ${signaturePredicate}`)
  const predicate = objectAt(statement['predicate'], 'the predicate')
  const serialization = objectAt(predicate['serialization'], 'serialization')
  if (serialization['method'] !== 'files' || serialization['hash_type'] !== 'sha256')
    throw invalidSignature('its files are not hashed whole with SHA-256, which is all that is verified here')
  const resources = listAt(predicate['resources'], 'resources').map(readResource)
  if (resources.length === 0) throw invalidSignature('it covers no file')
  const [subject, ...more] = listAt(statement['subject'], 'subject')
  if (subject === undefined || more.length > 0) throw invalidSignature('it has not exactly one subject')
  const { sha256 } = objectAt(objectAt(subject, 'the subject')['digest'], 'the digest')
  if (sha256 !== rootDigest(resources)) throw invalidSignature('its root digest is not that of its files')
  const paths = serialization['ignore_paths'] ?? []
  return {
    files: resources.map(({ name, digest }) => ({ path: name, hash: `sha256:${digest}` })),
    ignored: [...ignored, ...listAt(paths, 'ignore_paths').map(String)],
  }
}

interface Resource {
  readonly name: string
  readonly digest: string
}

function readResource(value: unknown): Resource {
  const { name, digest, algorithm } = objectAt(value, 'a resource')
  if (algorithm !== 'sha256' || typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest))
    throw invalidSignature('a file of it has no SHA-256')
  if (typeof name !== 'string' || name === '' || name.startsWith('/') || name.split('/').includes('..'))
    throw invalidSignature('a file of it has no usable path')
  return { name, digest }
}

function listAt(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalidSignature(`${what} is no list`)
  return value
}

function rootDigest(resources: readonly Resource[]): string {
  const hash = createHash('sha256')
  for (const { digest } of resources) hash.update(Buffer.from(digest, 'hex'))
  return hash.digest('hex')
}

/** UTF-8 keeps the order of code points. */
const byPath = (files: readonly SignedFile[]): readonly SignedFile[] =>
  [...files].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))

const isIgnored = (path: string, paths: readonly string[]): boolean =>
  paths.some(each => path === each || path.startsWith(`${each}/`))

export interface FileFault {
  readonly path: string
  readonly kind: 'altered' | 'missing' | 'unsigned'
}

/** What differs between the files that were signed and those that are there; `except`: further paths nobody signed. */
export function compareFiles(
  { files: signed, ignored: left }: SignedFiles,
  present: readonly SignedFile[],
  except: readonly string[] = [],
): readonly FileFault[] {
  const there = new Map(present.map(({ path, hash }) => [path, hash]))
  const [only] = present
  // Signers before 1.1 write `.` for a model that is one file.
  const files =
    signed.length === 1 && signed[0]?.path === '.' && only ? [{ ...signed[0], path: only.path }] : signed
  const covered = new Set(files.map(({ path }) => path))
  return [
    ...files.flatMap(({ path, hash }): readonly FileFault[] => {
      const found = there.get(path)
      if (found === hash) return []
      return [{ path, kind: found === undefined ? 'missing' : 'altered' }]
    }),
    ...present.flatMap(({ path }): readonly FileFault[] =>
      covered.has(path) || isIgnored(path, [...left, ...except]) ? [] : [{ path, kind: 'unsigned' }],
    ),
  ]
}
