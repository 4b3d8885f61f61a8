export interface MetricDoc {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly services: readonly string[];
}

/** The metrics that services expose, by name; `expositions` are their `/metrics` by service. */
export const metricsOf = (expositions: Readonly<Record<string, string>>): MetricDoc[] => {
  const found = new Map<string, { type: string; help: string; services: string[] }>();
  for (const [service, text] of Object.entries(expositions)) {
    for (const [, name, help] of text.matchAll(/^# HELP (\S+) (.*)$/gm)) {
      const type = new RegExp(`^# TYPE ${name} (\\w+)$`, "m").exec(text)?.[1] ?? "untyped";
      const known = found.get(name as string) ?? { type, help: help as string, services: [] };
      known.services.push(service);
      found.set(name as string, known);
    }
  }
  return [...found].map(([name, metric]) => ({ name, ...metric })).sort((a, b) => (a.name < b.name ? -1 : 1));
};

const everybody = /^(process|nodejs)_/;

/** docs/metrics.md */
export const metricsPage = (metrics: readonly MetricDoc[]): string => {
  const rows = metrics
    .filter(({ name }) => !everybody.test(name))
    .map(({ name, type, help, services }) => `| \`${name}\` | ${type} | ${help} | ${services.toSorted().join(", ")} |`);
  return `# Metrics

Every service answers \`GET /metrics\` on its own port (registration 8001, notification 8002, payment-link 8003, relay 8004) in
Prometheus's format. All names begin with \`touchline_\`. Times are in seconds. No label holds a name, a number or an id of a
person; each has a bounded set of values. Every Node service also exposes \`process_…\` and \`nodejs_…\`.

\`node deploy/write-metrics-doc.ts\` writes this page from running services; a test fails when it is out of date.

Some metrics of payment-link used to have no \`touchline_\` in their name (\`payment_link_taps_total\`). Version 0.1 keeps those
names by the rules in [old-names.yml](../deploy/prometheus/rules/old-names.yml); change dashboards and alerts of your own.

| metric | type | what it says | services |
|---|---|---|---|
${rows.join("\n")}
`;
};
