// Follows what happens: on each change the page is fetched again, and only what differs is put in its place.
const label = document.getElementById("live");
const say = (text) => {
  if (label && label.textContent !== text) label.textContent = text;
};

/** Puts one element's new version in place, element by element, so that focus and open details stay. */
const morph = (old, fresh) => {
  if (old.isEqualNode(fresh)) return;
  const children = [...old.children];
  const wanted = [...fresh.children];
  const keyed = new Map(children.filter((child) => child.id).map((child) => [child.id, child]));
  const alike =
    old.tagName === fresh.tagName &&
    wanted.length > 0 &&
    wanted.every((child) => child.id) &&
    children.every((c) => c.id);
  if (!alike) {
    const focused = old.contains(document.activeElement) ? document.activeElement?.id : undefined;
    const open = [...old.querySelectorAll("details[open] > summary[id]")].map((summary) => summary.id);
    old.replaceWith(fresh);
    for (const id of open) document.getElementById(id)?.parentElement?.setAttribute("open", "");
    if (focused) document.getElementById(focused)?.focus();
    return;
  }
  wanted.forEach((child, index) => {
    const known = keyed.get(child.id);
    const place = old.children[index];
    if (!known) old.insertBefore(child, place ?? null);
    else {
      if (known !== place) old.insertBefore(known, place ?? null);
      keyed.delete(child.id);
      morph(known, child);
    }
  });
  for (const gone of keyed.values()) gone.remove();
};

/** Each page has other tokens and request ids in its forms. With the old ones, a form that is otherwise the same stays in place. */
const keepIds = (region) => {
  for (const button of region.querySelectorAll("button[id]")) {
    const old = document.getElementById(button.id)?.form?.elements;
    for (const name of ["csrf", "record"]) {
      const input = button.form?.elements.namedItem(name);
      if (input) input.value = old?.namedItem(name)?.value ?? input.value;
    }
  }
};

const APART_MS = 1000;
let busy = false;
let again = false;

/** At most once a second, however fast things happen; the last change is never missed. */
const refresh = async () => {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  again = false;
  try {
    await fetchAndMorph();
  } catch {
    // Away for the moment; the next change or connection brings it.
  }
  setTimeout(() => {
    busy = false;
    if (again) void refresh();
  }, APART_MS);
};

const fetchAndMorph = async () => {
  const answer = await fetch(location.href, { credentials: "same-origin" });
  // Logged out, erased or no longer to be seen: the page itself has to go where its content went.
  if (answer.redirected || [403, 404].includes(answer.status)) location.reload();
  else if (answer.ok) {
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const region of fresh.querySelectorAll("[data-live]")) {
      const old = document.getElementById(region.id);
      keepIds(region);
      if (old) morph(old, region);
    }
  }
};

// A message about what was just done belongs to this view of the page, not to its address.
if (new URLSearchParams(location.search).has("done")) history.replaceState(null, "", location.pathname);

let source;
let dropped = false;
const follow = () => {
  source = new EventSource("/admin/events");
  source.addEventListener("open", () => {
    say("Live");
    if (dropped) void refresh();
    dropped = false;
  });
  source.addEventListener("change", () => void refresh());
  source.addEventListener("error", () => {
    dropped = true;
    say("Not live: reconnecting");
    // The browser gives up for good when the answer is no event stream. Then the session may be over: the page itself knows.
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(follow, 5000);
    void refresh();
  });
};
follow();
addEventListener("pagehide", () => source?.close());
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    follow();
    void refresh();
  }
});
