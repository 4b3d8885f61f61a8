/** Why a refund was not made, by the code of `RefundRefused`. Any other code is GoCardless's own. */
export const refundRefusalReasons = {
  more_than_refundable: "none of this family's payments has that much left to give back",
  total_differs: "GoCardless says that a different amount was given back earlier. Check the payment at GoCardless",
  too_many_refunds: "GoCardless allows no more refunds of this payment",
  balance_too_low: "the club’s balance at GoCardless is too low. Ask again once more payments have come in",
  not_collected: "the payment was not collected",
  forbidden:
    "GoCardless does not permit this account to make refunds. Ask GoCardless to switch them on, then ask again",
} as const;
