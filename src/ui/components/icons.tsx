/** 16-pixel line icons. Decorative by themselves: a word always stands beside them or names the control. */
const paths = {
  home: 'M2.5 7.2 8 2.8l5.5 4.4v6H9.8V9.4H6.2v3.8H2.5z',
  inbox: 'M2.500 9.500 4.500 3h7l2 6.500v3.700h-11zM2.500 9.500h3.300l1 1.800h2.400l1-1.800h3.300',
  catalog: 'M3 3h10v3H3zM3 8h10v5H3zM6 10.5h4',
  lineage: 'M2.5 6h3v4h-3zM10.5 2.5h3v4h-3zM10.5 9.5h3v4h-3zM5.5 8h2.5M8 4.5v7M8 4.5h2.5M8 11.5h2.5',
  runs: 'M2.5 4h6M5 8h7M8.5 12h5',
  experiments: 'M6.2 2.5h3.6M7 2.5v4L3.4 12c-.5.8 0 1.5.9 1.5h7.4c.9 0 1.4-.7.9-1.5L9 6.5v-4M5.2 10h5.6',
  models: 'M8 2.3 13.2 5v6L8 13.7 2.8 11V5zM2.8 5 8 7.7 13.2 5M8 7.7v6',
  deployments: 'M8 13.5V6.2M4.8 9 8 5.8 11.2 9M3 2.8h10',
  decisions: 'M3 3.5h10M3 8h6M3 12.5h4M10.5 11l1.5 1.5 2.5-3',
  entity: 'M8 7.5a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8M3.2 13.3c.4-2.6 2.3-4 4.8-4s4.400 1.400 4.800 4',
  source: 'M3 4.200c0-2 10-2 10 0v7.600c0 2-10 2-10 0zM3 4.200c0 2 10 2 10 0M3 8c0 2 10 2 10 0',
  featureView: 'M2.800 3h10.400v10H2.800zM2.800 6.300h10.400M6.300 6.300V13M9.800 6.300V13',
  onDemand: 'M8.800 2.500 4 9h3.500l-.8 4.500L11.800 7H8.200z',
  trainingSet: 'M2.800 5.500h8v8h-8zM5.300 5.500V3h8v8h-2.500',
  model: 'M8 2.300 13.200 5v6L8 13.700 2.800 11V5zM2.800 5 8 7.700 13.200 5M8 7.700v6',
  deployment: 'M8 13.500V6.200M4.800 9 8 5.800 11.200 9M3 2.800h10',
  check: 'M3 8.500 6.500 12 13 4.500',
  cross: 'M4 4l8 8M12 4l-8 8',
  equal: 'M3.500 6h9M3.500 10h9',
  slash: 'M8 13.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11M4.200 11.800l7.600-7.600',
  circle: 'M8 13a5 5 0 1 0 0-10 5 5 0 0 0 0 10',
  running: 'M8 13a5 5 0 1 0 0-10 5 5 0 0 0 0 10M8 9.500a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3',
  pause: 'M5.500 3.500v9M10.500 3.500v9',
  block: 'M3 8h10',
  warn: 'M8 2.500 14.200 13H1.800zM8 6.500v3M8 11.200v.3',
  info: 'M8 13.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11M8 7.200v3.600M8 5v.3',
  menu: 'M2.500 4.500h11M2.500 8h11M2.500 11.500h11',
  search: 'M7 11.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9M10.400 10.400 13.500 13.500',
  copy: 'M5.500 5.500h7.500V13H5.500zM10.500 5.500V3H3v7.500h2.500',
  up: 'M8 12.500v-9M4.500 7 8 3.500 11.500 7',
  down: 'M8 3.500v9M4.500 9 8 12.500 11.500 9',
  external: 'M6.500 3.500H3.500v9h9v-3M9 3h4v4M13 3 7.500 8.500',
  file: 'M4 2.500h5.500L12.500 5.500v8H4zM9.500 2.500v3h3',
} as const

export type IconName = keyof typeof paths

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path
        d={paths[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  )
}

export function kindIcon(kind: string): IconName {
  return kind in paths
    ? (kind as IconName)
    : kind === 'modelVersion'
      ? 'model'
      : kind === 'release'
        ? 'deployment'
        : 'file'
}
