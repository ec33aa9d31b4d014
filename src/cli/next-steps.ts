import type { FettleClient } from '../client/index.ts'

/**
 * What is left to do after a pipeline has succeeded, as commands: loading what predictions look up, serving what was
 * registered. Empty when all is done. It is advice: it never fails.
 */
export async function nextSteps(client: FettleClient, finished: string): Promise<string> {
  try {
    const [pipelines, deployments] = await Promise.all([client.api.pipelines(), client.api.deployments()])
    const watched = deployments.items.find(({ name }) => finished === `${name}-thresholds`)
    if (watched) return `Next: fettle suggestions list --subject deployment:${watched.name}\n`
    const model = pipelines.items.find(({ name }) => name === finished)?.model ?? null
    if (model === null) return ''
    const unfilled = pipelines.items.filter(
      ({ name, lastRun }) => name === `${model}-online` && lastRun === null,
    )
    const unserved = deployments.items.filter(each => each.model === model && each.state === 'undeployed')
    const commands = [
      ...unfilled.map(({ name }) => `fettle run ${name}`),
      ...unserved.map(({ name }) => `fettle deploy ${name}`),
    ]
    return commands.length === 0 ? '' : `Next: ${commands.join(', then ')}\n`
  } catch {
    return ''
  }
}
