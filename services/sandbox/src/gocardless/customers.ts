import type { Account } from "./account.ts";
import { isRefusal, type Refusal } from "./errors.ts";
import { cancelMandate } from "./mandates.ts";
import type { Customer } from "./money-resources.ts";
import { isOpenMandate } from "./path.ts";
import { newId } from "./resources.ts";

/** The payer of a billing request, with invented details. */
export const ensureCustomer = (account: Account, id: string): void => {
  if (account.customers.get(id) !== undefined) return;
  account.customers.put({
    id,
    created_at: account.now().toISOString(),
    email: `${id.toLowerCase()}@payer.example`,
    given_name: "Sandbox",
    family_name: `Payer ${newId("").slice(-4)}`,
    company_name: null,
    language: "en",
    metadata: {},
  });
};

/** Irreversible: everything not yet collected is cancelled, and no read shows the customer any longer. */
export const removeCustomer = (account: Account, customer: Customer): Customer | Refusal => {
  for (const mandate of account.mandates.all()) {
    if (mandate.links.customer !== customer.id || !isOpenMandate(mandate)) continue;
    const cancelled = cancelMandate(account, mandate, "api");
    if (isRefusal(cancelled)) return cancelled;
  }
  account.customers.remove(customer.id);
  account.removedCustomers.put({ id: customer.id, created_at: account.now().toISOString() });
  return { ...customer, email: "", given_name: "", family_name: "" };
};

type Rows<T> = { get(id: string): T | undefined; newest(): T[] };

/**
 * What is left to see of removed customers. GoCardless does not document whether their payments, refunds and mandates can
 * still be read: `removalHidesMoney` says no.
 */
export const visible = <T>(account: Account, rows: Rows<T>, customerOf: (row: T) => string | undefined): Rows<T> => {
  const shown = (row: T): boolean =>
    !account.options.removalHidesMoney || account.removedCustomers.get(customerOf(row) ?? "") === undefined;
  return {
    get: (id) => [rows.get(id)].find((row): row is T => row !== undefined && shown(row)),
    newest: () => rows.newest().filter(shown),
  };
};
