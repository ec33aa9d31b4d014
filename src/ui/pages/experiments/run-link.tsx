import { Link } from '@tanstack/react-router'

export function RunLink({ id, name }: { id: string; name: string }) {
  return (
    <Link to="/experiments/runs/$id" params={{ id }} className="row-link" preload={false}>
      {name}
    </Link>
  )
}
