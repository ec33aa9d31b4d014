/** What comes next of a feed. */
export interface FeedPiece {
  /** Where the piece after this one begins. */
  readonly end: string
  /** One JSON object each, with the place it is reported by. */
  readonly lines: readonly { readonly at: string; readonly text: string }[]
}

/** A place rows come from, each once and in an order that never changes. */
export interface FeedReader {
  /** What follows a position (null: the beginning); undefined when there is nothing yet. The same position gives the same start. */
  next(after: string | null): Promise<FeedPiece | undefined>
  close(): Promise<void>
}
