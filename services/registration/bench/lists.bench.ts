import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createBoardQueries } from "../src/admin/counts.ts";
import { listPage } from "../src/admin/list-page.ts";
import { listFilter, readListQuery } from "../src/admin/list-query.ts";
import { registrationsProjection } from "../src/read-model/projection.ts";
import { createQueries } from "../src/read-model/queries.ts";
import { family } from "./family.ts";

/** More families than any youth football club in the country has in a season. */
const FAMILIES = 5_000;
const PAGE_MAX_MS = 50;
const ROUNDS = 40;

const firstNames = ["Zoë", "Leo", "Ivy", "Max", "Ada", "Łukasz", "Noa", "Ben"];
const lastNames = ["O’Neill", "Khan", "Smith-Jones", "Featherstonehaugh", "D’Arcy", "Wilson", "Nowak"];
const teams = ["Tigers", "Lions", "Otters", "Hawks", "Foxes"];
const now = () => new Date();
const pick = (from: readonly string[], n: number): string => from[n % from.length] ?? "";

const namesOf = (n: number) => {
  const lastName = pick(lastNames, n);
  const child = { firstName: pick(firstNames, n), lastName };
  return { child, parent: { firstName: pick(firstNames, n + 3), lastName }, team: pick(teams, n) };
};

const folder = mkdtempSync(join(tmpdir(), "touchline-bench-"));
const db = new DatabaseSync(join(folder, "registrations.sqlite"));
try {
  db.exec(registrationsProjection.schema);
  const apply = registrationsProjection.prepare(db, () => {});
  let position = 0n;
  db.exec("BEGIN");
  for (let n = 0; n < FAMILIES; n++) {
    for (const { stream, events } of family(n)) {
      // Every third family has paid nothing yet.
      for (const [type, data] of events.slice(0, n % 3 === 0 ? 1 : events.length)) {
        const at = new Date(Date.UTC(2026, 8, 1) + n * 60_000);
        const named =
          type === "RegistrationCompleted" ? { ...data, ...namesOf(n), acceptedAt: at.toISOString() } : data;
        const place = { id: String(position), stream, revision: 0n, position: ++position, created: at };
        apply({ ...place, type, data: named, metadata: { service: "bench" } } as Parameters<typeof apply>[0]);
      }
    }
    apply.flush?.();
  }
  db.exec("COMMIT");
  const queries = createQueries(db, now);
  const board = createBoardQueries(db, now);
  /** The board's answer, without the frame around it. */
  const pageOf = (address: string): string => {
    const query = readListQuery(Object.fromEntries(new URLSearchParams(address)));
    const listed = queries.list(listFilter(query, {}), { limit: 50, sort: query.sort });
    const counted = { counts: board.counts({}), choices: board.choices({}) };
    return listPage({
      ...listed,
      ...counted,
      query,
      now: now(),
      inStep: true,
      ledger: true,
      days: undefined,
      unpaidTeams: [],
    }).toString();
  };
  const addresses = [
    "",
    "sort=name",
    "sort=team",
    "sort=oldest_unpaid",
    "q=oneill zoe",
    "q=nobody at all",
    "q=0456",
    "q=BRQ00004321",
    "q=smith&team=Lions&age=u10&season=2526&show=unpaid&sort=name",
  ];
  // In CPU time, so that other work on the machine does not count.
  const slowest = addresses.map((address) => {
    const before = process.cpuUsage();
    for (let round = 0; round < ROUNDS; round++) pageOf(address);
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1_000 / ROUNDS;
    process.stdout.write(`${ms.toFixed(1).padStart(6)} ms of CPU  ?${address}\n`);
    return ms;
  });
  const passed = Math.max(...slowest) <= PAGE_MAX_MS;
  process.stdout.write(`${passed ? "passed" : "FAILED"}: a page of ${FAMILIES} families within ${PAGE_MAX_MS} ms\n`);
  process.exitCode = passed ? 0 : 1;
} finally {
  db.close();
  rmSync(folder, { recursive: true, force: true });
}
