import type { Invariant } from "./found.ts";

/** A payment that the club has, or will have. */
const standing = ["pending_submission", "submitted", "confirmed", "paid_out"];

export const paidOnce: Invariant = ({ world, families }) => {
  const { registrations } = world.providers.goCardless.books;
  return families.flatMap(({ registrationId }) => {
    const fees = (registrations[registrationId]?.payments ?? []).filter(
      ({ subscription, status }) => !subscription && standing.includes(status),
    );
    return fees.length > 1 ? [`${registrationId} pays its fee ${fees.length} times`] : [];
  });
};

/**
 * Each billing request that GoCardless has is in a link of ours, because a parent could pay any of them. If the answer to the request was
 * lost and the family left before it was asked for again, nobody has its page.
 */
export const noRequestLeftOver: Invariant = async ({ world }) => {
  const known = new Set<string>();
  const left = new Set<string>();
  const linked = new Set<string>();
  for await (const { type, stream, data } of world.store.readAll({ prefixes: ["payment-", "registration-"] })) {
    if (type === "RegistrationCancelled") left.add(data.registrationId);
    if (type === "PaymentTokenCreated") linked.add(data.registrationId);
    known.add(stream.slice("payment-".length));
    // A link that is opened again has another request.
    if ("requestId" in data) known.add(String(data.requestId));
  }
  const hasNoPage = (registrationId = "") => left.has(registrationId) && !linked.has(registrationId);
  return world.providers.goCardless.billingRequests
    .filter(({ id, metadata }) => !known.has(id) && !hasNoPage(metadata.registration_id))
    .map(({ id, metadata }) => `${id} of ${metadata.registration_id} is not`);
};

export const booksAgree: Invariant = ({ world, families }) => {
  const registration = world.registration();
  if (!registration) return ["registration is not up"];
  const { registrations } = world.providers.goCardless.books;
  return families.flatMap(({ registrationId }) => {
    const entries = registration.books.ofFamily(registrationId);
    const ours = entries.reduce((sum, { collected, refunded }) => sum + collected - refunded, 0);
    const theirs = registrations[registrationId]?.keptPence ?? 0;
    return ours === theirs ? [] : [`${registrationId}: ${ours} pence in the ledger, ${theirs} at GoCardless`];
  });
};
