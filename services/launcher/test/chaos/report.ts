export interface Played {
  readonly kind: string;
  /** By the wall clock, as texts are. */
  readonly fromMs: number;
  /** Everything had been put back, and a node led. */
  readonly ledMs: number;
  /** Every instance had handled another message, except for these. */
  readonly atWorkMs: number;
  readonly idle: readonly string[];
  readonly toMs: number;
}

export interface Verdict {
  readonly lines: readonly string[];
  readonly clean: boolean;
}

/** The longest time without a text of which the greater part fell into a fault. */
export const longestGapMs = (arrivals: readonly number[], { fromMs, toMs }: Played): number => {
  const sorted = [...arrivals].sort((a, b) => a - b);
  let longest = 0;
  for (const [i, at] of sorted.entries()) {
    const before = sorted[i - 1];
    if (before === undefined) continue;
    const middle = (before + at) / 2;
    if (middle >= fromMs && middle < toMs) longest = Math.max(longest, at - before);
  }
  return longest;
};

/** How long after a node led the next text came; undefined when none did. */
export const resumedAfterMs = (arrivals: readonly number[], { ledMs }: Played): number | undefined => {
  const later = arrivals.filter((at) => at >= ledMs);
  return later.length === 0 ? undefined : Math.min(...later) - ledMs;
};

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const percentile90 = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.9) - 1] ?? 0;
};

export const reportOn = (
  played: readonly Played[],
  texts: ReadonlyMap<string, readonly number[]>,
  acknowledged: ReadonlySet<string>,
  ended: readonly string[],
  afterwards: readonly string[],
): Verdict => {
  const arrivals = [...texts.values()].flat();
  const gaps = played.map((one) => ({
    kind: one.kind,
    gapMs: longestGapMs(arrivals, one),
    resumedMs: resumedAfterMs(arrivals, one) ?? Number.POSITIVE_INFINITY,
    atWorkMs: one.atWorkMs - one.ledMs,
  }));
  const idle = played.flatMap((one) => one.idle.map((name) => `${name} after "${one.kind}"`));
  const lost = [...acknowledged].filter((name) => !texts.has(name));
  const doubled = [...texts].filter(([, times]) => times.length > 1).map(([name]) => name);
  const kinds = [...new Set(gaps.map(({ kind }) => kind))];
  const lines = [
    ...gaps.map(
      ({ kind, gapMs, resumedMs, atWorkMs }) =>
        `${kind}: ${seconds(gapMs)} without a text, the next ${seconds(resumedMs)} after a node led, every instance at work after ${seconds(atWorkMs)}`,
    ),
    "",
    "90th percentiles:",
    ...kinds.map((kind) => {
      const ofKind = gaps.filter((gap) => gap.kind === kind);
      const gap = percentile90(ofKind.map(({ gapMs }) => gapMs));
      const resumed = percentile90(ofKind.map(({ resumedMs }) => resumedMs));
      const atWork = percentile90(ofKind.map(({ atWorkMs }) => atWorkMs));
      return `${kind}, ${ofKind.length} times: ${seconds(gap)} without a text, ${seconds(resumed)} after a node led, at work after ${seconds(atWork)}`;
    }),
    "",
    `${acknowledged.size} registrations acknowledged, ${texts.size} texted`,
    `lost: ${lost.length}${lost.length > 0 ? ` (${lost.slice(0, 10).join(", ")})` : ""}`,
    `texted twice: ${doubled.length}${doubled.length > 0 ? ` (${doubled.slice(0, 10).join(", ")})` : ""}`,
    `processes that ended by themselves: ${ended.length}${ended.length > 0 ? ` (${ended.join(", ")})` : ""}`,
    `instances that stayed idle: ${idle.length}${idle.length > 0 ? ` (${idle.join(", ")})` : ""}`,
    `wrong afterwards: ${afterwards.length}`,
    ...afterwards.slice(0, 10),
  ];
  const clean =
    acknowledged.size > 0 && lost.length + doubled.length + ended.length + idle.length + afterwards.length === 0;
  return { lines, clean };
};
