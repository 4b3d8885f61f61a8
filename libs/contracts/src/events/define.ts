import { type Static, type TObject, type TProperties, Type } from "typebox";
import { Compile } from "typebox/compile";
import { BILLING_REQUEST_ID } from "../billing-request.ts";

/** One type of stored event: its name, the shape of its data, and its entry in the catalogue. */
export interface EventDefinition<T extends string = string, P extends TProperties = TProperties> {
  readonly type: T;
  /** First part of the stream name, `<category>-<id>`, and of the NATS subject. */
  readonly category: Category;
  readonly schema: TObject<P>;
  /** One sentence: what happened. */
  readonly meaning: string;
  /** The service that appends it. */
  readonly producer: string;
  /** Empty when the data fits the schema; otherwise one line for each error, with its JSON path. Never repeats a value. */
  readonly faults: (data: unknown) => string[];
}

export type Category = "registration" | "payment" | "sms" | "email" | "suppression" | "digest" | "store";

/** An event as decisions return it. */
export type EventOf<D extends EventDefinition> =
  D extends EventDefinition<infer T, infer P> ? { readonly type: T; readonly data: Static<TObject<P>> } : never;

/** Fixes a category and its usual producer. The function it returns defines one event. */
export const eventsOf =
  (category: Category, producer: string) =>
  <const T extends string, P extends TProperties>(
    type: T,
    meaning: string,
    properties: P,
    by = producer,
  ): EventDefinition<T, P> => {
    const schema = Type.Object(properties);
    // Compiled on first use: a process pays only for the events it appends.
    let validator: { Check(data: unknown): boolean; Errors(data: unknown): object } | undefined;
    const faults = (data: unknown): string[] => {
      validator ??= Compile(schema);
      if (validator.Check(data)) return [];
      return [...(validator.Errors(data) as Iterable<{ instancePath?: string; message?: string }>)].map(
        (e) => `${e.instancePath || "(root)"} ${e.message ?? "is not valid"}`,
      );
    };
    return { type, category, schema, meaning, producer: by, faults };
  };

/** An instant: ISO 8601 in UTC, as `Date.prototype.toISOString` writes it. */
export const Instant = (description?: string) =>
  Type.String({ format: "date-time", ...(description && { description }) });
export const Pence = () => Type.Integer({ minimum: 0, description: "pence" });
export const RegistrationId = () => Type.String({ pattern: "^[A-Za-z0-9._~-]{1,64}$" });
export const BillingRequestId = (description?: string) =>
  Type.String({ pattern: BILLING_REQUEST_ID, ...(description && { description }) });
/** E.164, as `parseUkMobile` returns it. */
export const Phone = () => Type.String({ pattern: "^\\+44[0-9]{9,10}$" });
