import { FettleError } from '../../kernel/errors/index.ts'
import { uuidv7 } from '../../kernel/ids.ts'
import type { Latency, ServedBy } from '../model.ts'
import type { Answered, AnsweredRow, Asked, Decode, DecodedRequest } from './answered.ts'
import { type Batch, decideShare, type Frame, type RequestFacts, type Target } from './decide.ts'
import type { FrontState } from './front-state.ts'
import type { LoadedRelease } from './load-release.ts'
import type { RequestParts } from './metrics.ts'
import type { Share } from './routing.ts'
import type { ServedDeployment } from './served-deployment.ts'

const longestDeadlineMillis = 60_000

/**
 * Answers a request in every dialect: rows are routed one by one, scored by release and recorded. Resolves when all
 * records are written as their releases ask. Rejects what the decoder throws, UNKNOWN_DEPLOYMENT, UNKNOWN_VERSION,
 * KILLED, NOT_READY, DEADLINE, OVERLOADED, LOG_UNWRITABLE, and what the lookup says of a key.
 */
export async function answerRequest<Request extends DecodedRequest>(
  state: FrontState,
  asked: Asked,
  decode: Decode<Request>,
): Promise<Answered<Request>> {
  const served = servedDeployment(state, asked.deployment)
  const lead = leadingRelease(served, asked.version)
  const request = decode(lead.signature, lead.release)
  const facts = factsOf(state, asked, { served, lead, request })
  const shares = sharesOf(served, lead, { asked, request, facts })
  hold(shares, facts, 1)
  const parts: RequestParts = {
    deployment: asked.deployment,
    targets: targetsOf(shares),
    counted: asked.kind === 'online',
  }
  try {
    const frames = await decideAll(shares, request, facts)
    const writing = allWritten(state, frames)
    if (writing) await writing
    const micros = (performance.now() - asked.started) * 1000
    state.metrics.answered(parts, frames, { micros, slow: micros > lead.deadlineMillis * 1000 })
    offerToShadows(state, served, frames)
    return answeredOf(request, lead, { facts, frames })
  } catch (thrown) {
    const failed = thrown instanceof SharesFailed ? thrown.targets : parts.targets
    const error = thrown instanceof SharesFailed ? thrown.cause : thrown
    if (!asked.gone?.aborted) state.metrics.broke({ ...parts, failed }, error)
    throw error
  } finally {
    hold(shares, facts, -1)
  }
}

/** Scorers that a request may need do not go before it has ended. */
function hold(shares: readonly Share<Target>[], { champion, former }: RequestFacts, by: 1 | -1): void {
  for (const { target } of shares) target.loaded.users += by
  if (champion) champion.users += by
  if (former) former.users += by
}

function targetsOf(shares: readonly Share<Target>[]): readonly Target[] {
  const targets = shares.map(({ target }) => target)
  return targets.length === 1 ? targets : [...new Set(targets)]
}

/** Some of the shares could not be decided: nothing of the request is recorded. */
class SharesFailed extends Error {
  readonly targets: readonly Target[]
  constructor(targets: readonly Target[], cause: unknown) {
    super('shares failed', { cause })
    this.targets = targets
  }
}

function servedDeployment(state: FrontState, name: string): ServedDeployment {
  const served = state.releases.find(name)
  if (!served)
    throw new FettleError('UNKNOWN_DEPLOYMENT', `there is no deployment ${JSON.stringify(name.slice(0, 80))}`)
  if (served.killed === 'closed') throw new FettleError('KILLED', `deployment ${name} is switched off`)
  return served
}

/** The champion, or the release that was asked for by number. */
function leadingRelease(
  { name, current, loaded, killed }: ServedDeployment,
  version: string | undefined,
): LoadedRelease {
  if (version === undefined || version === String(current?.release.number)) {
    if (current) return current
    if (version === undefined) throw new FettleError('NOT_READY', `no release of ${name} answers yet`)
  }
  const found = loaded.find(({ release }) => String(release.number) === version)
  if (!found)
    throw new FettleError(
      'UNKNOWN_VERSION',
      `release ${JSON.stringify((version ?? '').slice(0, 20))} of ${name} is not loaded`,
    )
  if (killed === 'challengers')
    throw new FettleError('KILLED', `every release of ${name} but the champion is switched off`)
  return found
}

interface Leading<Request> {
  readonly served: ServedDeployment
  readonly lead: LoadedRelease
  readonly request: Request
}

function factsOf(
  state: FrontState,
  asked: Asked,
  { served, lead, request }: Leading<DecodedRequest>,
): RequestFacts {
  const { started, headerMillis, gone } = asked
  // The least of the header, the dialect's own limit and the deployment's deadline.
  const millis = Math.min(
    lead.deadlineMillis,
    longestDeadlineMillis,
    headerMillis ?? longestDeadlineMillis,
    request.timeoutMillis ?? longestDeadlineMillis,
  )
  const base = uuidv7()
  const receivedAt = state.clock.nowMicros()
  return {
    base,
    requestId: request.id ?? base,
    kind: asked.kind,
    caller: asked.caller,
    decodedBy: lead,
    decodeMicros: (performance.now() - started) * 1000,
    deadline: started + millis,
    receivedAt,
    asOf: state.featureClock === state.clock ? receivedAt : state.featureClock.nowMicros(),
    scoring: { priority: request.priority ?? asked.priority, ...(gone ? { gone } : {}) },
    modelOff: served.modelOff,
    champion: served.current,
    former: served.former,
    clock: state.clock,
  }
}

function sharesOf(
  { router }: ServedDeployment,
  lead: LoadedRelease,
  {
    asked,
    request,
    facts,
  }: { readonly asked: Asked; readonly request: DecodedRequest; readonly facts: RequestFacts },
): readonly Share<Target>[] {
  if (asked.version === undefined && router) return router.assign(request.rows, facts.requestId)
  const target: Target = { arm: 'pinned', loaded: lead, withoutModel: false }
  return [{ target, assignment: null, drawn: null, reason: 'version' }]
}

/** Every share is decided before any is recorded: what fails leaves no record. */
function decideAll(
  shares: readonly Share<Target>[],
  batch: Batch,
  facts: RequestFacts,
): Promise<readonly Frame[]> {
  const [only] = shares
  return only && shares.length === 1 ? decideShare(only, batch, facts) : decideShares(shares, batch, facts)
}

async function decideShares(
  shares: readonly Share<Target>[],
  batch: Batch,
  facts: RequestFacts,
): Promise<readonly Frame[]> {
  const decided = await Promise.allSettled(shares.map(share => decideShare(share, batch, facts)))
  const first = decided.find(each => each.status === 'rejected')
  if (first)
    throw new SharesFailed(
      shares.flatMap(({ target }, at) => (decided[at]?.status === 'rejected' ? [target] : [])),
      first.reason,
    )
  return decided.flatMap(each => (each.status === 'fulfilled' ? each.value : []))
}

/** Undefined: nothing is to be written. */
function allWritten(state: FrontState, frames: readonly Frame[]): Promise<unknown> | undefined {
  const [only] = frames
  return only && frames.length === 1
    ? written(state, only)
    : Promise.all(frames.map(frame => written(state, frame)))
}

function written({ log }: FrontState, frame: Frame): Promise<void> | undefined {
  const level = frame.by.release.log
  return level === 'none' || frame.rows.length === 0 ? undefined : log.append(frame, level)
}

/** When the reply has been handed over, and not before. */
function offerToShadows(state: FrontState, served: ServedDeployment, frames: readonly Frame[]): void {
  const { shadows, name } = served
  if (shadows.length === 0 || state.draining) return
  const recorded = frames.filter(({ by, rows }) => by.release.log !== 'none' && rows.length > 0)
  const answersWaiting = () => state.releases.find(name)?.current?.pool.state().queuedRows ?? 0
  const { log, clock } = state
  setImmediate(() => {
    for (const shadow of shadows) shadow.offer(recorded, { log, clock, answersWaiting })
  })
}

function answeredOf<Request extends DecodedRequest>(
  request: Request,
  { release }: LoadedRelease,
  { facts, frames }: { readonly facts: RequestFacts; readonly frames: readonly Frame[] },
): Answered<Request> {
  const rows: AnsweredRow[] = new Array(request.rows.length)
  for (const frame of frames) {
    const { servedBy, degradedReasons, arm, note } = frame
    for (const { row, score, acted } of frame.rows)
      rows[row] = { score, acted, servedBy, degradedReasons, release: note.release, arm }
  }
  const [first] = frames
  const same = <T>(of: (frame: Frame) => T, none: T): T | 'mixed' => {
    if (first === undefined) return none
    return frames.length === 1 || frames.every(frame => of(frame) === of(first)) ? of(first) : 'mixed'
  }
  return {
    request,
    base: facts.base,
    requestId: facts.requestId,
    rows,
    release,
    answeredBy: String(same(({ note }) => note.release, release.number)),
    arm: same(({ arm }) => arm, 'champion'),
    servedBy: same<ServedBy>(({ servedBy }) => servedBy, 'model'),
    degradedReasons:
      frames.length === 1
        ? (first?.degradedReasons ?? [])
        : [...new Set(frames.flatMap(({ degradedReasons }) => degradedReasons))],
    logged: frames.every(({ by }) => by.release.log !== 'none'),
    ...(first ? { latency: slowest(frames, first) } : {}),
  }
}

function slowest(frames: readonly Frame[], first: Frame): Latency {
  const total = ({ latency }: Frame) => latency.lookup + latency.queue + latency.score
  return frames.reduce((worst, frame) => (total(frame) > total(worst) ? frame : worst), first).latency
}
