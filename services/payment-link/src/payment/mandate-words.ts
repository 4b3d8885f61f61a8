export type MandateWord = "active" | "ended";
export const mandateOrder: readonly MandateWord[] = ["active", "ended"];

/** The mandate on which a subscription now collects. */
export const successorOf = (
  { replaced = {} }: { readonly replaced?: Readonly<Record<string, string>> },
  mandateId: string,
): string => {
  let successor = mandateId;
  // No more steps than replacements, because reports may name them in a circle.
  for (const _ of Object.keys(replaced)) successor = replaced[successor] ?? successor;
  return successor;
};
