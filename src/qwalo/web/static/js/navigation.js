// @ts-check

/**
 * @typedef {{ target: Element, boosted?: boolean, shouldSwap: boolean, isError: boolean,
 *   xhr: XMLHttpRequest, requestConfig: { verb: string, path: string } }} SwapDetail
 */

const pageHint = () => document.getElementById("connection-hint");

document.addEventListener("htmx:beforeSwap", (event) => {
  const detail = /** @type {CustomEvent<SwapDetail>} */ (event).detail;
  if (detail.target.id !== "page" || detail.xhr.status === 204) return;
  if (/\sid="?page["\s>]/.test(detail.xhr.responseText)) return;
  // A file, a problem document, a proxy's own error page: selecting #page from it would leave a blank screen.
  detail.shouldSwap = false;
  if (detail.requestConfig.verb === "get") window.location.assign(detail.requestConfig.path);
  else showHint("That did not work. Please try again.");
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (!(event.target instanceof Element) || event.target.id !== "page") return;
  const page = event.target;
  const flash = page.querySelector("[data-flash]")?.textContent?.trim();
  announce([flash?.replace(/\.$/, ""), document.title].filter(Boolean).join(". "));
  // A field or an error summary that asked for it has the focus already; what a closed dialog asks for comes later.
  if (page.querySelector("[autofocus]:not(dialog *)")) return;
  const heading = page.querySelector("h1[tabindex]") ?? page.querySelector("#main");
  if (heading instanceof HTMLElement) heading.focus({ preventScroll: true });
});

document.addEventListener("htmx:sendError", () => showHint("Qwalo cannot be reached. Check your connection and try again."));

/**
 * One press, one request. The button is not `disabled`, which would throw away the focus.
 * @param {Event} event
 * @param {boolean} busy
 */
function markBusy(event, busy) {
  if (!(event.target instanceof HTMLFormElement)) return;
  event.target.toggleAttribute("data-busy", busy);
  for (const button of event.target.querySelectorAll("button[type=submit]")) {
    button.setAttribute("aria-disabled", String(busy));
  }
}

document.addEventListener("htmx:afterRequest", (event) => markBusy(event, false));
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target instanceof HTMLFormElement && event.target.hasAttribute("data-busy")) {
    event.preventDefault();
    return;
  }
  markBusy(event, true);
  const hint = pageHint();
  if (hint?.dataset.cause === "request") hint.hidden = true;
});

/** @param {string} text */
function showHint(text) {
  const hint = pageHint();
  if (!hint) return;
  hint.textContent = text;
  hint.dataset.cause = "request";
  hint.hidden = false;
}

/** @param {string} text */
function announce(text) {
  document.dispatchEvent(new CustomEvent("qwalo:announce", { detail: text }));
}
