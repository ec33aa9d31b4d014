import type { ImportanceReport } from '../reports/fairness.ts'
import { html, htmlTable, type Markup } from './html.ts'
import { countText, numberText, percentText } from './number-text.ts'

const mostFeatures = 20
const mostSlices = 10

/** What the model looks at, and where it looks at something else. */
export function importanceSection({ variant, rows, features, slices }: ImportanceReport): Markup {
  const differing = slices.filter(slice => slice.features.length > 0).slice(0, mostSlices)
  return html`<h2>What the score rests on</h2>
<p class="soft">Mean size of each input's contribution to the raw score, over ${countText(rows)} rows (${variant.replaceAll('_', ' ')}).</p>
${htmlTable(
  ['Input', 'Share', 'Mean contribution'],
  features
    .slice(0, mostFeatures)
    .map(each => [each.feature, percentText(each.share), numberText(each.meanAbs)]),
)}
${differing.length === 0 ? null : slicesTable(differing)}`
}

function slicesTable(slices: ImportanceReport['slices']): Markup {
  return html`<h3>Where that differs most</h3>${htmlTable(
    ['Slice', 'Rows', 'Input', 'Share here', 'On all rows'],
    slices.flatMap(({ slice, rows, features }) =>
      features
        .slice(0, 1)
        .map(each => [
          slice,
          countText(rows),
          each.feature,
          percentText(each.share),
          percentText(each.overall),
        ]),
    ),
  )}`
}
