// @ts-check

/**
 * A live list (macro `live`) reloads itself on each event. This says so when the stream breaks. When it is
 * back the server begins with an event, so what happened in between is not missed.
 */
const RECONNECTING = "Connection lost. Reconnecting…";

/** One lost heartbeat mends itself within a second; only a longer silence is worth a word. */
const PATIENCE_MS = 1500;

let broken = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let waiting;

document.addEventListener("htmx:sseError", () => {
  if (broken) return;
  broken = true;
  waiting = setTimeout(() => (show(true), lookAgain()), PATIENCE_MS);
});

document.addEventListener("htmx:sseOpen", mended);

// The page whose stream was broken is gone, and its stream with it.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target instanceof Element && event.target.id === "page") mended();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { requestConfig, xhr } = /** @type {CustomEvent} */ (event).detail;
  if (!requestConfig?.elt?.hasAttribute("data-live") || xhr.status < 400) return;
  // The list is still right as of a moment ago; an error page has nothing to put in its place.
  event.preventDefault();
  // Signed out, or removed from the workspace: the whole page has to say so.
  if (xhr.status < 500 && xhr.status !== 429) window.location.reload();
});

/** What a live body says of itself, by its id, before it was replaced. @type {Map<string, string | undefined>} */
const said = new Map();

// Readers of a screen hear what changed, and not the whole list again.
document.addEventListener("htmx:beforeSwap", (event) => {
  const target = /** @type {CustomEvent<{ target: HTMLElement }>} */ (event).detail.target;
  if (target.dataset.announce) said.set(target.id, target.dataset.announce);
});

document.addEventListener("htmx:load", (event) => {
  const body = event.target;
  if (!(body instanceof HTMLElement) || !body.dataset.announce) return;
  const before = said.get(body.id);
  said.delete(body.id);
  if (before === undefined || before === body.dataset.announce) return;
  document.dispatchEvent(new CustomEvent("qwalo:announce", { detail: body.dataset.announce }));
});

/** A stream does not say why it is refused. The list's own request does: a session that has ended leads away. */
function lookAgain() {
  for (const list of document.querySelectorAll("[data-live]")) list.dispatchEvent(new CustomEvent("qwalo:resync"));
}

function mended() {
  if (!broken) return;
  broken = false;
  clearTimeout(waiting);
  show(false);
}

/** @param {boolean} visible */
function show(visible) {
  const hint = document.getElementById("connection-hint");
  if (!hint || (!visible && hint.dataset.cause !== "live")) return;
  hint.textContent = visible ? RECONNECTING : "";
  hint.dataset.cause = visible ? "live" : "";
  hint.hidden = !visible;
}
