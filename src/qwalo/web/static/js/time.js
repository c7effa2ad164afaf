// @ts-check

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const STYLES = {
  datetime: { dateStyle: "medium", timeStyle: "short" },
  date: { dateStyle: "medium" },
  time: { timeStyle: "short" },
  full: { dateStyle: "full", timeStyle: "short" },
};

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {string} style */
function formatOf(style) {
  const known = formats.get(style);
  if (known) return known;
  const made = new Intl.DateTimeFormat(navigator.languages.slice(), STYLES[style] ?? STYLES.datetime);
  formats.set(style, made);
  return made;
}

/**
 * The server writes UTC because it cannot know the reader's zone; here each time becomes local. The zone is
 * in the tooltip, so that somebody who forwards a time can say which one was meant.
 * @param {ParentNode} root
 */
function localise(root) {
  const zone = formatOf("datetime").resolvedOptions().timeZone;
  for (const element of root.querySelectorAll("time[data-local]")) {
    if (!(element instanceof HTMLTimeElement)) continue;
    const instant = new Date(element.dateTime);
    if (Number.isNaN(instant.valueOf())) continue;
    element.title = `${element.textContent?.trim()} (shown in ${zone})`;
    element.textContent = formatOf(element.dataset.local || "datetime").format(instant);
    element.removeAttribute("data-local");
  }
}

localise(document);
document.addEventListener("htmx:load", (event) => {
  if (event.target instanceof Element) localise(event.target.parentNode ?? event.target);
});
