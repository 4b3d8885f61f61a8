/** What a text says, whether it still goes and when: for programs that ask what would happen, such as a rehearsal. */
export { compose, type Wanted } from "./intake/compose.ts";
export { type Circumstances, isReminder, obstacle, respectsQuietHours } from "./sms/circumstances.ts";
export { feesFrom, type LinkContext } from "./sms/context.ts";
export { reminderTimes } from "./sms/reminders.ts";
