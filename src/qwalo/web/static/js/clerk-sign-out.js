// @ts-check

/** @typedef {{ load(): Promise<void>, signOut(options: { redirectUrl: string }): Promise<void> }} Clerk */

const clerk = /** @type {{ Clerk?: Clerk }} */ (/** @type {unknown} */ (window)).Clerk;
const page = document.getElementById("clerk-sign-out");

/** Only Clerk can end its session, and only from this browser. */
async function signOut() {
  const returnUrl = page?.dataset.returnUrl ?? "/";
  if (!clerk) throw new Error("Clerk's script did not arrive.");
  await clerk.load();
  await clerk.signOut({ redirectUrl: returnUrl });
  // With no session left there is nothing to sign out of, and Clerk goes nowhere.
  window.location.replace(returnUrl);
}

signOut().catch((error) => {
  console.warn(error);
  page?.setAttribute("data-failed", "");
});
