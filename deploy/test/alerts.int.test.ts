import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { stages } from "./failures/index.ts";
import { redriveAll } from "./failures/providers-away.ts";
import type { InjectedFailure, Scene } from "./failures/scene.ts";
import { seasonBefore } from "./failures/season.ts";
import { noPrometheus, type RunningPrometheus, ruleFiles, startPrometheus, until } from "./prometheus.ts";
import { prepareTouchline, type Running } from "./running.ts";
import { startTamperingProxy, type TamperingProxy } from "./tampering-proxy.ts";

interface Group {
  readonly rules: readonly { readonly alert?: string }[];
}

describe.skipIf(noPrometheus)("on a real Prometheus with windows of seconds", () => {
  let touchline: Running;
  let goCardless: TamperingProxy;
  let prometheus: RunningPrometheus;
  let scene: Scene;

  beforeAll(async () => {
    const { sandbox, eventStore, nats, start } = await prepareTouchline();
    [goCardless] = await Promise.all([startTamperingProxy(sandbox), eventStore.start(), nats.start()]);
    const settings = {
      // Injected failures are not worth logging.
      LOG_LEVEL: "silent",
      GOCARDLESS_API_BASE_URL: goCardless.url,
      SMS_TIMEOUT_SECONDS: "1",
      SMS_EVIDENCE_SECONDS: "2",
      WEBHOOK_POLL_SECONDS: "1",
    };
    touchline = await start({ ...settings, ...seasonBefore.settings }, seasonBefore.families);
    prometheus = await startPrometheus(touchline.targets, { shortWindows: true });
    scene = { touchline, goCardless, value };
  }, 120_000);

  afterAll(async () => {
    await prometheus?.stop();
    await touchline?.stop();
    await goCardless?.stop();
  });

  const value = async (query: string) => {
    const [sample] = await prometheus.ask(query);
    return sample && Number(sample.value[1]);
  };

  const quiet = () => until(async () => (await prometheus.firing()).length === 0);

  /** About e-mail, which fails over hours and in the morning: only `deploy/prometheus/tests/alerts.yml` raises them. */
  const playedByPromtool = ["DigestsFailing", "EmailsFailing"];

  test("each alert except those about e-mail has an injected failure that raises it", () => {
    const alerts = ruleFiles()
      .flatMap((file) => (parse(readFileSync(file, "utf8")) as { groups: Group[] }).groups)
      .flatMap(({ rules }) => rules.flatMap(({ alert }) => alert ?? []));
    const raised = Object.values(stages).flatMap((failuresOf) => failuresOf(scene).flatMap(({ raises }) => raises));
    expect([...raised, ...playedByPromtool].toSorted()).toEqual(alerts.toSorted());
  });

  test("while all is well, no alert is raised", async ({ signal }) => {
    let sum = 0;
    const play = async () => {
      const links = await Promise.all((await touchline.register(4)).map(touchline.link));
      await Promise.all(links.map(touchline.pay));
      sum += links.length;
      await until(async () => ((await value('touchline_journey_total{stage="delivered"}')) ?? 0) >= sum);
    };
    // The first is slow: everything is compiled and connected. On a busy machine, others are slow too,
    // and alerts say so; a wrong rule raises one in each round.
    for (let raised: readonly string[] = ["not tried"]; raised.length > 0; signal.throwIfAborted()) {
      await play();
      await quiet();
      const since = performance.now();
      for (let i = 0; i < 3; i++) await play();
      raised = await prometheus.firedSince(since);
    }
  });

  const raise = async (failures: readonly InjectedFailure[], signal: AbortSignal) => {
    const since = performance.now();
    const wanted = failures.flatMap(({ raises }) => raises);
    for (const { make } of failures) await make?.();
    for (;;) {
      signal.throwIfAborted();
      await Promise.allSettled(failures.map(async ({ meanwhile }) => meanwhile?.()));
      const fired = await prometheus.firedSince(since);
      const missing = wanted.filter((name) => !fired.includes(name));
      if (missing.length === 0) return;
      await sleep(300);
    }
  };

  test.for(Object.entries(stages))("raised when %s", async ([, failuresOf], { signal }) => {
    const failures = failuresOf(scene);
    try {
      await raise(failures, signal);
    } finally {
      for (const { fix } of failures.toReversed()) await fix?.();
      await touchline.faults({});
    }
  });

  test("once the causes are fixed, all alerts end", async () => {
    await redriveAll(touchline);
    await quiet();
  });
});
