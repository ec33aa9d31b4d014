import type { SourceData } from '../../../definitions/model.ts'
import type { OfflineSession } from '../../../features/index.ts'
import type { Statements } from './connection.ts'

/** What the parts of a session share. */
export interface Workspace extends Statements, Pick<OfflineSession, 'dialect' | 'addRows'> {
  readonly projectFolder: string
  readonly signal: AbortSignal | undefined
  /** Sources added so far, by name: what SQL may refer to. */
  readonly added: Map<string, SourceData>
}
