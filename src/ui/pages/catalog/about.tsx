import { Link } from '@tanstack/react-router'
import type { DefinitionDetail } from '../../../api/catalog.ts'
import { Facts, Panel } from '../../components/page.tsx'
import { Time } from '../../components/time.tsx'

export function About({ definition }: { definition: DefinitionDetail }) {
  const { owner, location, tags } = definition
  return (
    <Panel title="About">
      <Facts
        items={[
          ['Version', `v${definition.version}`],
          [
            'Owner',
            owner ? (
              <Link key="owner" to="/catalog" search={{ owner }}>
                {owner}
              </Link>
            ) : null,
          ],
          ['Applied', <Time key="applied" at={definition.appliedAt} />],
          ['Written in', location ? <code key="location">{location}</code> : null],
          ['Tags', tags.length > 0 ? <TagList key="tags" tags={tags} /> : null],
        ]}
      />
    </Panel>
  )
}

function TagList({ tags }: { tags: readonly string[] }) {
  return (
    <span className="tags">
      {tags.map(tag => (
        <Link className="tag" key={tag} to="/catalog" search={{ tag }}>
          {tag}
        </Link>
      ))}
    </span>
  )
}
