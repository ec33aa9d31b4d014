import type { IconName } from './icons.tsx'
import { Icon } from './icons.tsx'

type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'idle' | 'info'
type Look = readonly [word: string, icon: IconName, tone: Tone]

const looks: Readonly<Record<string, Look>> = {
  queued: ['queued', 'circle', 'idle'],
  running: ['running', 'running', 'busy'],
  paused: ['paused', 'pause', 'warn'],
  cancelling: ['cancelling', 'slash', 'warn'],
  complete: ['complete', 'check', 'good'],
  succeeded: ['succeeded', 'check', 'good'],
  finished: ['finished', 'check', 'good'],
  failed: ['failed', 'cross', 'bad'],
  killed: ['killed', 'slash', 'warn'],
  cancelled: ['cancelled', 'slash', 'idle'],
  waiting: ['waiting', 'circle', 'idle'],
  ready: ['ready', 'check', 'good'],
  reused: ['reused', 'equal', 'good'],
  blocked: ['blocked', 'block', 'warn'],
  skipped: ['skipped', 'block', 'idle'],
  leased: ['leased', 'circle', 'busy'],
  lost: ['lost', 'warn', 'warn'],
  timed_out: ['timed out', 'warn', 'bad'],
  undeployed: ['not deployed', 'circle', 'idle'],
  loading: ['loading', 'running', 'busy'],
  degraded: ['degraded', 'warn', 'warn'],
  down: ['down', 'cross', 'bad'],
  bad: ['problem', 'cross', 'bad'],
  warn: ['warning', 'warn', 'warn'],
  info: ['note', 'info', 'info'],
  good: ['good', 'check', 'good'],
  pass: ['pass', 'check', 'good'],
  fail: ['fail', 'cross', 'bad'],
  inconclusive: ['inconclusive', 'slash', 'warn'],
  error: ['error', 'warn', 'bad'],
  not_evaluated: ['not evaluated', 'block', 'idle'],
  fresh: ['fresh', 'check', 'good'],
  late: ['late', 'warn', 'warn'],
  never: ['never filled', 'circle', 'idle'],
  undeclared: ['no limit declared', 'circle', 'idle'],
  stale: ['stale', 'warn', 'warn'],
  unsafe: ['leak-safety assumed', 'warn', 'warn'],
  unused: ['unused', 'circle', 'idle'],
  idle: ['not live', 'circle', 'idle'],
  collected: ['in training sets', 'trainingSet', 'info'],
  trained: ['in a model', 'model', 'info'],
  live: ['live', 'deployment', 'info'],
}

/** A state as a shape and a word; the colour only repeats what they say. */
export function State({
  value,
  word,
  iconOnly = false,
}: {
  value: string
  word?: string
  iconOnly?: boolean
}) {
  const [text, icon, tone] = looks[value] ?? [value, 'circle', 'idle']
  return (
    <span className={`state tone-${tone}`} title={iconOnly ? (word ?? text) : undefined}>
      <Icon name={icon} size={14} />
      <span className={iconOnly ? 'sr-only' : undefined}>{word ?? text}</span>
    </span>
  )
}

/** States of a step that differ in tone from a run's: a ready step still waits for a worker. */
export function StepState({ value, iconOnly = false }: { value: string; iconOnly?: boolean }) {
  return value === 'ready' ? (
    <State value="queued" word="ready to run" iconOnly={iconOnly} />
  ) : (
    <State value={value} iconOnly={iconOnly} />
  )
}
