import { nanos } from "nats";
import { beforeEach, describe, expect, test } from "vitest";
import { ensureStreams, lastOnSubject, type Messaging, renewDeadLetters } from "../../src/index.ts";
import { goneCodes } from "../../src/streams.ts";
import { type Open, pause, setScene, text, WINDOW_MS } from "./scene.ts";

const WRONG_LAST_SEQUENCE = 10071;
const WRONG_LAST_ID = 10070;

/** What Touchline expects of publishing and of streams, on every implementation. */
export const streamsContract = (implementation: string, open: Open): void => {
  describe(`streams of ${implementation}`, () => {
    const { publish, state, code, current } = setScene(open);
    let messaging: Messaging;
    let stream: string;
    let subject: string;

    beforeEach(() => {
      ({ messaging, stream, subject } = current());
    });

    test("published messages are stored in order, and the answer gives the sequence", async () => {
      expect(await state()).toMatchObject({ messages: 0, first_seq: 0, last_seq: 0 });
      expect(await publish("a")).toMatchObject({ stream, seq: 1, duplicate: false });
      expect(await publish("b", { on: `${stream}.b` })).toMatchObject({ seq: 2 });
      expect(await state(`${stream}.>`)).toMatchObject({
        messages: 2,
        first_seq: 1,
        last_seq: 2,
        subjects: { [subject]: 1, [`${stream}.b`]: 1 },
      });
      expect((await state(subject)).subjects).toEqual({ [subject]: 1 });
    });

    test("a publish to a subject without a stream is refused", async () => {
      await expect(messaging.publish(`other.${stream}`, "{}")).rejects.toMatchObject({ code: "503" });
    });

    test("a repeated id is stored once within the duplicate window", async () => {
      expect(await publish("a", { msgId: "1" })).toMatchObject({ seq: 1, duplicate: false });
      expect(await publish("b", { msgId: "1" })).toMatchObject({ seq: 1, duplicate: true });
      // NATS 2.10 looks at the id before the expectation, and 2.15 after it. Neither stores the message.
      await publish("b", { msgId: "1", expectLastSequence: 7 }).catch(() => undefined);
      expect(await state()).toMatchObject({ messages: 1, last_seq: 1 });
      await messaging.jsm.streams.deleteMessage(stream, 1);
      expect(await publish("b", { msgId: "1" })).toMatchObject({ seq: 1, duplicate: true });
      await pause(WINDOW_MS * 2);
      expect(await publish("b", { msgId: "1" })).toMatchObject({ seq: 2, duplicate: false });
    });

    test("a publish that expects another sequence is refused", async () => {
      expect(await publish("a", { expectLastSequence: 0 })).toMatchObject({ seq: 1 });
      expect(await code(publish("b", { expectLastSequence: 0 }))).toBe(WRONG_LAST_SEQUENCE);
      expect(await code(publish("b", { expectLastSequence: 2 }))).toBe(WRONG_LAST_SEQUENCE);
      await messaging.jsm.streams.deleteMessage(stream, 1);
      expect(await publish("b", { expectLastSequence: 1 })).toMatchObject({ seq: 2 });
      await messaging.jsm.streams.purge(stream);
      expect(await publish("c", { expectLastSequence: 2 })).toMatchObject({ seq: 3 });
    });

    test("a publish that expects another last message on its subject is refused", async () => {
      expect(await publish("a", { expectLastSubjectSequence: 0 })).toMatchObject({ seq: 1 });
      await publish("other", { on: `${stream}.b` });
      expect(await code(publish("b", { expectLastSubjectSequence: 0 }))).toBe(WRONG_LAST_SEQUENCE);
      expect(await code(publish("b", { expectLastSubjectSequence: 2 }))).toBe(WRONG_LAST_SEQUENCE);
      expect(await publish("b", { expectLastSubjectSequence: 1 })).toMatchObject({ seq: 3 });
    });

    test("a publish that expects another last id is refused", async () => {
      await publish("a", { msgId: "1" });
      expect(await code(publish("b", { expectLastMsgId: "0" }))).toBe(WRONG_LAST_ID);
      expect(await publish("b", { msgId: "2", expectLastMsgId: "1" })).toMatchObject({ seq: 2 });
      await publish("c");
      expect(await code(publish("d", { expectLastMsgId: "2" }))).toBe(WRONG_LAST_ID);
    });

    test("publishes with and without an answer keep their order", async () => {
      for (let n = 0; n < 5; n++)
        messaging.publishUnanswered(subject, `${n}`, { expectLastSequence: n, msgId: `${n}` });
      // Out of place, but no answer says so.
      messaging.publishUnanswered(subject, "lost", { expectLastSequence: 9 });
      expect(await publish("5", { expectLastSequence: 5, expectLastMsgId: "4" })).toMatchObject({ seq: 6 });
    });

    test("messages are found by sequence, by subject from a sequence on, and as the last on a subject", async () => {
      for (const [n, letter] of ["a", "b", "a", "b"].entries()) await publish(`${n}`, { on: `${stream}.${letter}` });
      const get = async (query: Parameters<Messaging["jsm"]["streams"]["getMessage"]>[1]) =>
        (await messaging.jsm.streams.getMessage(stream, query)).seq;
      expect(await get({ seq: 2 })).toBe(2);
      expect(await get({ seq: 2, next_by_subj: `${stream}.a` })).toBe(3);
      expect(await get({ seq: 1, next_by_subj: `${stream}.*` })).toBe(1);
      expect(await get({ last_by_subj: `${stream}.a` })).toBe(3);
      expect(await get({ last_by_subj: `${stream}.>` })).toBe(4);
      for (const query of [{ seq: 9 }, { seq: 4, next_by_subj: `${stream}.a` }, { last_by_subj: `${stream}.c` }])
        expect(goneCodes).toContain(await code(get(query)));
      const whole = await messaging.jsm.streams.getMessage(stream, { seq: 1 });
      expect([whole.subject, text(whole), Math.abs(whole.time.getTime() - Date.now()) < 60_000]).toEqual([
        `${stream}.a`,
        "0",
        true,
      ]);
      expect(await lastOnSubject(messaging, stream, `${stream}.c`)).toBeUndefined();
    });

    test("deleted messages are gone, and their sequences are not reused", async () => {
      for (const payload of ["a", "b", "c"]) await publish(payload);
      const remove = (seq: number) => messaging.jsm.streams.deleteMessage(stream, seq, true);
      expect(await remove(2)).toBe(true);
      expect(goneCodes).toContain(await code(remove(2)));
      expect(goneCodes).toContain(await code(messaging.jsm.streams.getMessage(stream, { seq: 2 })));
      await remove(1);
      expect(await state()).toMatchObject({ messages: 1, first_seq: 3, last_seq: 3 });
      await remove(3);
      expect(await state()).toMatchObject({ messages: 0, first_seq: 4, last_seq: 3 });
      expect(await publish("d")).toMatchObject({ seq: 4 });
    });

    test("a purge keeps the next sequence", async () => {
      for (const payload of ["a", "b"]) await publish(payload);
      expect(await messaging.jsm.streams.purge(stream)).toMatchObject({ purged: 2 });
      expect(await state()).toMatchObject({ messages: 0, bytes: 0, first_seq: 3, last_seq: 2 });
      expect(await publish("c")).toMatchObject({ seq: 3 });
    });

    test("streams are created once, can be changed, and never share a subject", async () => {
      const { jsm } = messaging;
      const same = { name: stream, subjects: [`${stream}.>`], duplicate_window: nanos(WINDOW_MS) };
      await jsm.streams.add(same);
      expect(await code(jsm.streams.add({ ...same, subjects: [`${stream}.b`] }))).toBe(10058);
      expect(await code(jsm.streams.add({ name: `${stream}X`, subjects: [`${stream}.*.c`] }))).toBe(10065);
      const { config } = await jsm.streams.info(stream);
      await jsm.streams.update(stream, { ...config, subjects: [`${stream}.b`] });
      await expect(publish("a")).rejects.toMatchObject({ code: "503" });
      expect(await code(jsm.streams.info("none"))).toBe(10059);
      expect(await code(jsm.consumers.info(stream, "none"))).toBe(10014);
      expect(await code(messaging.js.consumers.get(stream, "none"))).toBe(10014);
      expect(await jsm.streams.delete(stream)).toBe(true);
      expect(await code(jsm.streams.info(stream))).toBe(10059);
    });

    test("one server keeps one copy, and refuses more", async () => {
      const wish = { name: `${stream}X`, subjects: [`${stream}X`] };
      expect(await code(messaging.jsm.streams.add({ ...wish, num_replicas: 3 }))).toBe(10074);
      const { config } = await messaging.jsm.streams.add({ ...wish, num_replicas: 1 });
      expect(config.num_replicas).toBe(1);
    });

    test("a message that is parked a second time within a day is one dead letter, also in a stream from an earlier version", async () => {
      const { jsm } = messaging;
      const window = async () => (await jsm.streams.info("DEAD_LETTERS")).config.duplicate_window;
      await ensureStreams(messaging);
      const [wanted, { config }] = [await window(), await jsm.streams.info("DEAD_LETTERS")];
      expect(wanted).toBe(nanos(86_400_000));
      for (const [before, after] of [
        [nanos(120_000), wanted],
        [nanos(60_000), nanos(60_000)],
      ] as const) {
        await jsm.streams.update("DEAD_LETTERS", { ...config, duplicate_window: before });
        await renewDeadLetters(messaging);
        expect(await window()).toBe(after);
      }
    });

    test("the needed streams are created, and the check names a missing one", async () => {
      await ensureStreams(messaging);
      expect(await messaging.check()).toBeUndefined();
      await messaging.jsm.streams.delete("DEAD_LETTERS");
      expect(await messaging.check()).toBe("stream DEAD_LETTERS does not exist");
      await ensureStreams(messaging);
      expect(await messaging.check()).toBeUndefined();
    });
  });
};
