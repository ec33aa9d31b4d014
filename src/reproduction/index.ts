export { type CompareDependencies, type Compared, compareAction } from './compare-action.ts'
export type * from './model.ts'
export type * from './ports.ts'
export { rebuildPipeline } from './rebuild-plan.ts'
export {
  createReproductionService,
  type Prospect,
  type ReproductionService,
  type ReproductionStores,
} from './service.ts'
