// Keeps the page as the server sees it, and sends its forms without leaving it. Without this script everything still
// works, with a reload after each step.

/** Makes the children of an element those of the given HTML; what has not changed stays, focus and all. */
const sync = (element, html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  const wanted = [...template.content.children];
  const keyOf = (child) => child.id || child.value;
  const present = new Map([...element.children].map((child) => [keyOf(child), child]));
  const focused = document.activeElement?.id;
  let added = false;
  wanted.forEach((child, index) => {
    const old = present.get(keyOf(child));
    present.delete(keyOf(child));
    if (old !== undefined && rendered.get(old) === child.outerHTML) {
      if (element.children[index] !== old) element.insertBefore(old, element.children[index] ?? null);
      return;
    }
    rendered.set(child, child.outerHTML);
    if (old !== undefined) old.replaceWith(child);
    else added = true;
    if (element.children[index] !== child) element.insertBefore(child, element.children[index] ?? null);
  });
  for (const gone of present.values()) gone.remove();
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus();
  const log = element.closest("[data-follow]");
  if (added && log !== null) log.scrollTop = log.scrollHeight;
};

/** What the server sent for each element, which is not what it became when somebody types into it. */
const rendered = new WeakMap();
for (const list of document.querySelectorAll("[id]")) {
  for (const child of list.children) rendered.set(child, child.outerHTML);
}
for (const log of document.querySelectorAll("[data-follow]")) log.scrollTop = log.scrollHeight;

const live = document.getElementById("live");
const phone = document.documentElement.dataset.phone;
const source = new EventSource(`/sandbox/live${phone ? `?phone=${encodeURIComponent(phone)}` : ""}`);
source.addEventListener("pieces", (event) => {
  for (const [id, html] of Object.entries(JSON.parse(event.data))) {
    const element = document.getElementById(id);
    if (element !== null) sync(element, html);
  }
  document.documentElement.dataset.live = "true";
  live.textContent = "Live";
});
source.addEventListener("error", () => {
  document.documentElement.dataset.live = "false";
  live.textContent = "Not connected";
});

const showFaults = (form, fields) => {
  for (const place of form.querySelectorAll("[data-fault-of]")) {
    const found = fields.find((fault) => fault.field === place.dataset.faultOf);
    place.textContent = found?.message ?? "";
    const input = form.elements[place.dataset.faultOf];
    if (found) {
      input.setAttribute("aria-invalid", "true");
      if (place.id) input.setAttribute("aria-describedby", place.id);
    } else input.removeAttribute("aria-invalid");
  }
};

/** Sends a form and says what came of it. */
const submit = async (form, submitter) => {
  const body = new URLSearchParams(new FormData(form, submitter));
  if (form.classList.contains("say")) form.querySelector("input:not([type=hidden])").value = "";
  try {
    const response = await fetch(form.action, { method: "POST", body, headers: { accept: "application/json" } });
    const answer = await response.json();
    showFaults(form, answer.fields ?? []);
    live.textContent = answer.message ?? "Live";
  } catch {
    live.textContent = "Not connected";
  }
};

document.addEventListener("submit", (event) => {
  if (!("live" in event.target.dataset)) return;
  event.preventDefault();
  void submit(event.target, event.submitter);
});

document.querySelector("[data-choose]")?.addEventListener("change", (event) => event.currentTarget.submit());

// On a desk, a tapped link opens in a window of a phone's size.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-testid=sms-link]");
  if (!link || event.ctrlKey || event.metaKey || !matchMedia("(min-width: 60rem)").matches) return;
  event.preventDefault();
  open(link.href, "_blank", "popup,noopener,noreferrer,width=400,height=800");
});
