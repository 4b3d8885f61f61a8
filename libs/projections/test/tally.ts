import type { Projection } from "../src/index.ts";

/** Counts events by stream, which shows an event applied twice or not at all. */
export const tally: Projection = {
  name: "tally",
  version: 1,
  prefixes: ["registration-"],
  schema: "CREATE TABLE tally (stream TEXT PRIMARY KEY, events INTEGER NOT NULL) STRICT, WITHOUT ROWID",
  prepare: (db) => {
    const count = db.prepare("INSERT INTO tally VALUES (?, 1) ON CONFLICT DO UPDATE SET events = events + 1");
    return ({ stream }) => void count.run(stream);
  },
};
