import { Fault } from "@touchline/contracts/errors";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import manifest from "../package.json" with { type: "json" };

/** All names have the same prefix, so that Touchline's metrics are listed together. */
export type MetricName = `touchline_${string}`;

/** Creates the metrics of one service. Each is named, explained and labelled once, where it is used. */
export interface Metrics {
  readonly registry: Registry;
  counter<L extends string = never>(name: MetricName, help: string, labels?: readonly L[]): Counter<L>;
  gauge<L extends string = never>(
    name: MetricName,
    help: string,
    labels?: readonly L[],
    collect?: (gauge: Gauge<L>) => void | Promise<void>,
  ): Gauge<L>;
  /** `buckets` in seconds. */
  histogram<L extends string = never>(
    name: MetricName,
    help: string,
    labels?: readonly L[],
    buckets?: readonly number[],
  ): Histogram<L>;
}

const LATENCY_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export const createMetrics = (service: string): Metrics => {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  // These gauges are named like counters. Their parts, without the suffix, stay.
  for (const name of ["handles", "requests", "resources"]) registry.removeSingleMetric(`nodejs_active_${name}_total`);
  new Gauge({
    name: "touchline_build_info",
    help: "Always 1; the labels say what runs.",
    labelNames: ["version", "node"],
    registers: [registry],
  }).set({ version: manifest.version, node: process.version }, 1);
  return metricsIn(registry);
};

/** Without Node's own metrics: only those that the caller creates. */
export const metricsIn = (registry: Registry): Metrics => {
  return {
    registry,
    counter: (name, help, labels = []) => new Counter({ name, help, labelNames: labels, registers: [registry] }),
    gauge: (name, help, labels = [], collect) =>
      new Gauge({
        name,
        help,
        labelNames: labels,
        registers: [registry],
        ...(collect && {
          async collect() {
            try {
              await collect(this);
            } catch (error) {
              if (!(error instanceof Fault)) throw error;
              // If it cannot be read now, it is left out instead of showing an old value. Other metrics are still shown.
              if (labels.length === 0) this.set(Number.NaN);
              else this.reset();
            }
          },
        }),
      }),
    histogram: (name, help, labels = [], buckets = LATENCY_BUCKETS_SECONDS) =>
      new Histogram({ name, help, labelNames: labels, buckets: [...buckets], registers: [registry] }),
  };
};
