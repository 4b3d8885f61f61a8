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

/** Each billing request that GoCardless has is in a link of ours: a parent could pay by any of them. */
export const noRequestLeftOver: Invariant = async ({ world }) => {
  const known = new Set<string>();
  for await (const { stream, data } of world.store.readAll({ prefixes: ["payment-"] })) {
    known.add(stream.slice("payment-".length));
    // A link that is opened again has another request.
    if ("requestId" in data) known.add(String(data.requestId));
  }
  return world.providers.goCardless.billingRequests
    .filter(({ id }) => !known.has(id))
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
