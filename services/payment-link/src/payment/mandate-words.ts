export type MandateWord = "active" | "ended";
export const mandateOrder: readonly MandateWord[] = ["active", "ended"];

/** The mandate that a subscription collects on now. */
export const heirOf = (
  { replaced = {} }: { readonly replaced?: Readonly<Record<string, string>> },
  mandateId: string,
): string => {
  let heir = mandateId;
  // No more steps than there are replacements: reports may name them in a circle.
  for (const _ of Object.keys(replaced)) heir = replaced[heir] ?? heir;
  return heir;
};
