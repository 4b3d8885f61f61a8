import { describe, expect, it } from "vitest";
import { type RequestFault, take } from "./faults.ts";
import { seeded } from "./random.ts";

const never = () => 1;

describe("take", () => {
  it("counts a rule down and drops it", () => {
    const rules: RequestFault[] = [{ kind: "timeout", accepted: true, times: 2 }];
    const once = take(rules, "messages.create", never);
    expect(once.taken).toEqual(rules[0]);
    const twice = take(once.rules, "messages.create", never);
    expect(twice.taken).toBeDefined();
    expect(twice.rules).toEqual([]);
    expect(take(twice.rules, "messages.create", never).taken).toBeUndefined();
  });

  it("keeps a rule without a count", () => {
    const rules: RequestFault[] = [{ kind: "latency", ms: 5 }];
    expect(take(rules, "anything", never).rules).toBe(rules);
  });

  it("applies by operation and by prefix", () => {
    const rules: RequestFault[] = [
      { kind: "error", code: 1, on: "messages.create" },
      { kind: "error", code: 2, on: "messages.*" },
    ];
    expect(take(rules, "messages.create", never).taken).toMatchObject({ code: 1 });
    expect(take(rules, "messages.list", never).taken).toMatchObject({ code: 2 });
    expect(take(rules, "events.list", never).taken).toBeUndefined();
  });

  it("plays the same faults again from the same seed", () => {
    const rules: RequestFault[] = [{ kind: "latency", ms: 1, chance: 0.5 }];
    const play = () => {
      const random = seeded(42);
      return Array.from({ length: 20 }, () => take(rules, "x", random).taken !== undefined);
    };
    expect(play()).toEqual(play());
    expect(new Set(play()).size).toBe(2);
  });
});
