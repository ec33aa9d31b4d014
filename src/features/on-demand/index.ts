export { compileOnDemand, type OnDemandFunction } from './compile.ts'
