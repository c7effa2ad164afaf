// @ts-check

/**
 * Asks before a form with `hx-confirm` is sent, in a dialog of ours. A live list may put a new form in the place of
 * the one that was pressed meanwhile, so the answer goes to whichever has its id now, if it is still there.
 */
document.addEventListener("htmx:confirm", (event) => {
  const { question, elt } = /** @type {CustomEvent<{ question?: string, elt: HTMLElement }>} */ (event).detail;
  const dialog = document.getElementById("confirm");
  if (!question || !(dialog instanceof HTMLDialogElement) || !(elt instanceof HTMLFormElement)) return;
  event.preventDefault();
  const text = dialog.querySelector("[data-confirm-text]");
  const yes = dialog.querySelector("[value=yes]");
  if (text) text.textContent = question;
  if (yes) yes.textContent = elt.dataset.confirmLabel ?? "Go on";
  dialog.returnValue = "";
  dialog.addEventListener("close", () => answer(dialog.returnValue === "yes", elt.id), { once: true });
  dialog.showModal();
});

/**
 * @param {boolean} agreed
 * @param {string} id
 */
function answer(agreed, id) {
  const form = document.getElementById(id);
  if (!(form instanceof HTMLFormElement)) return;
  // A swap may have taken away the button that the browser would give the focus back to.
  if (!form.contains(document.activeElement)) form.querySelector("button")?.focus();
  if (!agreed) return;
  form.removeAttribute("hx-confirm");
  form.requestSubmit();
}
