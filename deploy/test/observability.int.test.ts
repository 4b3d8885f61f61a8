import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StoredEvent } from "@touchline/event-store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { boards } from "../grafana/boards.ts";
import { metricsOf, metricsPage } from "../metrics-doc.ts";
import { noPrometheus, type RunningPrometheus, ruleFiles, startPrometheus, until } from "./prometheus.ts";
import { expositions, type Running, startTouchline } from "./running.ts";

const deploy = join(import.meta.dirname, "..");

let touchline: Running;
let exposed: Record<string, string>;

beforeAll(async () => {
  touchline = await startTouchline();
  exposed = await expositions(touchline);
}, 120_000);

afterAll(() => touchline?.stop());

const panels = Object.values(boards).flatMap(({ title, rows }) =>
  rows.flatMap((row) => row.panels.map((panel) => ({ name: `${title}: ${panel.title}`, queries: panel.queries }))),
);
const rules = ruleFiles().flatMap((file) =>
  (parse(readFileSync(file, "utf8")) as { groups: { rules: { record?: string; expr: string }[] }[] }).groups.flatMap(
    (group) => group.rules,
  ),
);

/** Names of metrics in a query: what is left when labels, durations, strings, functions and words are gone. */
const metricsIn = (query: string): string[] => {
  const bare = query
    .replaceAll(/"[^"]*"/g, "")
    .replaceAll(/\{[^}]*\}/g, " ")
    .replaceAll(/\[[^\]]*\]/g, " ")
    .replaceAll(/\b(by|on|without)\s*\([^)]*\)/g, " ");
  const words = new Set(["and", "or", "unless", "offset", "by", "on", "without"]);
  return [...bare.matchAll(/[a-zA-Z_:][\w:]*(?!\w*\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !words.has(name) && !/^\d|^[smhdwy]$/.test(name));
};

test("docs/metrics.md is current: node deploy/write-metrics-doc.ts", () => {
  expect(readFileSync(join(deploy, "../docs/metrics.md"), "utf8")).toBe(metricsPage(metricsOf(exposed)));
});

test("every metric of ours begins with touchline_", () => {
  const names = metricsOf(exposed).map(({ name }) => name);
  expect(names.filter((name) => !/^(touchline|process|nodejs)_/.test(name))).toEqual([]);
  expect(names).toContain("touchline_payment_link_taps_total");
});

test("no query names a metric that does not exist", () => {
  const known = new Set<string>(["up"]);
  for (const { name, type } of metricsOf(exposed)) {
    known.add(name);
    if (type === "histogram") for (const part of ["bucket", "sum", "count"]) known.add(`${name}_${part}`);
  }
  for (const { record } of rules) if (record) known.add(record);
  const asked = [...panels.flatMap(({ queries }) => queries.map(([expr]) => expr)), ...rules.map(({ expr }) => expr)];
  expect(asked.flatMap(metricsIn).filter((name) => !known.has(name))).toEqual([]);
});

describe.skipIf(noPrometheus)("a real Prometheus", () => {
  let prometheus: RunningPrometheus;

  beforeAll(async () => {
    prometheus = await startPrometheus(touchline.targets);
    await touchline.play();
    // Two of each, because to Prometheus a metric that appears with its first count has not increased.
    const seen = async () => (await prometheus.ask("touchline_payment_link_tap_seconds_count")).length > 0;
    await until(seen);
    const [id] = await touchline.register(1);
    await touchline.pay(await touchline.link(id as string));
    await refuseOne();
    await priceOne();
  }, 120_000);

  /** Panels about failures need a failure. */
  const refuseOne = async () => {
    await touchline.faults({
      twilio: { requests: [{ kind: "error", code: 21211, on: "messages.create", times: 1 }] },
    });
    await touchline.register(1);
  };

  /** Twilio reports a text's price hours after it was sent; the poll that finds it stores this. */
  const priceOne = async () => {
    const texts: StoredEvent[] = [];
    for await (const event of touchline.store.readAll({ prefixes: ["sms-"] })) texts.push(event);
    const accepted = texts.find(({ type }) => type === "SmsAccepted") as StoredEvent;
    const { providerMessageId } = accepted.data as { providerMessageId: string };
    const reportedAt = new Date().toISOString();
    const data = {
      providerMessageId,
      status: "delivered",
      priceMicros: -40_000,
      priceUnit: "USD",
      via: "poll",
      reportedAt,
    };
    const report = { id: randomUUID(), type: "SmsStatusReported", data, metadata: { service: "test" } };
    await until(async () => {
      const last = (await touchline.store.read(accepted.stream)).at(-1) as StoredEvent;
      return (await touchline.store.append(accepted.stream, [report], last.revision)).ok;
    });
  };

  afterAll(() => prometheus?.stop());

  test.each(panels)("$name has data", async ({ queries }) => {
    for (const [expr] of queries) {
      const query = expr.replaceAll("$__rate_interval", "1m").replaceAll("$__range", "5m");
      // Effects come seconds later, and recorded ratios twice a minute.
      await until(async () => (await prometheus.ask(query)).some(({ value }) => value[1] !== "NaN"));
    }
  });

  test("after a successful registration every alert is quiet", async () => {
    expect(await prometheus.firing()).toEqual([]);
  });

  test("no metric says who registered, was texted or paid", async () => {
    const said = Object.values(await expositions(touchline)).join("");
    // Without the measured value: the digits of a sum of seconds may be anything.
    const lines = said.split("\n").map((line) => line.replace(/ [^ ]+$/, ""));
    // Checked in the stream, so that we search for what was really played.
    const events: string[] = [];
    for await (const { data } of touchline.store.readAll()) events.push(JSON.stringify(data));
    for (const personal of ["Zoë", "O'Neill", "447700900", "BRQ", "Tigers"]) {
      expect([personal, events.some((event) => event.includes(personal))]).toEqual([personal, true]);
      expect([personal, lines.filter((line) => line.includes(personal))]).toEqual([personal, []]);
    }
    // Without a mail server the address is not even stored.
    expect([events.join(""), said].map((text) => text.includes("sam@example.org"))).toEqual([false, false]);
    expect(said).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
  });

  test.each(["registration", "notification", "payment-link", "relay"])(
    "promtool accepts the metrics of %s",
    (service) => {
      const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
        input: exposed[service],
        encoding: "utf8",
      });
      expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: "" });
    },
  );
});
