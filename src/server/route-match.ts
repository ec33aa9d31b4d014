import { type Route, routes } from '../api/routes.ts'

const patterns = Object.values<Route>(routes).map(({ method, path }) => ({
  method,
  pattern: new RegExp(`^/api/v1${path.replace(/:\w+/g, '[^/]+')}/?$`),
}))

/** Methods that a path takes; none when no route has it. */
export function allowedMethods(path: string): readonly string[] {
  return patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
}
