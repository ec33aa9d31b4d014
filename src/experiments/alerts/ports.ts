import type { Micros } from '../../kernel/time.ts'
import type { AlertRule, RunAlert } from './model.ts'

export interface RunAlertStore {
  /** By age. */
  rules(): Promise<readonly AlertRule[]>
  addRule(rule: AlertRule): Promise<void>
  /** False when there is none. */
  removeRule(id: string): Promise<boolean>
  /** False when there is none. */
  mute(id: string, until: Micros | null): Promise<boolean>
  /** False when the rule has found something in the run before. */
  open(alert: Omit<RunAlert, 'closedAt'>): Promise<boolean>
  /** Open ones of a rule in a run; answers whether there was one. */
  close(rule: string, run: string, at: Micros): Promise<boolean>
  /** Newest first. */
  list(query: {
    readonly run?: string
    readonly experiment?: number
    readonly rule?: string
    /** Only those that are not closed. */
    readonly open?: boolean
    readonly limit: number
  }): Promise<readonly RunAlert[]>
}
