export * from './model.ts'
export * from './offline/index.ts'
export * from './on-demand/index.ts'
export * from './online/index.ts'
