import type { Micros } from '../../kernel/time.ts'

/** What a page of runs shows. A member that is absent leaves the page's default. */
export interface ViewContent {
  /** In the search grammar of runs. */
  readonly filter?: string
  /** One order item, `identifier [ASC|DESC]`. */
  readonly orderBy?: string
  /** `metrics.auc`, `metrics.auc.max`, `params.depth`, `tags.team`, in the order shown. */
  readonly columns?: readonly string[]
  /** How the runs are shown: a word of the page. */
  readonly show?: string
  readonly charts?: readonly string[]
  /** Run ids. */
  readonly pinned?: readonly string[]
}

/** A named way to look at the runs of an experiment. */
export interface SavedView {
  readonly id: string
  /** Experiment id. */
  readonly experiment: string
  /** One of its kind in the experiment. */
  readonly name: string
  /** Who made it: only the owner changes or removes it. */
  readonly owner: string
  /** 1, 2, 3 …: earlier versions stay readable. */
  readonly version: number
  readonly at: Micros
  readonly by: string
  readonly content: ViewContent
}

export type ViewVersion = Pick<SavedView, 'version' | 'at' | 'by'>
