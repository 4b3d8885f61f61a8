import type { ProviderEvent } from "../payment/provider.ts";

/** Undefined if it is not an event. A missing or invalid time becomes now. */
export const decodeProviderEvent = (raw: unknown, now: Date): ProviderEvent | undefined => {
  if (typeof raw !== "object" || raw === null) return undefined;
  const { id, resource_type, action, links, details, resource_metadata } = raw as Record<string, unknown>;
  if (typeof id !== "string" || !/^[A-Za-z0-9_-]{1,64}$/.test(id)) return undefined;
  if (typeof resource_type !== "string" || typeof action !== "string") return undefined;
  const occurred = timeOf(raw) ?? now;
  const metadata = strings(resource_metadata);
  const cause = strings(details).cause;
  return {
    id,
    resourceType: resource_type.slice(0, 100),
    action: action.slice(0, 100),
    links: strings(links),
    occurredAt: occurred.toISOString(),
    ...(cause && { cause: cause.slice(0, 200) }),
    ...(Object(details).will_attempt_retry === true && { willRetry: true }),
    ...(metadata.registration_id && { registrationId: metadata.registration_id }),
    ...(metadata.purpose && { purpose: metadata.purpose }),
  };
};

/** When an event happened, as GoCardless says; undefined if it does not say, or says no valid time. */
export const timeOf = (raw: unknown): Date | undefined => instantOf(Object(raw).created_at);

/** Only years of four digits, because times are compared and stored as text. */
const instantOf = (text: unknown): Date | undefined => {
  const at = new Date(typeof text === "string" ? text : Number.NaN);
  const year = at.getUTCFullYear();
  return year >= 0 && year <= 9_999 ? at : undefined;
};

const strings = (value: unknown): Record<string, string> =>
  typeof value === "object" && value !== null
    ? Object.fromEntries(
        Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
      )
    : {};
