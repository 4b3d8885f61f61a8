import type { FastifyInstance } from "fastify";
import type { FaultBox, FaultSet } from "./fault-box.ts";
import type { When } from "./faults.ts";

const when = {
  on: { type: "string" },
  times: { type: "integer", minimum: 1 },
  chance: { type: "number", minimum: 0, maximum: 1 },
} as const;

const requestFault = {
  type: "object",
  additionalProperties: false,
  required: ["kind"],
  properties: {
    ...when,
    kind: { enum: ["latency", "timeout", "reset", "status", "error"] },
    ms: { type: "integer", minimum: 0 },
    accepted: { type: "boolean" },
    status: { type: "integer", minimum: 200, maximum: 599 },
    body: { enum: ["json", "problem", "html", "text", "empty"] },
    retryAfterSeconds: { type: "integer", minimum: 0 },
    code: { anyOf: [{ type: "integer" }, { type: "string" }] },
  },
  anyOf: [
    { properties: { kind: { const: "latency" } }, required: ["ms"] },
    { properties: { kind: { enum: ["timeout", "reset"] } }, required: ["accepted"] },
    { properties: { kind: { const: "status" } }, required: ["status"] },
    { properties: { kind: { const: "error" } }, required: ["code"] },
  ],
} as const;

const deliveryFault = {
  type: "object",
  additionalProperties: false,
  required: ["kind"],
  properties: {
    ...when,
    kind: { enum: ["drop", "duplicate", "reorder", "delay"] },
    ms: { type: "integer", minimum: 0 },
  },
} as const;

/** The schema of one provider's faults, given the schema of the outcomes that can be set. */
const faultSet = (outcome: object) => ({
  type: "object",
  additionalProperties: false,
  properties: {
    requests: { type: "array", items: requestFault },
    deliveries: { type: "array", items: deliveryFault },
    outcomes: { type: "array", items: outcome },
    seed: { type: "integer" },
  },
});

export const outcomeSchema = (properties: object, required: readonly string[]) => ({
  type: "object",
  additionalProperties: false,
  required,
  properties: { ...when, ...properties },
});

/** A provider whose faults can be switched. */
export type Switchable = {
  readonly name: string;
  readonly outcome: object;
  readonly current: () => FaultSet<When>;
  readonly set: (parts: Partial<FaultSet<When>>) => void;
  readonly reset: () => void;
};

export const switchable = <O extends When>(name: string, faults: FaultBox<O>, outcome: object): Switchable => ({
  name,
  outcome,
  current: () => faults.current(),
  // The schema has checked the outcomes.
  set: (parts) => faults.set(parts as Partial<FaultSet<O>>),
  reset: () => faults.reset(),
});

/**
 * `GET /control/faults` shows the faults in force, `POST` replaces the parts that it names, `DELETE` ends them all:
 * `{"twilio": {"requests": [{"kind": "timeout", "accepted": true, "times": 1}]}}`.
 */
export const controlRoutes =
  (providers: readonly Switchable[]) =>
  async (app: FastifyInstance): Promise<void> => {
    const show = () => Object.fromEntries(providers.map((provider) => [provider.name, provider.current()]));
    const body = {
      type: "object",
      additionalProperties: false,
      properties: Object.fromEntries(providers.map((provider) => [provider.name, faultSet(provider.outcome)])),
    };
    app.get("/control/faults", async () => show());
    app.post<{ Body: Record<string, Partial<FaultSet<When>>> }>(
      "/control/faults",
      { schema: { body } },
      async (request) => {
        for (const provider of providers) {
          const parts = request.body[provider.name];
          if (parts !== undefined) provider.set(parts);
        }
        return show();
      },
    );
    app.delete("/control/faults", async () => {
      for (const provider of providers) provider.reset();
      return show();
    });
  };
