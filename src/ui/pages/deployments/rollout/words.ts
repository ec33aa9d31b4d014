import type {
  DeploymentRolloutsView,
  RolloutLogRowView,
  RolloutNextView,
  RolloutSummaryView,
  RolloutView,
} from '../../../../api/rollouts.ts'
import { formatNumber, formatShare } from '../../../format.ts'

export type RolloutState = RolloutSummaryView['state']
export type Arm = DeploymentRolloutsView['traffic'][number]['arm']
export type KillLevel = NonNullable<DeploymentRolloutsView['kill']>['level']
export type NextEvent = RolloutNextView['event']

export const percentText = (percent: number): string => formatShare(percent / 100)

const over: ReadonlySet<RolloutState> = new Set(['champion', 'retired', 'aborted', 'rolled_back'])

/** Neither ended nor champion: it may still move. */
export function isUnderWay({ state }: Pick<RolloutSummaryView, 'state'>): boolean {
  return !over.has(state)
}

/** A look of the state table, and the word that stands beside it. */
export const stateLooks: Readonly<Record<RolloutState, readonly [look: string, word: string]>> = {
  verified: ['waiting', 'verified'],
  shadow: ['running', 'shadow'],
  canary: ['running', 'canary'],
  probation: ['running', 'probation'],
  champion: ['good', 'champion'],
  held: ['paused', 'held'],
  retired: ['cancelled', 'retired'],
  aborted: ['fail', 'aborted'],
  rolled_back: ['fail', 'rolled back'],
}

export const armWords: Readonly<Record<Arm, string>> = {
  champion: 'champion',
  challenger: 'challenger',
  control: 'control',
  holdback: 'held back',
  fallback: 'fallback',
  closed: 'refused',
}

/** What an arm is for, for whoever meets the word. */
export const armMeanings: Readonly<Record<Arm, string>> = {
  champion: 'answered by the release that serves',
  challenger: 'answered by the release that is tried',
  control: 'answered by the champion, drawn like the challenger’s to compare with',
  holdback: 'answered without the model for good, to know what it is worth',
  fallback: 'answered by the fallback: the model is switched off',
  closed: 'refused: the deployment is closed',
}

/** Why it is held or how it ended, in words; other codes are shown as they are. */
const causes: Readonly<Record<string, string>> = {
  person: 'a person said so',
  harm: 'harm was proven',
  guard: 'a guard on errors, slowness or fallbacks broke',
  contract: 'a contract failed',
  superseded: 'a newer release took its place',
  inconclusive: 'twice the planned rows decided nothing',
  'measuring-error': 'nothing could be measured',
  'sample-ratio': 'units were not split as the weights say',
  'stale-labels': 'probation went beyond its limit',
  capacity: 'there was no room to run it',
  'guards-hold': 'every guard held',
  'champion-changing': 'another release went on probation: this one was compared with the old champion',
  clear: 'everything was measured again',
  standby: 'its standby time was over',
  drill: 'the rehearsed rollback failed',
}

export function causeText(cause: string | null): string {
  return cause === null ? 'no cause is given' : (causes[cause] ?? cause.replaceAll('-', ' '))
}

/** Each event of a rollout: the word on its button, and what a journal says once it was done. */
export const eventWords: Readonly<Record<NextEvent, readonly [button: string, done: string]>> = {
  verify_passed: ['Verified', 'Verified'],
  start_shadow: ['Start the shadow', 'Shadow started'],
  first_release: ['First release', 'First release took all traffic'],
  start_canary: ['Start the canary', 'Canary started'],
  step_up: ['Step up', 'Stepped up'],
  start_probation: ['Start probation', 'Probation started'],
  confirm: ['Confirm as champion', 'Confirmed as champion'],
  superseded: ['Superseded', 'Retired: another is champion'],
  hold: ['Hold', 'Held'],
  resume: ['Resume', 'Resumed'],
  abort: ['Abort', 'Aborted'],
  roll_back: ['Roll back', 'Rolled back'],
  reinstated: ['Reinstated', 'Champion again'],
  step_down: ['Step down', 'Stepped down'],
}

const deploymentEvents = {
  kill_set: 'Kill level set',
  kill_lifted: 'Kill level lifted',
  incident_opened: 'Incident opened',
  incident_closed: 'Incident closed',
  terms_set: 'Terms set as declared',
  replaced: 'Replaced at once',
  standby_ended: 'Kept warm no longer',
} as const

/** What a journal says of a row. */
export function doneText(event: RolloutLogRowView['event']): string {
  return event in deploymentEvents
    ? deploymentEvents[event as keyof typeof deploymentEvents]
    : eventWords[event as NextEvent][1]
}

const forward: ReadonlySet<NextEvent> = new Set([
  'start_shadow',
  'start_canary',
  'step_up',
  'start_probation',
  'confirm',
])

/** The event on the way to champion, if one may follow. */
export function forwardOf({ next }: Pick<RolloutView, 'next'>): RolloutNextView | undefined {
  return next.find(({ event }) => forward.has(event))
}

export const killWords: Readonly<Record<KillLevel | 'lift', readonly [title: string, effect: string]>> = {
  challengers: [
    'Challengers off',
    'Only the champion answers. Canaries and shadows stop; their stages stay where they are.',
  ],
  model: ['Model off', 'No model is asked: every request is answered by the fallback, marked degraded.'],
  closed: ['Closed', 'Every prediction is refused. Callers get an error and must do without.'],
  lift: ['Lift', 'Traffic goes where the weights say again, also where a serving host had set a level.'],
}

/** `release 5`, or what stands for one that nobody knows. */
const releaseText = (release: { readonly number: number } | null, otherwise: string): string =>
  release === null ? otherwise : `release ${release.number}`

/** What an event does to the traffic, as one who must decide reads it. */
export function effectOf(
  { release, champion, weight, steps }: Pick<RolloutView, 'release' | 'champion' | 'weight' | 'steps'>,
  { event, weight: after }: Pick<RolloutNextView, 'event' | 'weight'>,
): string {
  const own = `Release ${release.number}`
  const other = releaseText(champion, 'the release that served before')
  switch (event) {
    case 'start_shadow':
      return `${own} scores what ${other} answers, beside it. Nobody is answered by it.`
    case 'start_canary':
      return `${percentText(after)} of the units are answered by release ${release.number} from the next second on, as many by ${other} as a control. Each unit stays with its arm.`
    case 'step_up':
      return `${own} answers ${percentText(after)} of the units instead of ${percentText(weight)}. Who has it keeps it; the others stay with ${other}.`
    case 'start_probation':
      return `${own} answers everything. Release ${champion?.number ?? '?'} stays loaded and scores beside it, so that the way back takes a second.`
    case 'confirm':
      return `${own} becomes champion. Traffic does not change; ${other} retires and stays warm for the standby time.`
    case 'hold':
      return `Traffic stays at ${percentText(weight)}. The clocks stand still and nothing raises it until a person resumes it.`
    case 'resume':
      return `It goes on where it was held, with ${percentText(after)} of traffic. Its clocks go on.`
    case 'step_down':
      return `${own} answers ${percentText(after)} of the units instead of ${percentText(weight)}; ${other} answers the rest. It may step up again${steps.length > 0 ? ' when its guards hold' : ''}.`
    case 'abort':
      return weight > 0
        ? `${own} answers nobody from the next second on: its ${percentText(weight)} go back to ${other}. It cannot be resumed; a new rollout needs a reason.`
        : `${own} stops scoring. Traffic does not change. It cannot be resumed; a new rollout needs a reason.`
    case 'roll_back':
      return `${capital(releaseText(champion, 'the former champion, or the fallback where there is none,'))} answers everything from the next second on. Release ${release.number} answers nobody.`
    default:
      return 'Traffic follows the log.'
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** How what was done is undone. */
export const undoOf: Readonly<Partial<Record<NextEvent, string>>> = {
  start_shadow: 'Abort it: it never answered anybody.',
  start_canary: 'Hold, step down or abort it at any time.',
  step_up: 'Step down or abort it at any time.',
  start_probation: 'Roll back: the former champion is warm and answers within a second.',
  confirm: 'Roll back while the former champion is in standby.',
  hold: 'Resume it.',
  resume: 'Hold it again.',
  step_down: 'Step up again when its guards hold.',
  abort: 'Start a new rollout of the release; it begins with the shadow.',
  roll_back: 'Start a new rollout of the release; it begins with the shadow.',
}

/** The line that does the same. */
export function commandOf(deployment: string, event: NextEvent, weight: number): string {
  const said = '--reason …'
  if (forward.has(event)) return `fettle rollout promote ${deployment} ${said}`
  if (event === 'step_down') return `fettle rollout step ${deployment} --to ${formatNumber(weight)} ${said}`
  const word = event === 'roll_back' ? 'rollback' : event
  return `fettle rollout ${word} ${deployment} ${said}`
}

/** Where a rollout stands, in one sentence. */
export function standingText(rollout: RolloutView): string {
  const { release, champion, state, heldFrom, weight, cause, step, steps } = rollout
  const own = `Release ${release.number}`
  const other = releaseText(champion, 'nobody else')
  const where = state === 'held' ? heldFrom : state
  switch (where) {
    case 'verified':
      return `${own} passed the gate and waits to be started.${heldText(rollout)}`
    case 'shadow':
      return `${own} scores beside ${other} and answers nobody.${heldText(rollout)}`
    case 'canary':
      if (rollout.kill !== null)
        return `${own} would answer ${percentText(weight)} of the units; a kill level is set, and it answers nobody.${heldText(rollout)}`
      return `${own} answers ${percentText(weight)} of the units, ${other} the rest: step ${(step ?? 0) + 1} of ${steps.length}.${heldText(rollout)}`
    case 'probation':
      if (rollout.kill !== null && rollout.kill.level !== 'challengers')
        return `${own} is on probation; a kill level is set, and it answers nobody.${heldText(rollout)}`
      return champion === null
        ? `${own} answers everything, on probation.${heldText(rollout)}`
        : `${own} answers everything, on probation; ${other} is warm behind it.${heldText(rollout)}`
    case 'champion':
      return `${own} is champion.`
    case 'retired':
      return `${own} was champion and has retired.`
    default:
      return `${own} was ${state === 'aborted' ? 'aborted' : 'rolled back'}: ${causeText(cause)}.`
  }
}

function heldText({ state, cause }: Pick<RolloutView, 'state' | 'cause'>): string {
  return state === 'held' ? ` It is held, for ${causeText(cause)}.` : ''
}

/** What would make a guard hold that does not. */
export const guardAdvice: Readonly<Record<string, string>> = {
  'stage-time': 'Only time: nothing else shortens it.',
  measured: 'A look that succeeds. The notes of the newest look say what is missing.',
  harm: 'Nothing by waiting: harm is proven. Take it back, look at the flips, train or threshold again.',
  coverage: 'Fewer lost shadow scores: more shadow capacity, or a smaller share to be scored.',
  'planned-n': 'More rows whose labels are known. At today’s rate the time stands beside it.',
  contracts: 'More rows, or another model: the evidence says which cell is open.',
  'sample-ratio':
    'Find who is split wrongly: pins, exclusions, a unit that changes. Resuming begins the step’s evidence anew.',
  operations: 'Fewer errors, slow answers or fallbacks than the limit. Take it back if it is the release.',
  matured: 'Labels that come in. Nothing else decides it.',
  lease: 'The other rollout must end, or go back to its first step.',
  approvals: 'Somebody who did not start it approves it.',
  purpose: 'Declare what the deployment is for, with its number.',
  champion: 'Deploy a first release.',
  verdict: 'Verify the release again.',
  'contracts-unchanged': 'Start a new rollout: this one is judged by contracts that are declared no more.',
}

const rawNames: readonly (readonly [RegExp, string])[] = [
  [/\berror_rate\b/g, 'errors'],
  [/\bslow_rate\b/g, 'slow answers'],
  [/\bdegraded_share\b/g, 'fallbacks'],
  [/\bunknown: ([a-z-]+)/g, 'not measured: $1'],
]

/** Numbers of a guard without the names of the machine. */
export function plainGuard(text: string): string {
  return rawNames.reduce((said, [raw, word]) => said.replace(raw, word), text)
}

export const guardTitles: Readonly<Record<string, string>> = {
  'stage-time': 'Time in this stage',
  measured: 'Fresh evidence',
  harm: 'No harm on a protected cell',
  coverage: 'Answers with a pair',
  'planned-n': 'Planned rows reached',
  contracts: 'Contracts of this stage',
  'sample-ratio': 'Units split as the weights say',
  operations: 'Errors, slowness, fallbacks',
  matured: 'Labels known',
  lease: 'No other beyond its first step',
  approvals: 'Approvals',
  purpose: 'Purpose declared',
  champion: 'A champion to compare with',
  verdict: 'Verdict of the gate',
  'contracts-unchanged': 'Contracts as it began',
}
