const graph = ['graph', 'Graph'] as const
const list = ['list', 'List'] as const

/** A graph on a phone is a keyhole: there the list comes first. */
export function viewChoices() {
  return window.matchMedia('(max-width: 700px)').matches ? [list, graph] : [graph, list]
}
