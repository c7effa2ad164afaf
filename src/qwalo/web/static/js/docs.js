// @ts-check

/** @typedef {(options: Record<string, unknown>) => unknown} SwaggerUI */

const swagger = /** @type {{ SwaggerUIBundle?: SwaggerUI }} */ (/** @type {unknown} */ (window)).SwaggerUIBundle;
const place = document.getElementById("docs");

// Swagger UI has dark colours, but asks for a class instead of the reader's preference.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

swagger?.({
  domNode: place,
  url: place?.dataset.openapi,
  // With deep links there would be a link inside of each button.
  deepLinking: false,
  // The badge of an online validator would be fetched from another host.
  validatorUrl: null,
  // Swagger UI leaves the choice of the server without a name.
  onComplete: () => document.getElementById("servers")?.setAttribute("aria-label", "Server"),
});
