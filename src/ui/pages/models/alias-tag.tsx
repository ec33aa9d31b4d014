/** The champion stands out; any other alias is plain. */
export function AliasTag({ alias, version }: { alias: string; version?: number }) {
  return (
    <span className={alias === 'champion' ? 'tag strong' : 'tag'}>
      {alias}
      {version === undefined ? '' : ` v${version}`}
    </span>
  )
}
