const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * Fills a template such as `Registration complete for {child_name}! …{PAYMENT_BASE_URL}/reg_setup/{billing_request_id}`.
 *
 * Values go in as they are, in one pass: a value that looks like a placeholder or like `$&` stays text. Braces that do not
 * form a placeholder stay too.
 *
 * @throws Error naming the placeholder when it has no value: a defect, since `checkTemplate` runs at the start
 */
export function renderText(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(PLACEHOLDER, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new Error(`No value for the placeholder {${name}} of a text template.`);
    return value;
  });
}

/**
 * What is wrong with a template in configuration, each a sentence for the operator; empty when nothing is.
 *
 * @param allowed placeholders that will have a value
 * @param required those which the template must use, such as the ones of the payment link
 */
export function checkTemplate(
  template: string,
  allowed: readonly string[],
  required: readonly string[] = [],
): string[] {
  if (template.trim() === "") return ["The template is empty."];

  const used = new Set(Array.from(template.matchAll(PLACEHOLDER), ([, name]) => name ?? ""));
  const known = allowed.map((name) => `{${name}}`).join(", ") || "none";
  const violations = [...used]
    .filter((name) => !allowed.includes(name))
    .map((name) => `Unknown placeholder {${name}}; known are: ${known}.`);
  // Most likely a mistyped placeholder, which would reach the parent unchanged.
  if (/[{}]/.test(template.replace(PLACEHOLDER, "")))
    violations.push("A brace is not part of a placeholder such as {name}.");
  for (const name of required) if (!used.has(name)) violations.push(`The placeholder {${name}} is missing.`);
  return violations;
}
