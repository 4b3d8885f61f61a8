import type { Account } from "./account.ts";
import { type Refusal, usage } from "./errors.ts";
import type { Customer } from "./money-resources.ts";
import { type Links, newId } from "./resources.ts";

const blank = {
  email: null,
  given_name: null,
  family_name: null,
  company_name: null,
  language: "en",
  phone_number: null,
  address_line1: null,
  address_line2: null,
  address_line3: null,
  city: null,
  region: null,
  postal_code: null,
  country_code: null,
  danish_identity_number: null,
  swedish_identity_number: null,
  metadata: {},
} as const;

/** GoCardless creates the payer with the billing request, and learns who it is on the page. */
export const createPayer = (account: Account): Customer =>
  account.customers.put({ id: newId("CU"), created_at: account.now().toISOString(), ...blank });

/** Without the details, as a removed customer is shown. */
export const withoutDetails = (customer: Customer): Customer => ({ ...customer, ...blank });

/** What the payer enters on the page, invented. Known details stay. */
export const enterDetails = (account: Account, id: string): void => {
  const known = account.customers.get(id);
  account.customers.put({
    id,
    created_at: account.now().toISOString(),
    ...blank,
    ...known,
    email: known?.email ?? `${id.toLowerCase()}@payer.example`,
    given_name: known?.given_name ?? "Sandbox",
    family_name: known?.family_name ?? `Payer ${newId("").slice(-4)}`,
  });
};

/** Whose bank account it is, if it was seen on a billing request or a mandate. */
const ownerOf = (account: Account, bankAccount: string): string | undefined =>
  [...account.billingRequests.all(), ...account.mandates.all()].find(
    ({ links }) => links.customer_bank_account === bankAccount,
  )?.links.customer;

export type GivenPayer = { readonly customer?: string | null; readonly customer_bank_account?: string | null };

/** The payer that a new billing request names, or a new one. */
export const payerLinks = (account: Account, { customer, customer_bank_account }: GivenPayer): Links | Refusal => {
  const owner = customer_bank_account == null ? undefined : ownerOf(account, customer_bank_account);
  const id = customer ?? owner;
  if (id !== undefined && account.customers.get(id) === undefined) {
    return usage(422, "link_not_found", "Customer not found");
  }
  if (customer_bank_account == null) return { customer: id ?? createPayer(account).id };
  return id === undefined || id !== owner
    ? usage(422, "link_not_found", "Customer bank account not found")
    : { customer: id, customer_bank_account };
};
