// @ts-check

/**
 * `<a href="…/deletion" data-dialog="ID">` opens that dialog; without JavaScript the link leads to a page that
 * asks the same question. Capturing, because htmx has its own listener on the link itself.
 */
document.addEventListener(
  "click",
  (event) => {
    if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const opener = event.target.closest("[data-dialog]");
    const dialog = document.getElementById(opener?.getAttribute("data-dialog") ?? "");
    if (!(dialog instanceof HTMLDialogElement)) return;
    event.preventDefault();
    event.stopPropagation();
    dialog.showModal();
  },
  { capture: true },
);

/** A menu that stays open over the page after one has turned away from it is in the way. */
document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.menu[open]");
  if (!(menu instanceof HTMLDetailsElement)) return;
  menu.open = false;
  menu.querySelector("summary")?.focus();
});

/** @param {EventTarget | null} except */
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu instanceof HTMLDetailsElement && !(except instanceof Node && menu.contains(except))) menu.open = false;
  }
}
