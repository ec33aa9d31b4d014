import type { Definition, DefinitionKind, ModelData, OnDemandData, Project } from '../model.ts'
import { checkBatch } from './check-batch.ts'
import { checkDataChecks, setTable, sourceTable, viewTable } from './check-data-checks.ts'
import { checkDeployment } from './check-deployment.ts'
import { checkEntity, checkSource, sourceCycles } from './check-source.ts'
import { checkTrainingSet, vectorColumns } from './check-training-set.ts'
import { checkFeatureView } from './check-view.ts'
import { type Checking, checkName, type Problem, reporter } from './problem.ts'

/** Definitions of a project by kind and name. */
export function indexProject(definitions: readonly Definition[]): Omit<Checking, 'report'> {
  const byKind = <Kind extends DefinitionKind>(
    kind: Kind,
  ): ReadonlyMap<string, Extract<Definition, { kind: Kind }>> =>
    new Map(
      definitions
        .filter((each): each is Extract<Definition, { kind: Kind }> => each.kind === kind)
        .map(each => [each.name, each]),
    )
  return {
    sources: byKind('source'),
    entities: byKind('entity'),
    views: byKind('featureView'),
    onDemand: byKind('onDemand'),
    trainingSets: byKind('trainingSet'),
    models: byKind('model'),
    deployments: byKind('deployment'),
  }
}

/** Everything wrong with a project, in the order of its definitions; empty when it can be applied. */
export function checkProject(project: Project): readonly Problem[] {
  const problems: Problem[] = []
  const index = indexProject(project.definitions)
  checkDuplicates(project, problems)
  for (const definition of project.definitions) {
    const report = reporter(definition, project.locations, problems)
    checkName(definition.name, 'name', report)
    checkDefinition(definition, { ...index, report })
  }
  for (const cycle of sourceCycles(index.sources)) {
    const first = index.sources.get(cycle[0] ?? '')
    if (first)
      reporter(
        first,
        project.locations,
        problems,
      )({
        code: 'CYCLE',
        path: 'from',
        message: `sources select from each other in a circle: ${cycle.join(' → ')}`,
      })
  }
  return problems
}

function checkDefinition(definition: Definition, checking: Checking): void {
  switch (definition.kind) {
    case 'entity':
      checkEntity(definition, checking)
      break
    case 'source':
      checkSource(definition, checking)
      checkDataChecks(definition.checks, sourceTable(definition), checking)
      break
    case 'featureView':
      checkFeatureView(definition, checking)
      checkDataChecks(definition.checks, viewTable(definition), checking)
      break
    case 'onDemand':
      checkOnDemand(definition, checking)
      break
    case 'trainingSet':
      checkTrainingSet(definition, checking)
      checkDataChecks(definition.checks, setTable(definition, checking), checking)
      break
    case 'model':
      checkModel(definition, checking)
      break
    case 'deployment':
      checkDeployment(definition, checking)
      break
    case 'batch':
      checkBatch(definition, checking)
      break
  }
}

function checkDuplicates(project: Project, problems: Problem[]): void {
  const seen = new Set<string>()
  for (const definition of project.definitions) {
    const ref = `${definition.kind}:${definition.name}`
    if (seen.has(ref))
      reporter(
        definition,
        project.locations,
        problems,
      )({
        code: 'DUPLICATE_DEFINITION',
        path: 'name',
        message: `there are two definitions ${ref} with different content`,
      })
    seen.add(ref)
  }
}

function checkOnDemand(definition: OnDemandData, { report }: Checking): void {
  if (definition.outputs.length === 0)
    report({
      code: 'DEFINITION_EMPTY',
      path: 'outputs',
      message: `on-demand feature "${definition.name}" declares no outputs`,
    })
  for (const output of definition.outputs) checkName(output.name, `outputs.${output.name}`, report)
}

function checkModel(model: ModelData, checking: Checking): void {
  const { report, trainingSets } = checking
  if (model.candidates.every(each => each.asked === true))
    report({
      code: 'DEFINITION_EMPTY',
      path: 'candidates',
      message: `model "${model.name}" has no candidates to train without being asked`,
    })
  for (const candidate of model.candidates) checkName(candidate.name, `candidates.${candidate.name}`, report)
  const set = trainingSets.get(model.trainingSet)
  if (!set) {
    report({
      code: 'REFERENCE_UNKNOWN',
      path: 'trainedOn',
      message: `training set "${model.trainingSet}" is not exported`,
    })
    return
  }
  for (const split of [model.trainOn, model.judgeOn]) {
    if (!set.splits.some(each => each.name === split)) {
      report({
        code: 'REFERENCE_UNKNOWN',
        path: 'split',
        message: `training set "${set.name}" has no split "${split}"`,
        hint: `It has: ${set.splits.map(each => each.name).join(', ')}.`,
      })
    }
  }
  for (const slice of model.slices) {
    if (slice !== 'month' && !set.columns.includes(slice))
      report({
        code: 'COLUMN_UNKNOWN',
        path: 'slices',
        message: `training set "${set.name}" keeps no column "${slice}"`,
        hint: "Add it to the set's columns, or slice by 'month'.",
      })
  }
  for (const column of vectorColumns(set, checking)) {
    if (!['bool', 'int64', 'float64', 'float32'].includes(column.type)) {
      report({
        code: 'COLUMN_TYPE',
        path: `inputs.${column.name}`,
        message: `model input "${column.name}" is ${column.type}; models take numbers and booleans`,
        hint: 'Leave it out of the features, or turn it into a number in an on-demand feature.',
      })
    }
  }
}
