import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FrontAddress } from '../adapters/data-plane/http/index.ts'
import { httpDataPlane, sendFeedback } from '../adapters/data-plane/http/index.ts'
import { capabilities as sparkCapabilities } from '../adapters/engines/spark/capabilities.ts'
import { createDeploymentsService, releaseFolder } from '../deployments/index.ts'
import { openExplainer } from '../evaluation/index.ts'
import { createTrainingSetsService, engineGaps, pushedWatermark, sourceVersions } from '../features/index.ts'
import { createAuditService, receiptSigner } from '../governance/index.ts'
import { sha256Hex } from '../kernel/canonical.ts'
import { systemClock } from '../kernel/clock.ts'
import { formatTimestamp, parseDuration } from '../kernel/time.ts'
import { createPipelineService } from '../pipelines/index.ts'
import { createCatalog, createProjectsService, type LiveFacts, type ProjectFile } from '../projects/index.ts'
import { createAliasRequests, createRegistryService, createVersionEvaluations } from '../registry/index.ts'
import type { Services } from '../server/services.ts'
import { createBatchService, type OpenExplainer } from '../serving/index.ts'
import { auditAnchors } from './audit-anchors.ts'
import { openAutonomy } from './autonomy.ts'
import { buildCode, lockHash } from './build-facts.ts'
import { openCards } from './cards.ts'
import { decisionEngine, openDecisionLog } from './decision-log.ts'
import { decisionRoom } from './decision-room.ts'
import { explainedDecisions } from './decisions.ts'
import { definedDeployments, exampleRequests, modelFacts, releaseDefinitions } from './defined-releases.ts'
import { listedPeople } from './erased-decisions.ts'
import { openErasures } from './erasures.ts'
import { catalogPublisher } from './feature-catalog.ts'
import { openFeedback } from './feedback.ts'
import { decisionsFolder, type Folders, featureCatalogFile, journalFolder } from './folders.ts'
import { announcedFronts } from './front-number.ts'
import { gateRunner, judgedSets } from './gate-runs.ts'
import { heldOutCells } from './held-out-cells.ts'
import { liveFacts } from './live-facts.ts'
import { lostRunSweep } from './lost-runs.ts'
import { previewInChild } from './preview-child.ts'
import { receiptKey } from './project-keys.ts'
import { shownProvider } from './provider-names.ts'
import { resolveProviders } from './providers.ts'
import { rebuilding } from './rebuilds.ts'
import { openReproductions } from './reproductions.ts'
import { drillDuty, rolloutDrill } from './rollout-drill.ts'
import { openRollouts } from './rollouts.ts'
import { scheduleTicker } from './schedules.ts'
import { decisionShipping } from './shipping.ts'
import { signatureSweep } from './signature-sweep.ts'
import { openSigning } from './signing.ts'
import { sourceSizes } from './source-sizes.ts'
import { sourceStates } from './source-states.ts'
import { openMetadataStore, openObjects } from './storage.ts'
import { thresholdFacts } from './threshold-facts.ts'
import { openTracking } from './tracking.ts'
import { trafficSource } from './traffic-source.ts'
import { once, trainingSetRecords } from './training-set-records.ts'
import { openWebhooks } from './webhooks.ts'

export interface ControlPlaneOptions {
  readonly folders: Folders
  readonly project: ProjectFile
  front(): FrontAddress | undefined
  onFault(error: unknown): void
}

/** Services over one folder; with SQLite, the caller holds the folder's lock. */
export async function createControlPlane({ folders, project, front, onFault }: ControlPlaneOptions) {
  const database = await openMetadataStore(project.providers, folders)
  await database.migrate()
  const objects = await openObjects(project.providers, folders)
  const clock = systemClock
  const hour = parseDuration('1h')
  const defaultAsOf = () =>
    formatTimestamp(project.replayFrom ?? clock.nowMicros() - (clock.nowMicros() % hour))

  const pipelines = createPipelineService({ uow: database, clock, objects, logFolder: folders.logs, onFault })
  const registry = createRegistryService({ uow: database, clock })
  const audit = createAuditService({ uow: database })
  const live = (): Promise<LiveFacts> =>
    liveFacts({
      deployments: database.read.deployments,
      registry: database.read.registry,
      states: async () => new Map((await deployments.list()).map(each => [each.name, each.state])),
    })
  const projects = createProjectsService({
    uow: database,
    clock,
    live,
    defaultAsOf,
    sourceSizes,
    planContracts: planned => deployments.planContracts(planned),
    gaps: sources =>
      resolveProviders(project.providers).offline === 'duckdb' ? [] : engineGaps(sparkCapabilities, sources),
    facts: async directory => ({
      code: buildCode(),
      environment: lockHash(),
      onlineStore: shownProvider(resolveProviders(project.providers).online),
      sourceVersions: sources =>
        sourceVersions(sources as Parameters<typeof sourceVersions>[0], directory, source =>
          pushedWatermark(journalFolder(folders.serving), source),
        ),
      scriptHash: async path => sha256Hex(await readFile(join(directory, path))),
    }),
  })
  const publishCatalog = catalogPublisher(featureCatalogFile(folders.serving), projects.current)
  await publishCatalog()
  const dataPlane = httpDataPlane(front, () => announcedFronts(folders.serving))
  const records = trainingSetRecords(
    database.read.definitions,
    async id => (await pipelines.getRun(id)).principal,
  )
  const preview = previewInChild({
    providers: resolveProviders(project.providers),
    journals: journalFolder(folders.serving),
    workFolder: folders.work,
  })
  const releases = releaseFolder(folders.serving, objects)
  const deployments = createDeploymentsService({
    uow: database,
    clock,
    dataPlane,
    releases,
    rollouts: () => rollouts,
    definedDeployments: async () => definedDeployments(await projects.current()),
    releaseDefinitions: async name => releaseDefinitions(await projects.current(), name),
    modelFacts: async version => modelFacts(version, objects),
    assertSigned: (version, principal) => signing.assertSigned(version, principal),
    freezeCard: version => cards.freeze(version),
    signaturesOf: version => signing.besides(version),
    objects,
    signer: receiptSigner(receiptKey(folders.root)),
    judgedSet: judgedSets(records),
    heldOutCells: heldOutCells({ records, objects, count: preview.heldOut }),
    runGate: gateRunner({
      compile: (name, options) => rebuilds.compilePipeline(name, options),
      startRun: (plan, options) => reproductions.startRun(plan, options),
      pipelines,
      findVerdict: id => database.read.deployments.findVerdict(id),
    }),
    thresholdFacts: thresholdFacts({
      definitions: database.read.definitions,
      suggestions: () => suggestions,
      schedules: () => projects.schedules(),
      clock,
      replayFrom: project.replayFrom,
    }),
    readyWithinMs: 20_000,
  })
  const catalog = createCatalog({
    store: database.read.definitions,
    records,
    live,
    now: () => project.replayFrom ?? clock.nowMicros(),
    sources: (sources, directory) => sourceStates(sources, directory, journalFolder(folders.serving)),
    storedFile: sha256 => objects.locate(`sha256:${sha256}`),
    preview,
  })
  const trainingSets = createTrainingSetsService({
    records,
    objects,
    rows: once(async () => {
      const { createDuckDBEngine } = await import('../adapters/engines/duckdb/index.ts')
      const { duckdbStoredRows } = await import('../adapters/engines/duckdb/stored-rows.ts')
      return duckdbStoredRows(createDuckDBEngine({ temporaryFolder: folders.work }))
    }),
    encodeArrow: async (fields, batches) =>
      (await import('../adapters/arrow/index.ts')).encodeArrow(fields, batches),
    scratchFolder: folders.work,
  })
  const decisionFiles = decisionEngine(folders)
  const decisionReader = openDecisionLog(folders, decisionFiles)
  const erasedPeople = listedPeople(folders, database)
  const shipping = decisionShipping({
    ...{ database, clock, onFault, engine: decisionFiles },
    erased: erasedPeople.decisions,
    logFolder: join(folders.serving, 'log'),
    folder: decisionsFolder(folders.root),
  })
  const feedback = openFeedback({
    ...{ database, clock, onFault, reader: decisionReader, servingFolder: folders.serving },
    erased: erasedPeople.keyTexts,
    definedDeployments: async () => definedDeployments(await projects.current()),
  })
  const explainerOf: OpenExplainer = async (folder, format) => {
    const { scorerFactory } = await import('../adapters/scorers/index.ts')
    return openExplainer(folder, format, { scorers: scorerFactory })
  }
  const decisions = explainedDecisions({
    reader: decisionReader,
    releasesFolder: join(folders.serving, 'releases'),
    openExplainer: explainerOf,
  })
  const decisionLog = decisionRoom({
    ...{ folders, reader: decisionReader, database, objects, clock, openExplainer: explainerOf },
  })
  const reproductions = openReproductions({
    folders,
    project: project.project,
    database,
    objects,
    registry,
    pipelines,
    records,
    clock,
    onFault,
  })
  const signing = openSigning({
    root: folders.root,
    database,
    objects,
    clock,
    manifest: name => reproductions.service.manifest(name),
  })
  const evaluations = createVersionEvaluations({ uow: database, objects, clock })
  const batch = createBatchService({ uow: database, clock, pipelines })
  const cards = openCards({
    ...{ database, clock, signing, objects, evaluations },
    reproductions: reproductions.service,
  })
  const aliasRequests = createAliasRequests({ uow: database, clock, signing })
  const rebuilds = rebuilding({
    projects,
    registry,
    reproductions: reproductions.service,
    releases: () => database.read.deployments.servingReleases(),
    clock,
  })
  const { suggestions, settling, considerPromotion, exercises } = openAutonomy({
    ...{ database, clock, objects, pipelines, deployments, onFault },
    compile: rebuilds.compilePipeline,
    startRun: reproductions.startRun,
    moveRollout: request => rollouts.move(request),
    definedDeployments: async () => definedDeployments(await projects.current()),
    deploymentOf: async name => releaseDefinitions(await projects.current(), name).deployment,
  })
  const { rollouts, controller } = openRollouts({
    ...{ database, clock, dataPlane, releases, objects, onFault, servingFolder: folders.serving },
    production: project.production === true,
    definedDeployments: async () => definedDeployments(await projects.current()),
    releaseDefinitions: async name => releaseDefinitions(await projects.current(), name),
    assertSigned: (version, principal) => signing.assertSigned(version, principal),
    freezeCard: version => cards.freeze(version),
    signaturesOf: version => signing.besides(version),
    readyWithinMs: 20_000,
    traffic: trafficSource({
      reader: decisionReader,
      unitFields: async name => releaseDefinitions(await projects.current(), name).deployment.rollout?.unit,
    }),
    labels: feedback.service,
    suggestions: () => suggestions,
  })
  const rehearse = rolloutDrill({ database, objects, clock, workFolder: folders.work })
  const drill = async (name: string) => {
    const report = await rehearse(name)
    await rollouts.drilled(report)
    return report
  }
  const drills = drillDuty({
    ...{ database, clock, drill, onFault },
    definedDeployments: async () => definedDeployments(await projects.current()),
  })
  const erasures = openErasures({ folders, project, database, objects, registry, clock, shipping, onFault })
  const tracked = openTracking({
    database,
    objects,
    clock,
    name: project.project,
    assertUnaltered: signing.assertUnaltered,
  })
  const { webhooks, delivery } = openWebhooks({ root: folders.root, database, clock, onFault })
  const services: Services = {
    ...tracked,
    webhooks,
    pipelines: { ...pipelines, startRun: reproductions.startRun },
    registry: {
      ...registry,
      async registerVersion(content, principal) {
        const version = await reproductions.registerVersion(content, principal)
        await signing.sign(version, principal)
        return version
      },
    },
    signing,
    cards,
    evaluations,
    feedback: { ...feedback.service, send: sendFeedback(front) },
    batch,
    aliasRequests,
    suggestions,
    audit,
    objects,
    deployments: {
      ...deployments,
      async concludeRelease(conclusion) {
        const stored = await deployments.concludeRelease(conclusion)
        await considerPromotion(stored)
        return stored
      },
    },
    decisions,
    decisionLog,
    rollouts: { ...rollouts, drill },
    trainingSets,
    erasures,
    catalog,
    reproductions: reproductions.service,
    projects: {
      ...projects,
      ...rebuilds,
      apply: async request => {
        const applied = await projects.apply(request)
        await publishCatalog()
        await deployments.withdrawDeleted()
        return applied
      },
      exampleRequests: name => exampleRequests(database.read, name),
    },
  }
  const ticker = scheduleTicker({
    projects: rebuilds,
    pipelines: { startRun: reproductions.startRun },
    clock,
    replayed: project.replayFrom !== null,
    onFault,
  })
  const lostRuns = lostRunSweep({ tracking: tracked.tracking, pipelines, onFault })
  const anchors = auditAnchors({ root: folders.root, project: project.project, audit, clock, onFault })
  const signatures = signatureSweep({ database, signing, clock, onFault })
  return {
    services,
    pipelines,
    ticker,
    erasures,
    lostRuns,
    delivery,
    anchors,
    signatures,
    settling,
    exercises,
    controller,
    drills,
    feedback,
    shipping,
    ends: reproductions.ends,
    database,
    clock,
  }
}
