/** The design's example as a gateway submits it, without its fees. */
export const submission = (registrationId: string, more: object = {}) => ({
  registrationId,
  child: { firstName: "Zoë", lastName: "O'Neill" },
  parent: { firstName: "Sam", lastName: "O'Neill" },
  parentPhone: "07700 900123",
  team: "Tigers",
  ageGroup: "u10",
  season: "2526",
  preferredPaymentDay: 1,
  ...more,
});
