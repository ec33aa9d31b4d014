import type { MlflowRouteName } from '../../../api/mlflow/routes.ts'

/** How a field is written: as it stands, an integer as decimal text, a number whose NaN is null, or an object of a type. */
export type FieldKind = 'plain' | 'long' | 'double' | { readonly type: string; readonly list: boolean }

function one(type: string): FieldKind {
  return { type, list: false }
}

function many(type: string): FieldKind {
  return { type, list: true }
}

function plain<const Name extends string>(...names: readonly Name[]): Readonly<Record<Name, FieldKind>> {
  return Object.fromEntries(names.map(name => [name, 'plain'])) as Readonly<Record<Name, FieldKind>>
}

const keyValue = plain('key', 'value')
const metric = { key: 'plain', value: 'double', timestamp: 'long', step: 'long' } as const
const apiError = { apiError: one('ApiError') }

/** The types that answers are made of; names are those of the wire in camel case. */
export const graphqlTypes: Readonly<Record<string, Readonly<Record<string, FieldKind>>>> = {
  ApiError: plain('code', 'message', 'helpUrl', 'subtitle'),
  MlflowGetRunResponse: { run: one('MlflowRunExtension'), ...apiError },
  MlflowSearchRunsResponse: { runs: many('MlflowRunExtension'), ...plain('nextPageToken'), ...apiError },
  MlflowRunExtension: {
    info: one('MlflowRunInfo'),
    data: one('MlflowRunData'),
    inputs: one('MlflowRunInputs'),
    outputs: one('MlflowRunOutputs'),
    experiment: one('MlflowExperiment'),
    modelVersions: many('MlflowModelVersion'),
  },
  MlflowRunInfo: {
    ...plain(
      'runId',
      'runUuid',
      'runName',
      'experimentId',
      'userId',
      'status',
      'artifactUri',
      'lifecycleStage',
    ),
    startTime: 'long',
    endTime: 'long',
  },
  MlflowRunData: {
    metrics: many('MlflowMetricExtension'),
    params: many('MlflowParam'),
    tags: many('MlflowRunTag'),
  },
  MlflowMetricExtension: { ...metric, ...plain('datasetName', 'datasetDigest', 'modelId', 'runId') },
  MlflowParam: keyValue,
  MlflowRunTag: keyValue,
  MlflowRunInputs: { datasetInputs: many('MlflowDatasetInput'), modelInputs: many('MlflowModelInput') },
  MlflowDatasetInput: { tags: many('MlflowInputTag'), dataset: one('MlflowDataset') },
  MlflowInputTag: keyValue,
  MlflowDataset: plain('name', 'digest', 'sourceType', 'source', 'schema', 'profile'),
  MlflowModelInput: plain('modelId'),
  MlflowRunOutputs: { modelOutputs: many('MlflowModelOutput') },
  MlflowModelOutput: { modelId: 'plain', step: 'long' },
  MlflowGetExperimentResponse: { experiment: one('MlflowExperiment'), ...apiError },
  MlflowExperiment: {
    ...plain('experimentId', 'name', 'artifactLocation', 'lifecycleStage'),
    lastUpdateTime: 'long',
    creationTime: 'long',
    tags: many('MlflowExperimentTag'),
  },
  MlflowExperimentTag: keyValue,
  MlflowGetMetricHistoryBulkIntervalResponse: { metrics: many('MlflowMetricWithRunId'), ...apiError },
  MlflowMetricWithRunId: { ...metric, runId: 'plain' },
  MlflowListArtifactsResponse: {
    files: many('MlflowFileInfo'),
    ...plain('rootUri', 'nextPageToken'),
    ...apiError,
  },
  MlflowFileInfo: { ...plain('path', 'isDir'), fileSize: 'long' },
  MlflowSearchModelVersionsResponse: {
    modelVersions: many('MlflowModelVersion'),
    ...plain('nextPageToken'),
    ...apiError,
  },
  MlflowModelVersion: {
    ...plain('name', 'version', 'userId', 'currentStage', 'description', 'source', 'runId', 'status'),
    ...plain('statusMessage', 'runLink', 'aliases', 'modelId'),
    creationTimestamp: 'long',
    lastUpdatedTimestamp: 'long',
    tags: many('MlflowModelVersionTag'),
  },
  MlflowModelVersionTag: keyValue,
  MlflowSearchDatasetsResponse: { datasetSummaries: many('MlflowDatasetSummary'), ...apiError },
  MlflowDatasetSummary: plain('experimentId', 'name', 'digest', 'context'),
}

export interface RootField {
  /** The call that answers it; its argument `input` is the request in camel case. */
  readonly route: MlflowRouteName
  readonly type: string
}

/** The seven questions MLflow's pages ask. */
export const rootFields: Readonly<Record<string, RootField>> = {
  mlflowGetRun: { route: 'getRun', type: 'MlflowGetRunResponse' },
  mlflowGetExperiment: { route: 'getExperiment', type: 'MlflowGetExperimentResponse' },
  mlflowGetMetricHistoryBulkInterval: {
    route: 'getMetricHistoryBulkInterval',
    type: 'MlflowGetMetricHistoryBulkIntervalResponse',
  },
  mlflowListArtifacts: { route: 'listArtifacts', type: 'MlflowListArtifactsResponse' },
  mlflowSearchModelVersions: { route: 'searchVersions', type: 'MlflowSearchModelVersionsResponse' },
  mlflowSearchRuns: { route: 'searchRuns', type: 'MlflowSearchRunsResponse' },
  mlflowSearchDatasets: { route: 'searchDatasets', type: 'MlflowSearchDatasetsResponse' },
}

export function wireName(camelCase: string): string {
  return camelCase.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}
