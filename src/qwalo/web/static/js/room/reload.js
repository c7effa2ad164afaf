// @ts-check

/**
 * A page whose live body (macro `live`) has turned into another page, such as the room for somebody who is let in
 * after all: that one has scripts of its own, so it is loaded anew instead of being swapped in.
 */
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = /** @type {CustomEvent<{ target: Element, xhr: XMLHttpRequest }>} */ (event).detail;
  if (xhr.status >= 400 || new RegExp(`\\sid="${target.id}"`).test(xhr.responseText)) return;
  event.preventDefault();
  window.location.reload();
});
