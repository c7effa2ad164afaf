// @ts-check

/**
 * Copies `data-copy` of the pressed button. Where the clipboard is refused (no HTTPS, an old browser)
 * the address field beside it is selected, so that the person can copy it by hand.
 * @param {HTMLElement} button
 */
async function copy(button) {
  const text = button.dataset.copy ?? "";
  const what = button.dataset.copyWhat ?? "link";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const input = button.closest(".copy")?.querySelector("input");
    input?.focus();
    input?.select();
    announce(`Copying was refused. The ${what} is selected: press Control or Command and C.`);
    return;
  }
  const label = button.querySelector("[data-copy-label]");
  const before = label?.textContent ?? "";
  if (button.dataset.copied === undefined && label) {
    label.textContent = "Copied";
    setTimeout(() => {
      label.textContent = before;
      delete button.dataset.copied;
    }, 2000);
  }
  button.dataset.copied = "";
  announce(`${what.charAt(0).toUpperCase()}${what.slice(1)} copied.`);
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (button instanceof HTMLElement) void copy(button);
});

/** @param {string} text */
function announce(text) {
  document.dispatchEvent(new CustomEvent("qwalo:announce", { detail: text }));
}
