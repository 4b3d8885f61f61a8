/** Our words on the things that we create at GoCardless: its events about them carry them. At most three keys. */
export const purposes = {
  fee: "signing_fee",
  missed: "missed_monthly_fees",
  mandate: "monthly_mandate",
  monthly: "monthly_fee",
  refund: "refund",
} as const;

export const metadataOf = (registrationId: string, purpose: string) => ({ registration_id: registrationId, purpose });
