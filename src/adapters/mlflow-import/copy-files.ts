import { sha256Hex } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Copying } from './copy.ts'
import { type FileOwner, type SourceFile, UnreadableFiles } from './model.ts'

const uploadsAtATime = 4

/** Sends the files of an owner that are not there with the same size and time of change. */
export async function copyFiles(copying: Copying, owner: FileOwner, experiment: string): Promise<void> {
  const { source, target, journal, report, progress } = copying
  const to = { kind: owner.kind, id: owner.id, experiment }
  const copyFile = async (file: SourceFile) => {
    const key = `file:${owner.id}:${sha256Hex(file.path)}`
    const mark = `${file.bytes}:${file.mark}`
    if (file.mark !== '' && journal.get(key) === mark) return
    await target.upload(to, file)
    report.files++
    report.bytes += file.bytes
    progress(report)
    await journal.set(key, mark)
  }
  const under: Promise<void>[] = []
  try {
    for await (const file of source.files(owner)) {
      under.push(refusedOr(copying, `${owner.kind} ${owner.id}: ${file.path}`, copyFile(file)))
      if (under.length >= uploadsAtATime) await Promise.all(under.splice(0))
    }
  } catch (error) {
    if (!(error instanceof UnreadableFiles)) throw error
    report.unread[error.message] = (report.unread[error.message] ?? 0) + 1
  } finally {
    await Promise.all(under)
  }
}

/** A file that is refused, for its name or because it went away, does not hold up the others. */
async function refusedOr({ report }: Copying, name: string, work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    const { code } = error as { readonly code?: string }
    if (!(error instanceof FettleError) && code !== 'ENOENT') throw error
    if (code === 'DISK_FULL' || code === 'SERVER_UNREACHABLE') throw error
    report.refused.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
