import type { Json } from '../kernel/canonical.ts'

export type ActionInput =
  | { readonly kind: 'file' | 'directory'; readonly path: string; readonly hash: string }
  | { readonly kind: 'json'; readonly value: Json; readonly hash: string }

/** What an action hands back for each declared output: a path inside `outputFolder`, or a value. */
export type ActionOutput =
  | { readonly kind: 'file' | 'directory'; readonly path: string }
  | { readonly kind: 'json'; readonly value: Json }

/** What a step body gets. It runs in a child process of its own; blocking is its own business. */
export interface ActionContext {
  readonly run: string
  readonly pipeline: string
  readonly step: string
  readonly attempt: number
  readonly seed: number
  readonly params: Json
  readonly inputs: Readonly<Record<string, ActionInput>>
  /** Fresh folder of this attempt; outputs are written below it. */
  readonly outputFolder: string
  /** Private folder for anything temporary, removed afterwards. */
  readonly scratchFolder: string
  /** Where relative paths of the project's sources start. */
  readonly projectFolder: string
  /** Writes one line to the step's log. */
  log(line: string): void
  /** At least once a second for work over two seconds; throttled by the receiver. */
  progress(update: {
    readonly done: number
    readonly total: number | null
    readonly unit: string
    readonly message: string
  }): void
  /** Aborted on cancel; stop within two seconds. */
  readonly signal: AbortSignal
}

export type Action = (context: ActionContext) => Promise<Readonly<Record<string, ActionOutput>>>
