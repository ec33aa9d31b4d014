import type { Micros } from '../../kernel/time.ts'
import type { CardNote, ModelCard } from './model.ts'

/** Cards by the digest of their version. */
export interface CardStore {
  findFrozenCard(digest: string): Promise<ModelCard | undefined>
  /** The first stays. */
  freezeCard(card: ModelCard, at: Micros): Promise<void>
  putCardNote(digest: string, note: CardNote): Promise<void>
  listCardNotes(digest: string): Promise<readonly CardNote[]>
}
