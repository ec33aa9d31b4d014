import type { DeploymentEntry } from '../model.ts'

/** Every release that a pointer names: what a host needs before it may be told of it. */
export function routedDigests({ digest, routing }: DeploymentEntry): readonly string[] {
  if (!routing) return [digest]
  const held = routing.holdback?.digest ?? []
  return [
    digest,
    ...routing.arms.map(arm => arm.digest),
    ...routing.shadows.map(shadow => shadow.digest),
    ...routing.warm,
  ].concat(held)
}
