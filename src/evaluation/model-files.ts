import { FettleError } from '../kernel/errors/index.ts'
import type { LinearModel } from './linear/model.ts'
import { checkLinear } from './linear/model.ts'
import { readJsonObject } from './model-manifest.ts'
import type { TreeData, TreeEnsemble } from './trees/model.ts'
import { packTrees } from './trees/model.ts'

const treeColumns = ['feature', 'threshold', 'left', 'right', 'missingLeft', 'value', 'cover'] as const

/** trees.json of a model folder, checked and packed; MODEL_UNREADABLE otherwise. */
export async function readTrees(folder: string): Promise<TreeEnsemble> {
  const { schema, link, features, offset, rule, trees } = await readJsonObject(
    folder,
    'trees.json',
    'MODEL_UNREADABLE',
  )
  if (schema !== 1 || link !== 'logistic' || !Array.isArray(trees) || !trees.every(isTree)) {
    throw new FettleError(
      'MODEL_UNREADABLE',
      'trees.json is not of schema 1 with a logistic link and trees of equal arrays',
    )
  }
  return packTrees({
    features: Number(features),
    offset: Number(offset),
    rule: rule === 'lt' ? 'lt' : 'le',
    trees,
  })
}

function isTree(value: unknown): value is TreeData {
  if (typeof value !== 'object' || value === null) return false
  const tree = value as Record<string, unknown>
  const { left } = tree
  return (
    Array.isArray(left) &&
    treeColumns.every(key => Array.isArray(tree[key]) && (tree[key] as unknown[]).length === left.length)
  )
}

/** linear.json of a model folder, checked; MODEL_UNREADABLE otherwise. */
export async function readLinear(folder: string): Promise<LinearModel> {
  return checkLinear(await readJsonObject(folder, 'linear.json', 'MODEL_UNREADABLE'))
}
