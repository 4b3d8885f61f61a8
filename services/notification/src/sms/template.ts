const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * Fills a template such as `Registration complete for {child_name}! …{PAYMENT_BASE_URL}/reg_setup/{billing_request_id}`.
 *
 * Values are inserted unchanged in one pass: a value that looks like a placeholder or like `$&` stays as it is. So do braces that
 * are not part of a placeholder.
 *
 * @throws Error if a placeholder has no value: a defect, since `checkTemplate` runs at start
 */
export function renderText(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(PLACEHOLDER, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined)
      throw new Error(`A text's template has the placeholder {${name}}, for which there is no value.`);
    return value;
  });
}

/**
 * What is wrong with a configured template, in sentences for the operator; empty if nothing is.
 *
 * @param allowed placeholders that will have a value
 * @param required placeholders that the template must use, such as those of the payment link
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
    .map((name) => `Unknown placeholder {${name}}. Known: ${known}.`);
  // Most likely a mistyped placeholder, which would reach the parent unchanged.
  if (/[{}]/.test(template.replace(PLACEHOLDER, "")))
    violations.push("A brace is not part of a placeholder such as {name}.");
  for (const name of required) if (!used.has(name)) violations.push(`The placeholder {${name}} is missing.`);
  return violations;
}
