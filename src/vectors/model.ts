import type { OfflineEngine, OnlineStore } from '../features/index.ts'
import type { LosslessJson } from '../kernel/values/index.ts'

/** What the players run against: constructors of the real adapters, handed in by the program. */
export interface VectorRuntime {
  createEngine(): OfflineEngine
  /** An empty online store in a folder of its own. */
  openStore(folder: string): OnlineStore | Promise<OnlineStore>
  /** The control plane's server over an empty store in the folder, listening on this machine only. */
  startTracking(folder: string): Promise<RunningServer>
}

export interface RunningServer {
  readonly url: string
  close(): Promise<void>
}

export type CaseOutcome =
  | { readonly state: 'passed' }
  /** The first difference, as one line. */
  | { readonly state: 'failed'; readonly difference: string }
  | { readonly state: 'not-implemented'; readonly what: string }

export interface PlayedCase {
  readonly name: string
  readonly outcome: CaseOutcome
}

/** One object of a vector file. */
export type VectorObject = ReadonlyMap<string, LosslessJson>

export interface PlayContext {
  readonly runtime: VectorRuntime
  /** Empty folder for this file; removed afterwards. */
  readonly folder: string
  /** `shared` of the file. */
  readonly shared: VectorObject
}

export type Player = (file: VectorObject, context: PlayContext) => AsyncIterable<PlayedCase>

export const passed: CaseOutcome = { state: 'passed' }

export function failed(difference: string): CaseOutcome {
  return { state: 'failed', difference }
}

export function notImplemented(what: string): CaseOutcome {
  return { state: 'not-implemented', what }
}
