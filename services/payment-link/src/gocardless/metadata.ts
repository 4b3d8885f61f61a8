/** Our metadata on what we create at GoCardless, which its events then carry. At most three keys. */
export const purposes = {
  fee: "signing_fee",
  missed: "missed_monthly_fees",
  mandate: "monthly_mandate",
  monthly: "monthly_fee",
  refund: "refund",
} as const;

export const metadataOf = (registrationId: string, purpose: string) => ({ registration_id: registrationId, purpose });
