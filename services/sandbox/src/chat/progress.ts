/** The registration as Touchline last reported it. */
export type Progress = {
  readonly smsStatus: string;
  readonly smsError: string;
  readonly paymentStatus: string;
  readonly linkOpened: boolean;
  readonly phoneNeedsCorrection: boolean;
  readonly tokenError: string;
  readonly position: string;
};

export type Step = { readonly name: string; readonly state: "done" | "waiting" | "wrong" };

const textSteps = (progress: Progress): Step[] => {
  const { smsStatus } = progress;
  const reached = smsStatus === "delivered";
  const lost = smsStatus === "undelivered" || smsStatus === "failed";
  return [
    {
      name: "Text sent",
      state: smsStatus === "failed" ? "wrong" : smsStatus === "sent" || reached || lost ? "done" : "waiting",
    },
    { name: "Delivered", state: reached ? "done" : lost ? "wrong" : "waiting" },
  ];
};

const gone = ["failed", "charged_back", "cancelled"];

/** How far the registration has got. With nothing known yet, it counts as registered. */
export const steps = (progress: Progress | undefined): Step[] => [
  { name: "Registered", state: "done" },
  ...(progress === undefined
    ? (["Text sent", "Delivered", "Link opened", "Paid"] as const).map((name): Step => ({ name, state: "waiting" }))
    : [
        ...textSteps(progress),
        { name: "Link opened", state: progress.linkOpened ? "done" : "waiting" } as const,
        {
          name: "Paid",
          state:
            progress.paymentStatus === "paid" ? "done" : gone.includes(progress.paymentStatus) ? "wrong" : "waiting",
        } as const,
      ]),
];

/** One sentence for the parent in the chat. */
export const sentence = (progress: Progress | undefined): string => {
  if (progress === undefined) return "Registered. The text with the payment link is on its way.";
  if (progress.tokenError !== "") return "The club’s payment provider refused; somebody is looking into it.";
  switch (progress.paymentStatus) {
    case "paid":
      return "Paid. The registration is complete.";
    case "failed":
      return "The payment failed. The link in the text works again.";
    case "charged_back":
      return "The payment was taken back. The link in the text works again.";
    case "cancelled":
      return "This registration is cancelled.";
    default:
      return textSentence(progress);
  }
};

const textSentence = (progress: Progress): string => {
  switch (progress.smsStatus) {
    case "delivered":
      return progress.linkOpened
        ? "The payment page is open. Take your time."
        : "The text has arrived. Pay when convenient.";
    case "sent":
      return "Text sent. Has it arrived?";
    case "undelivered":
    case "failed":
      return progress.phoneNeedsCorrection
        ? "The text could not be delivered. Which number should we use?"
        : "The text has not arrived yet.";
    default:
      return "Registered. The text with the payment link is on its way.";
  }
};
