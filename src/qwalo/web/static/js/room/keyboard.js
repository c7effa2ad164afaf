// @ts-check

/**
 * Tells the stylesheet how much of the window a phone's keyboard covers (`--keyboard`), so that what one writes in
 * stays above it. Where browsers make the window smaller instead, that is nothing.
 */
export function followKeyboard() {
  const viewport = window.visualViewport;
  if (!viewport) return;
  const follow = () => {
    // Whoever has zoomed in moves the page themselves.
    const covered = viewport.scale > 1.01 ? 0 : window.innerHeight - viewport.height - viewport.offsetTop;
    document.documentElement.style.setProperty("--keyboard", `${Math.max(0, Math.round(covered))}px`);
  };
  viewport.addEventListener("resize", follow);
  viewport.addEventListener("scroll", follow);
}
