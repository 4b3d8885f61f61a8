import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { board } from "./board.ts";
import { boards } from "./boards.ts";

const here = import.meta.dirname;
const runbooks = join(here, "../../docs/runbooks");

test("the committed dashboards are what the code generates: node deploy/grafana/build.ts", () => {
  expect(readdirSync(join(here, "dashboards")).toSorted()).toEqual(
    Object.keys(boards)
      .map((name) => `${name}.json`)
      .toSorted(),
  );
  for (const [name, spec] of Object.entries(boards)) {
    const committed = JSON.parse(readFileSync(join(here, "dashboards", `${name}.json`), "utf8"));
    expect(committed).toEqual(JSON.parse(JSON.stringify(board(spec))));
  }
});

test.each(Object.entries(boards))(
  "%s: every panel has a unit, says what it shows, and leads to a runbook",
  (_, spec) => {
    const panels = spec.rows.flatMap((row) => row.panels);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    for (const panel of panels) {
      expect(panel.unit).not.toBe("");
      expect(panel.about).toMatch(/\.$/);
      expect(panel.queries.length).toBeGreaterThan(0);
      expect([panel.runbook, existsSync(join(runbooks, `${panel.runbook}.md`))]).toEqual([panel.runbook, true]);
    }
  },
);
