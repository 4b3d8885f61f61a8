export interface Played {
  readonly kind: string;
  /** By the wall clock, as texts are. */
  readonly fromMs: number;
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
): Verdict => {
  const arrivals = [...texts.values()].flat();
  const gaps = played.map((one) => ({ kind: one.kind, gapMs: longestGapMs(arrivals, one) }));
  const lost = [...acknowledged].filter((name) => !texts.has(name));
  const doubled = [...texts].filter(([, times]) => times.length > 1).map(([name]) => name);
  const kinds = [...new Set(gaps.map(({ kind }) => kind))];
  const lines = [
    ...gaps.map(({ kind, gapMs }) => `${kind}: ${seconds(gapMs)} without a text`),
    "",
    ...kinds.map((kind) => {
      const ofKind = gaps.filter((gap) => gap.kind === kind).map(({ gapMs }) => gapMs);
      return `${kind}, ${ofKind.length} times: 90th percentile ${seconds(percentile90(ofKind))}`;
    }),
    "",
    `${acknowledged.size} registrations acknowledged, ${texts.size} texted`,
    `lost: ${lost.length}${lost.length > 0 ? ` (${lost.slice(0, 10).join(", ")})` : ""}`,
    `texted twice: ${doubled.length}${doubled.length > 0 ? ` (${doubled.slice(0, 10).join(", ")})` : ""}`,
    `processes that ended by themselves: ${ended.length}${ended.length > 0 ? ` (${ended.join(", ")})` : ""}`,
  ];
  const clean = acknowledged.size > 0 && lost.length + doubled.length + ended.length === 0;
  return { lines, clean };
};
