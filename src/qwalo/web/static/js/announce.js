// @ts-check

/** What is about to be said. @type {string[]} */
let texts = [];

/**
 * Has screen readers say the detail of a `qwalo:announce` event, politely. An event rather than an import: each
 * script is then loaded by its own versioned address. The region stands outside of what htmx swaps, since one
 * that arrives together with its text is not read out. What comes in the same moment is one text: the later one would
 * take the place of the earlier.
 */
document.addEventListener("qwalo:announce", (event) => {
  const region = document.getElementById("announcer");
  if (!region) return;
  texts.push(/** @type {CustomEvent<string>} */ (event).detail);
  if (texts.length > 1) return;
  // The same text twice is no change, and would be silent.
  region.textContent = "";
  setTimeout(() => {
    region.textContent = texts.join(" ");
    texts = [];
  }, 60);
});
