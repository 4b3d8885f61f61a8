import type { Account } from "./account.ts";
import { cancelBillingRequest, isOpenRequest } from "./billing-requests.ts";
import { isRefusal, type Refusal, validationFailed } from "./errors.ts";
import { cancelMandate } from "./mandates.ts";
import type { Customer } from "./money-resources.ts";
import { isOpenMandate } from "./path.ts";
import { createPayer, withoutDetails } from "./payers.ts";
import { customerShape } from "./requests.ts";
import { givenFields } from "./shape.ts";

export const createCustomer = (account: Account, given: unknown): Customer | Refusal => {
  const errors = customerShape(given, "/customers");
  if (errors.length > 0) return validationFailed(errors);
  return account.customers.put({ ...createPayer(account), ...givenFields(given as Partial<Customer>) });
};

/** Irreversible: everything not yet collected is cancelled, and no read shows the customer any longer. */
export const removeCustomer = (account: Account, customer: Customer): Customer | Refusal => {
  for (const mandate of account.mandates.all()) {
    if (mandate.links.customer !== customer.id || !isOpenMandate(mandate)) continue;
    const cancelled = cancelMandate(account, mandate, "api");
    if (isRefusal(cancelled)) return cancelled;
  }
  for (const request of account.billingRequests.all()) {
    if (request.links.customer === customer.id && isOpenRequest(request)) cancelBillingRequest(account, request);
  }
  account.customers.remove(customer.id);
  account.removedCustomers.put({ id: customer.id, created_at: account.now().toISOString() });
  return withoutDetails(customer);
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
