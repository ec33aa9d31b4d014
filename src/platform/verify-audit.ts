import { createReadStream, readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import {
  type AuditLink,
  type AuditService,
  type AuditVerification,
  auditPublicKey,
  createAuditService,
  verifyAuditChain,
} from '../governance/index.ts'
import { canonicalJson } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { messageOf } from '../kernel/message-of.ts'
import { formatTimestamp, parseTimestamp } from '../kernel/time.ts'
import { readProjectFile } from '../projects/project-file.ts'
import { anchorFile, readAnchors } from './audit-anchors.ts'
import { foldersOf } from './folders.ts'
import { anchorKey } from './project-keys.ts'
import { openMetadataStore } from './storage.ts'

export interface VerifyAuditOptions {
  /** A file of signed anchors; that of the project when left out. */
  readonly anchors?: string
  /** An export to read instead of the metadata store: then nothing of the project is needed but `key`. */
  readonly export?: string
  /** PEM of the public key that the anchors must be signed with; the project's when left out. */
  readonly key?: string
}

/** Reads a project's audit, where it is stored or as it was exported, from its first row on. Throws METADATA_UNAVAILABLE, USAGE. */
export async function verifyAudit(
  folder: string,
  options: VerifyAuditOptions = {},
): Promise<AuditVerification> {
  const { root } = foldersOf(folder)
  const path = options.anchors ?? anchorFile(root)
  const all = readAnchors(path, options.anchors !== undefined)
  const name = options.anchors === undefined ? (await readProjectFile(folder)).project : undefined
  const anchors = all.filter(each => name === undefined || each.project === name)
  const publicKey = () =>
    options.key === undefined ? auditPublicKey(anchorKey(root)) : readFileSync(options.key, 'utf8')
  const evidence = anchors.length === 0 ? undefined : { anchors, publicKey: publicKey() }
  return options.export === undefined
    ? withAudit(folder, audit => audit.verify(evidence))
    : verifyAuditChain(exportedLinks(options.export), evidence)
}

/** Writes the whole audit as JSON lines, synced, and answers how many rows; the public key of its anchors comes first. */
export async function exportAudit(folder: string, out: string): Promise<number> {
  const publicKey = auditPublicKey(anchorKey(foldersOf(folder).root))
  return withAudit(folder, async audit => {
    const file = await open(out, 'wx')
    let count = 0
    try {
      await file.write(`${JSON.stringify({ schema: 1, publicKey })}\n`)
      for await (const { at, ...link } of audit.links()) {
        await file.write(`${canonicalJson({ ...link, at: formatTimestamp(at) })}\n`)
        count += 1
      }
      await file.sync()
    } finally {
      await file.close()
    }
    return count
  })
}

async function withAudit<Result>(
  folder: string,
  work: (audit: AuditService) => Promise<Result>,
): Promise<Result> {
  const { providers } = await readProjectFile(folder)
  const database = await openMetadataStore(providers, foldersOf(folder))
  try {
    return await work(createAuditService({ uow: database }))
  } finally {
    await database.close()
  }
}

async function* exportedLinks(path: string): AsyncGenerator<AuditLink> {
  let number = 0
  try {
    for await (const line of createInterface({
      input: createReadStream(path),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      number += 1
      if (number > 1 && line !== '') yield linkOf(JSON.parse(line))
    }
  } catch (cause) {
    throw new FettleError('USAGE', `line ${number} of ${path} is no row of an audit: ${messageOf(cause)}`, {
      cause,
    })
  }
}

function linkOf({ at, ...link }: Omit<AuditLink, 'at'> & { readonly at: string }): AuditLink {
  const micros = parseTimestamp(at)
  if (micros === undefined) throw new TypeError('its time is no RFC 3339 time')
  return { ...link, at: micros }
}
