import { Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { objectsAt, textAt } from '../../data/json.ts'
import { dedent } from '../../format.ts'

export function OnDemandBody({ definition }: { definition: unknown }) {
  return (
    <>
      <Panel title="Inputs">
        <SimpleTable
          label="Inputs"
          head={['Input', 'From', 'Type']}
          rows={objectsAt(definition, 'inputs').map(input => [
            <code key="name">{textAt(input, 'name')}</code>,
            textAt(input, 'from') === 'request'
              ? 'the request'
              : `${textAt(input, 'lookup')}.${textAt(input, 'feature')}`,
            <code key="type" className="soft">
              {textAt(input, 'type')}
            </code>,
          ])}
        />
      </Panel>
      <Panel title="Outputs">
        <SimpleTable
          label="Outputs"
          head={['Output', 'Type']}
          rows={objectsAt(definition, 'outputs').map(output => [
            <code key="name">{textAt(output, 'name')}</code>,
            <code key="type" className="soft">
              {textAt(output, 'type')}
            </code>,
          ])}
        />
      </Panel>
      <Panel
        title="Computation"
        note="A pure function: the same text runs for training rows and for requests."
      >
        <pre className="code-block">{dedent(textAt(definition, 'compute') ?? '')}</pre>
      </Panel>
    </>
  )
}
