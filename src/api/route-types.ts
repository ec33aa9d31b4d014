import type { z } from 'zod'
import type { RouteName, routes } from './routes.ts'

type Routes = typeof routes

/** Names after a colon in a path, as strings: `/runs/:id/steps/:step/log` → `{ id: string; step: string }`. */
type PathParams<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? { readonly [K in Name]: string } & PathParams<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? { readonly [K in Name]: string }
    : unknown

export type RouteParams<Name extends RouteName> = PathParams<Routes[Name]['path']>

/** What a caller may send: before defaults and coercions. */
type RouteBodyInput<Name extends RouteName> = Routes[Name] extends { body: infer B extends z.ZodType }
  ? z.input<B>
  : undefined

type QueryOf<Name extends RouteName> = Routes[Name] extends { query: infer Q extends z.ZodType }
  ? z.output<Q>
  : unknown
type BodyOf<Name extends RouteName> = Routes[Name] extends { body: z.ZodType }
  ? { readonly body: RouteBodyInput<Name> }
  : unknown

/** One flat object of path parameters and query, with `body` beside them: what a client method takes. */
export type RouteArguments<Name extends RouteName> = RouteParams<Name> & QueryOf<Name> & BodyOf<Name>

/** `GET /runs/:id`, literally as the table has it. */
export type RouteAddress<Name extends RouteName> = `${Routes[Name]['method']} ${Routes[Name]['path']}`
