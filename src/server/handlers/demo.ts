import type { DemoView, TriedView } from '../../api/demo.ts'
import type { RouteBody } from '../../api/routes.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp, type Micros } from '../../kernel/time.ts'
import type { DemoLink, DemoLinks } from '../demo-links.ts'
import { demoProfiles } from '../demo-profile.ts'
import { decisionToWire, deploymentToWire } from '../map/deployments.ts'
import { fromWireJson, type WireJson } from '../map/json.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'

type DemoRoutes =
  | 'demo'
  | 'tryDemo'
  | 'voteDemo'
  | 'shareDemo'
  | 'sharedDemo'
  | 'trySharedDemo'
  | 'sharedDecision'
  | 'voteSharedDemo'
type Rooms = Pick<
  Services,
  | 'deployments'
  | 'projects'
  | 'rollouts'
  | 'decisions'
  | 'decisionLog'
  | 'feedback'
  | 'catalog'
  | 'trainingSets'
>
interface DemoOptions {
  readonly services: Rooms
  readonly links: DemoLinks
  /** Links expire by the wall's clock, which may be another than the project's. */
  readonly wall: () => Micros
}

/** Stands for a value that those who came by a link may not see. */
const mask = '•••'
const day: Micros = 86_400_000_000n
const link = 'link'

export function demoHandlers({ services, links, wall }: DemoOptions): Pick<Handlers, DemoRoutes> {
  const rooms = { ...services, profile: demoProfiles(services) }
  const page = (name: string, by: DemoLink | null) => demoOf(rooms, name, by)
  const linked = (token: string, rows = 0): DemoLink => {
    const found = links.read(token)
    links.spend(token, rows)
    return found
  }
  return {
    demo: ({ params }) => page(params.deployment, null),
    tryDemo: ({ params, body }) => tryRows(services, params.deployment, body),
    voteDemo: ({ params, body, principal }) =>
      sendVote(services, { ...body, deployment: params.deployment, actor: principal.name }),
    shareDemo: async ({ params: { deployment }, body, principal }) => {
      await services.deployments.get(deployment)
      const until = wall() + BigInt(body.days) * day
      return { token: links.make({ deployment, by: principal.name, until }), until: formatTimestamp(until) }
    },
    sharedDemo: async ({ params }) => {
      const by = linked(params.token)
      return page(by.deployment, by)
    },
    trySharedDemo: async ({ params, body }) => {
      const { deployment } = linked(params.token, body.rows.length)
      const rows = body.rows.some(row => Object.values(row).includes(mask))
        ? unmasked(body.rows, await exampleOf(services, deployment))
        : body.rows
      return tryRows(services, deployment, { ...body, rows })
    },
    sharedDecision: async ({ params }) => {
      const { deployment } = linked(params.token)
      await requireDemoDecision(services, deployment, params.id)
      const decision = decisionToWire(await services.decisions.explain(params.id))
      const { entity, hidden } = await maskedEntity(services, decision.entity, deployment)
      const reasons = decision.reasons.map(reason =>
        hidden.reduce((text, value) => text.replaceAll(value, mask), reason),
      )
      return { ...decision, entity, reasons }
    },
    voteSharedDemo: async ({ params, body }) => {
      const { deployment, by } = linked(params.token)
      await requireDemoDecision(services, deployment, body.predictionId)
      return sendVote(services, { ...body, deployment, actor: `${link} of ${by}` })
    },
  }
}

async function demoOf(
  rooms: Rooms & { readonly profile: ReturnType<typeof demoProfiles> },
  name: string,
  by: DemoLink | null,
): Promise<DemoView> {
  const detail = await rooms.deployments.get(name)
  const names = detail.request.map(field => field.name)
  const [examples, profile, underWay] = await Promise.all([
    rooms.projects.exampleRequests(name),
    // A set that is gone leaves a form without ranges, not no form.
    rooms.profile(detail.model, names).catch(() => null),
    rooms.rollouts.underWay(),
  ])
  const wire = deploymentToWire(detail, examples)
  const isMasked = (role: string) => by !== null && role === 'key'
  return {
    ...{ deployment: name, model: detail.model, modelVersion: detail.modelVersion, release: detail.release },
    ...{ state: detail.state, closed: closedBecause(detail), story: detail.purpose?.story ?? null },
    action:
      wire.action === null
        ? null
        : {
            name: wire.action.name,
            threshold: wire.action.threshold,
            per: wire.action.segments?.per ?? null,
          },
    fields: wire.request.map(({ example, ...field }) => {
      const masked = isMasked(field.role)
      const found = profile?.fields[field.name]
      // Times and numbers have a range, if anything.
      const choices = masked || field.type !== 'string' ? null : (found?.choices ?? null)
      return {
        ...field,
        masked,
        range: found?.range ?? null,
        choices: choices === null ? null : [...choices],
      }
    }),
    profiledRows: profile?.rows ?? null,
    example: Object.fromEntries(
      wire.request.map(({ name: field, role, example }) => [
        field,
        isMasked(role) && example !== null ? mask : example,
      ]),
    ),
    challengers: underWay
      .filter(({ deployment }) => deployment === name)
      .flatMap(({ rollouts }) => rollouts)
      .map(({ release, state }) => ({ release: release.number, state })),
    link: by === null ? null : { by: by.by, until: formatTimestamp(by.until) },
  }
}

function closedBecause({ release, state, problem }: Awaited<ReturnType<Rooms['deployments']['get']>>) {
  if (release === null) return 'it has no release yet'
  return state === 'down' || state === 'loading' ? (problem ?? `it is ${state}`) : null
}

async function tryRows(
  { deployments }: Pick<Rooms, 'deployments'>,
  name: string,
  { rows, release }: RouteBody<'tryDemo'>,
): Promise<TriedView> {
  await deployments.get(name)
  const how = { purpose: 'demo', ...(release === undefined ? {} : { release }) } as const
  const answer = (await deployments.predict(name, fromWireJson({ rows } as WireJson), how)) as unknown as {
    readonly predictions: readonly {
      readonly prediction_id: string
      readonly score: number
      readonly action?: string
      readonly served_by: string
      readonly degraded_reason?: readonly string[]
    }[]
  }
  return {
    predictions: answer.predictions.map(each => ({
      predictionId: each.prediction_id,
      score: each.score,
      action: each.action ?? null,
      servedBy: each.served_by,
      degradedReasons: [...(each.degraded_reason ?? [])],
    })),
  }
}

interface Vote extends RouteBody<'voteDemo'> {
  readonly deployment: string
  readonly actor: string
}

/** What is said counts from the instant the decision is of, in the deployment's own time. Throws DECISION_UNKNOWN. */
async function sendVote(
  { deployments, decisions, feedback }: Rooms,
  { deployment, predictionId, right, note, actor }: Vote,
): Promise<{ state: 'accepted' | 'duplicate' | 'pending' }> {
  await deployments.get(deployment)
  const decision = await decisions.explain(predictionId)
  if (decision.deployment !== deployment) throw unknownDecision(deployment, predictionId)
  const said = { kind: 'demo', source: 'demo', actor_class: 'product-staff', actor, value: right }
  const item = {
    ...{ ...said, prediction_id: predictionId, event_time: formatTimestamp(decision.asOf) },
    ...(note === undefined || note.trim() === '' ? {} : { note }),
  }
  const reply = (await feedback.send(deployment, { items: [item] })) as {
    readonly accepted: number
    readonly duplicate: number
    readonly rejected: readonly { readonly message: string }[]
  }
  const [refused] = reply.rejected
  if (refused) throw new FettleError('BAD_REQUEST', refused.message)
  return { state: reply.accepted > 0 ? 'accepted' : reply.duplicate > 0 ? 'duplicate' : 'pending' }
}

/** A link opens decisions of its demo page and no others: those of callers are unknown to it. */
async function requireDemoDecision(
  { decisionLog }: Pick<Rooms, 'decisionLog'>,
  deployment: string,
  id: string,
): Promise<void> {
  const { record } = await decisionLog.trace(id)
  if (record.kind === 'demo' && record.release.deployment === deployment) return
  throw unknownDecision(deployment, id)
}

function unknownDecision(deployment: string, id: string): FettleError {
  return new FettleError('DECISION_UNKNOWN', `there is no demo decision ${id} of ${deployment}`)
}

async function exampleOf(services: Rooms, name: string): Promise<Readonly<Record<string, WireJson>>> {
  const wire = deploymentToWire(
    await services.deployments.get(name),
    await services.projects.exampleRequests(name),
  )
  return Object.fromEntries(wire.request.map(field => [field.name, field.example as WireJson]))
}

type Rows = RouteBody<'tryDemo'>['rows']

function unmasked(rows: Rows, example: Readonly<Record<string, WireJson>>): Rows {
  return rows.map(row =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, value === mask ? (example[name] ?? null) : value]),
    ),
  ) as Rows
}

/** The entity without what its keys are, and the texts that reasons must not say either. */
async function maskedEntity<Entity extends Readonly<Record<string, unknown>>>(
  { deployments }: Pick<Rooms, 'deployments'>,
  entity: Entity,
  name: string,
): Promise<{ readonly entity: Entity; readonly hidden: readonly string[] }> {
  const { request } = await deployments.get(name)
  const keys = request.filter(field => field.role === 'key').map(field => field.name)
  const hidden = keys.flatMap(key =>
    entity[key] === null || entity[key] === undefined ? [] : String(entity[key]),
  )
  const masked = Object.entries(entity).map(([field, value]) => [field, keys.includes(field) ? mask : value])
  return { entity: Object.fromEntries(masked) as Entity, hidden: hidden.filter(text => text.length > 1) }
}
