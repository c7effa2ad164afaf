// @ts-check

/**
 * Clerk's own script stands before this one in the page. Loading it is all that it takes: from then on it renews
 * the session's cookie. Where it was blocked or is offline, the server leads through Clerk once the cookie is old.
 */
const clerk = /** @type {{ Clerk?: { load(): Promise<void> } }} */ (/** @type {unknown} */ (window)).Clerk;

clerk?.load().catch(() => console.warn("Clerk did not load: this session is not renewed while the page is open."));
