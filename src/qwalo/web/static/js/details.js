// @ts-check

/**
 * A live body is replaced as a whole. What a person has opened in it (`<details data-keep-open>`) stays open: only
 * they open and close, and taking an element out of the page is no `toggle`.
 * @type {Set<string>}
 */
const opened = new Set();

document.addEventListener(
  "toggle",
  ({ target }) => {
    if (!(target instanceof HTMLDetailsElement) || target.dataset.keepOpen === undefined) return;
    if (target.open) opened.add(target.id);
    else opened.delete(target.id);
  },
  true,
);

document.addEventListener("htmx:afterSwap", () => {
  for (const id of opened) {
    const again = document.getElementById(id);
    if (again instanceof HTMLDetailsElement) again.open = true;
  }
});
