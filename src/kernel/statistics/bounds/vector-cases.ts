import type { Json } from '../../canonical.ts'
import type { Interval } from '../auc-interval.ts'
import type { Proportion } from '../newcombe.ts'
import { normalQuantile } from '../normal.ts'
import { undefinedBecause } from '../quantity.ts'
import { normalCdf, normalSf } from '../special/normal-tails.ts'
import type { VectorCases, VectorInput } from '../vector-cases.ts'
import { wilson } from '../wilson.ts'
import { acceptanceBound } from './acceptance.ts'
import { binomialP, clopperPearson } from './clopper-pearson.ts'
import { type DesignEffect, pairedDesignEffect, rateDesignEffect } from './design-effect.ts'
import { mcnemar } from './mcnemar.ts'
import { type PairedCounts, pairedBounds, pairedP, pairedScore, scoreBounds, waldError } from './paired.ts'
import { unpairedBounds, unpairedP } from './unpaired.ts'

type Row = Readonly<Record<string, Json | undefined>>

function number(row: Row, name: string): number {
  return Number(row[name])
}

function rows(value: Json | undefined): Row[] {
  return (Array.isArray(value) ? value : []) as Row[]
}

function pairedOf(row: Row): PairedCounts {
  return { n: number(row, 'n'), b: number(row, 'b'), c: number(row, 'c') }
}

function total<Item>(items: readonly Item[], pick: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + pick(item), 0)
}

function bounds(
  names: readonly [string, string],
  of: Interval | { readonly undefined: string },
): Record<string, number | string> {
  return 'undefined' in of ? { undefined: of.undefined } : { [names[0]]: of.lower, [names[1]]: of.upper }
}

function binomialBounds(input: VectorInput): unknown {
  const [x, n, alpha] = [number(input, 'x'), number(input, 'n'), number(input, 'alpha')]
  return {
    ...bounds(['cp_lower', 'cp_upper'], clopperPearson(x, n, alpha)),
    ...bounds(['cp2_lower', 'cp2_upper'], clopperPearson(x, n, alpha / 2)),
    ...bounds(['wilson1_lower', 'wilson1_upper'], wilson(x, n, alpha)),
    ...bounds(['wilson2_lower', 'wilson2_upper'], wilson(x, n, alpha / 2)),
  }
}

function pairedDifference(input: VectorInput): unknown {
  const counts = pairedOf(input)
  const alpha = number(input, 'alpha')
  if (counts.n === 0) return undefinedBecause('no-rows')
  const d = (counts.b - counts.c) / counts.n
  const error = waldError(counts)
  const reach = -normalQuantile(alpha) * error
  return {
    d,
    wald_se: error,
    wald_lower: d - reach,
    wald_upper: d + reach,
    ...bounds(['score_lower', 'score_upper'], scoreBounds(counts, alpha)),
    ...bounds(['gate_lower', 'gate_upper'], pairedBounds(counts, alpha)),
    margins: rows(input['margins']).map(margin => marginCase(counts, Number(margin))),
  }
}

function marginCase(counts: PairedCounts, m: number): unknown {
  const score = pairedScore(counts, m)
  const gate = pairedP(counts, m)
  return {
    m,
    T: score,
    score_p_pass: normalCdf(score),
    score_p_fail: normalSf(score),
    gate_p_pass: gate.pass,
    gate_p_fail: gate.fail,
  }
}

function unpairedDifference(input: VectorInput): unknown {
  const arms = {
    challenger: { x: number(input, 'x1'), n: number(input, 'n1') },
    champion: { x: number(input, 'x0'), n: number(input, 'n0') },
  }
  return {
    d: arms.challenger.x / arms.challenger.n - arms.champion.x / arms.champion.n,
    ...unpairedBounds(arms, number(input, 'alpha')),
    margins: rows(input['margins'])
      .map(Number)
      .map(m => {
        const { pass, fail } = unpairedP(arms, m)
        return { m, p_pass: pass, p_fail: fail }
      }),
  }
}

function clusteredCounts(input: VectorInput): unknown {
  return input['rate_clusters'] === undefined ? clusteredPairs(input) : clusteredRate(input)
}

function clusteredPairs(input: VectorInput): unknown {
  const entities = rows(input['clusters']).map(pairedOf)
  const [n, b, c] = [
    total(entities, each => each.n),
    total(entities, each => each.b),
    total(entities, each => each.c),
  ]
  const effect = pairedDesignEffect(entities)
  const counts = { n: n / effect.deff, b: b / effect.deff, c: c / effect.deff }
  const { pass, fail } = pairedP(counts, number(input, 'margin'))
  return {
    ...{ n, b, c, d: (b - c) / n, ...variances(effect) },
    ...{ n_eff: counts.n, b_eff: counts.b, c_eff: counts.c },
    ...bounds(['gate_lower', 'gate_upper'], pairedBounds(counts, number(input, 'alpha'))),
    ...{ p_pass: pass, p_fail: fail },
  }
}

function variances({ deff, iid, cluster }: DesignEffect): Record<string, number> {
  return { var_iid: iid, var_cluster: cluster, deff }
}

function clusteredRate(input: VectorInput): unknown {
  const entities: Proportion[] = rows(input['rate_clusters']).map(row => ({
    x: number(row, 'x'),
    n: number(row, 'n'),
  }))
  const [n, x] = [total(entities, each => each.n), total(entities, each => each.x)]
  const effect = rateDesignEffect(entities)
  const counts = { x: x / effect.deff, n: n / effect.deff }
  const { pass, fail } = binomialP(counts, { limit: number(input, 'limit'), side: 'atMost' })
  return {
    ...{ n, x, rate: x / n, ...variances(effect), n_eff: counts.n, x_eff: counts.x },
    ...bounds(['cp_lower', 'cp_upper'], clopperPearson(counts.x, counts.n, number(input, 'alpha'))),
    ...{ p_pass: pass, p_fail: fail },
  }
}

/** Known-answer tests of vectors/releases on bounds, by name of their file. */
export const boundCases: VectorCases = {
  'binomial-bounds': binomialBounds,
  mcnemar: input => {
    const { newMore, oldMore, twoSided, mid } = mcnemar(number(input, 'b'), number(input, 'c'))
    return { p_new_more: newMore, p_old_more: oldMore, p_two_sided: twoSided, mid_p: mid }
  },
  'paired-difference': pairedDifference,
  'unpaired-difference': unpairedDifference,
  'clustered-counts': clusteredCounts,
  acceptance: input => {
    const { lower, enoughForVeto, enoughForAuto } = acceptanceBound(
      number(input, 'accepted'),
      number(input, 'decided'),
      number(input, 'alpha'),
    )
    return { lower, enough_for_veto: enoughForVeto, enough_for_auto: enoughForAuto }
  },
}
