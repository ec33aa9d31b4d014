import {
  type DeclaredContractsView,
  type PurposeView,
  type ReleaseDetailView,
  type ReleaseSummaryView,
  type VerdictPageView,
  verdictPage,
} from '../../api/releases.ts'
import type {
  DeclaredContracts,
  FollowedPurpose,
  ReleaseView,
  StoredVerdict,
} from '../../deployments/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import { toWireJson } from './json.ts'
import { timestampOrNull } from './time.ts'

export function releaseSummaryToWire(view: ReleaseView): ReleaseSummaryView {
  const { release, state, verdict, servings, createdAt, by, reason } = view
  return {
    deployment: release.deployment,
    number: release.number,
    digest: release.digest,
    model: release.model.name,
    modelVersion: release.model.version,
    state,
    createdAt: formatTimestamp(createdAt),
    by,
    reason,
    parent: release.parent ?? null,
    changed: [...(release.changed ?? [])],
    servedAt: timestampOrNull(servings[0]?.at ?? null),
    verdict: verdict && {
      verdict: verdict.page.verdict,
      summary: verdict.page.summary,
      at: formatTimestamp(verdict.at),
      expiresAt: formatTimestamp(verdict.expiresAt),
      run: verdict.run,
    },
  }
}

export function releaseToWire(view: ReleaseView): ReleaseDetailView {
  return {
    ...releaseSummaryToWire(view),
    document: toWireJson(view.release as never),
    page: view.verdict && pageToWire(view.verdict),
    pageHash: view.verdict?.hash ?? null,
    servingPlan: view.servingPlan,
  }
}

export function pageToWire({ page }: StoredVerdict): VerdictPageView {
  return verdictPage.parse(page)
}

export function purposeToWire({ values, reviewDue, ...followed }: FollowedPurpose): PurposeView {
  return {
    ...followed,
    values: values.map(({ at, value, by, recordedAt }) => ({
      at: formatTimestamp(at),
      value,
      by,
      recordedAt: formatTimestamp(recordedAt),
    })),
    reviewDue: timestampOrNull(reviewDue),
  }
}

export function contractsToWire({ last, contracts, ...declared }: DeclaredContracts): DeclaredContractsView {
  return {
    ...declared,
    last: last && { ...last, at: formatTimestamp(last.at) },
    contracts: contracts.map(({ slices, cells, ...contract }) => ({
      ...contract,
      slices: [...slices],
      cells: cells.map(({ offers, ...cell }) => ({ ...cell, offers: [...offers] })),
    })),
  }
}
