import { describe, expect, it } from "vitest";
import { linkIn, titleOf } from "./previews.ts";

describe("previews", () => {
  it("show the page's title as text", () => {
    expect(titleOf("<html><title> Tigers &amp; Lions </title>")).toBe("Tigers & Lions");
    expect(titleOf("<p>no title</p>")).toBeUndefined();
  });

  it("are of the first link", () => {
    expect(linkIn("Pay: https://club.example/reg_setup/BRQ1 Registration not complete")).toBe(
      "https://club.example/reg_setup/BRQ1",
    );
    expect(linkIn("no link")).toBeUndefined();
  });
});
