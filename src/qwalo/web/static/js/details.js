// @ts-check

/**
 * A live body is replaced as a whole. What a person has opened in it (`<details data-keep-open>`) stays open.
 * @type {Set<string>}
 */
const opened = new Set();

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target } = /** @type {CustomEvent<{ target: HTMLElement }>} */ (event).detail;
  opened.clear();
  for (const one of target.querySelectorAll("details[data-keep-open][open]")) opened.add(one.id);
});

document.addEventListener("htmx:load", (event) => {
  if (!(event.target instanceof Element)) return;
  for (const id of opened) {
    const again = event.target.querySelector(`details[data-keep-open][id="${CSS.escape(id)}"]`);
    if (again instanceof HTMLDetailsElement) again.open = true;
  }
});
