import type { DatabaseSync } from "node:sqlite";
import { londonMidnight } from "@touchline/london";
import type { MetricName, Metrics } from "@touchline/service";
import { type Gate, holdReasons } from "./dispatch/gate.ts";
import { SET_ASIDE } from "./sms/state.ts";

export interface Watched {
  readonly db: DatabaseSync;
  readonly gate: Gate;
  readonly now: () => Date;
  /** The file is closed after this. */
  readonly signal: AbortSignal;
}

const SET_ASIDE_SQL = `
  SELECT count(*) AS n FROM texts t WHERE code = ? AND NOT EXISTS (
    SELECT 1 FROM texts later WHERE later.registration_id = t.registration_id AND later.requested_at > t.requested_at)`;

/** Gauges read from the projection at each scrape. */
export const watchTexts = (metrics: Metrics, { db, gate, now, signal }: Watched): void => {
  const all = (sql: string, ...values: (number | string)[]) => (signal.aborted ? [] : db.prepare(sql).all(...values));
  const today = () => londonMidnight(now()).getTime();

  metrics.gauge("touchline_sms_texts", "Texts by status.", ["status"], (gauge) => {
    gauge.reset();
    for (const { status, n } of all("SELECT status, count(*) AS n FROM texts GROUP BY status"))
      gauge.set({ status: String(status) }, Number(n));
  });

  const oldest = (name: MetricName, help: string, sql: string, count: [name: MetricName, help: string]) => {
    const [countName, countHelp] = count;
    const read = () => all(sql)[0] ?? {};
    metrics.gauge(countName, countHelp, [], (gauge) => gauge.set(Number(read().n ?? 0)));
    metrics.gauge(name, help, [], (gauge) => {
      const since = read().since;
      gauge.set(typeof since === "number" ? Math.max(0, now().getTime() - since) / 1_000 : 0);
    });
  };
  oldest(
    "touchline_sms_waiting_oldest_seconds",
    "Age of the oldest text waiting to be sent.",
    "SELECT count(*) AS n, min(requested_at) AS since FROM texts WHERE due_what = 'send'",
    ["touchline_sms_waiting", "Texts waiting to be sent: for their turn, a retry or the morning."],
  );
  oldest(
    "touchline_sms_unknown_oldest_seconds",
    "Age of the oldest attempt with an unknown outcome. Above 900, an operator should look.",
    `SELECT count(*) AS n, min(a.started_at) AS since FROM texts t JOIN attempts a USING (sms_id)
     WHERE t.status = 'unknown' AND a.taken = 1`,
    ["touchline_sms_unknown", "Attempts with an unknown outcome."],
  );

  metrics.gauge(
    "touchline_sms_set_aside",
    "Texts that were refused repeatedly while others were sent, and wait for an operator.",
    [],
    // Not those that a later text has replaced.
    (gauge) => gauge.set(Number(all(SET_ASIDE_SQL, SET_ASIDE)[0]?.n ?? 0)),
  );

  metrics.gauge("touchline_sms_held", "1 while texts are held back, by reason.", ["reason"], (gauge) => {
    const held = gate.held()?.reason;
    for (const reason of holdReasons) gauge.set({ reason }, reason === held ? 1 : 0);
  });
  metrics.gauge("touchline_sms_today_segments", "Segments of today's texts (London time).", [], (gauge) => {
    const [row] = all("SELECT sum(segments) AS n FROM messages WHERE accepted_at >= ?", today());
    gauge.set(Number(row?.n ?? 0));
  });
  metrics.gauge(
    "touchline_sms_today_cost",
    "Cost of today's texts (London time), as reported by Twilio.",
    ["unit"],
    (gauge) => {
      gauge.reset();
      const sql = `SELECT price_unit AS unit, sum(price_micros) AS micros FROM messages
                 WHERE accepted_at >= ? AND price_micros IS NOT NULL GROUP BY price_unit`;
      for (const { unit, micros } of all(sql, today())) gauge.set({ unit: String(unit) }, Number(micros) / 1e6);
    },
  );
};
