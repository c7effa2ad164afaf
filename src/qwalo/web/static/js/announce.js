// @ts-check

/**
 * Has screen readers say the detail of a `qwalo:announce` event, politely. An event rather than an import: each
 * script is then loaded by its own versioned address. The region stands outside of what htmx swaps, since one
 * that arrives together with its text is not read out.
 */
document.addEventListener("qwalo:announce", (event) => {
  const region = document.getElementById("announcer");
  if (!region) return;
  // The same text twice is no change, and would be silent.
  region.textContent = "";
  setTimeout(() => {
    region.textContent = /** @type {CustomEvent<string>} */ (event).detail;
  }, 60);
});
