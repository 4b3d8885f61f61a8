export { measureText } from "./measure.ts";
export { shownName } from "./name.ts";
export { checkTemplate, renderText } from "./template.ts";
export { asciiName, downgradeTypography } from "./typography.ts";
