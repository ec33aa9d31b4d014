/** How a part of a bar looks; every look differs in more than colour from its neighbours' words beside it. */
type Look = 'value' | 'null' | 'absent' | 'old' | 'error'

const width = 160
const height = 12

/** Shares of a whole, from left to right. The numbers stand in the neighbouring cells. */
export function ShareBar({ parts }: { parts: readonly (readonly [look: Look, share: number])[] }) {
  let from = 0
  return (
    <svg className="bar" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <rect className="rest" x={0} y={2} width={width} height={8} />
      {parts.map(([look, share]) => {
        const x = from
        from += share * width
        return <rect key={look} className={look} x={x} y={2} width={share * width} height={8} />
      })}
    </svg>
  )
}
