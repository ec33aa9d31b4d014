import type { ReactNode } from 'react'
import { Notice } from '../../components/messages.tsx'
import { Panel } from '../../components/page.tsx'
import { textAt } from '../../data/json.ts'
import { FeatureViewBody } from './feature-view-body.tsx'
import { DeploymentBody, ModelBody } from './model-body.tsx'
import { OnDemandBody } from './on-demand-body.tsx'
import { EntityBody, SourceBody } from './source-body.tsx'
import { TrainingSetBody } from './training-set-body.tsx'

const bodies: Readonly<Record<string, (props: { definition: unknown }) => ReactNode>> = {
  entity: EntityBody,
  source: SourceBody,
  featureView: FeatureViewBody,
  onDemand: OnDemandBody,
  trainingSet: TrainingSetBody,
  model: ModelBody,
  deployment: DeploymentBody,
}

/** A definition as a person would read it aloud; as its own JSON when this UI is older than the kind. */
export function DefinitionBody({ definition }: { definition: unknown }) {
  const Body = bodies[textAt(definition, 'kind') ?? '']
  if (Body) return <Body definition={definition} />
  return (
    <Panel title="Definition">
      <Notice tone="info">This page does not know this kind of definition; here is its content.</Notice>
      <pre className="code-block">{JSON.stringify(definition, null, 2)}</pre>
    </Panel>
  )
}
