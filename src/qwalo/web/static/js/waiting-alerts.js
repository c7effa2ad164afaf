// @ts-check

import { audioContext, chime } from "./room/sound.js";

/**
 * What makes the host aware of who waits, beside the bar itself (waiting.js): the title of the page, a spoken word, a
 * sound, and a notification of the browser where those are allowed. The last two come from one tab alone.
 *
 * @typedef {import("./waiting.js").WaitingPerson} WaitingPerson
 * @typedef {import("./waiting.js").Waiting} Waiting
 */

/** Who was told of already, in whichever tab: a page that is opened later does not ring again. */
const STORE = "qwalo.waiting-told";
const MOST_KEPT = 50;
/** What hidden tabs leave to the one that is looked at. */
const GIVE_WAY_MS = 300;
/** What another tab may need to read what this one has written. */
const SPREAD_MS = 100;
const SOUND_MS = 1500;

/** What this page has spoken of. @type {Set<string>} */
const spoken = new Set();
/** By the key of the person. @type {Map<string, Notification>} */
const notifications = new Map();
let total = 0;
/** What stands before the page's own title. */
let mark = "";
/** @type {ReturnType<typeof setTimeout> | undefined} */
let silencing;

document.addEventListener("qwalo:waiting", (event) => {
  const waiting = /** @type {CustomEvent<Waiting>} */ (event).detail;
  total = waiting.total;
  markTitle();
  offerNotifications();
  takeBack(waiting.people);
  const arrived = waiting.people.filter(({ key }) => !spoken.has(key));
  if (!arrived.length) return;
  for (const { key } of arrived) spoken.add(key);
  announce(arrived.map(({ name, title }) => `${name} is waiting: ${title}`).join(". "));
  void alertOnce(arrived.filter(({ attended }) => !attended));
});

// Whatever sets the title, htmx above all, knows nothing of those who wait.
new MutationObserver(markTitle).observe(document.head, { childList: true, characterData: true, subtree: true });

function markTitle() {
  const title = document.title.startsWith(mark) ? document.title.slice(mark.length) : document.title;
  mark = total ? `(${total}) ` : "";
  if (document.title !== mark + title) document.title = mark + title;
}

/** @param {WaitingPerson[]} people */
async function alertOnce(people) {
  if (document.hidden) await pause(GIVE_WAY_MS);
  const keys = await claim(people.map(({ key }) => key));
  const mine = people.filter(({ key }) => keys.includes(key));
  if (!mine.length) return;
  ring();
  if (document.hidden) mine.forEach(notify);
}

/**
 * Those of `keys` that no tab has told of; from now on this one has.
 * @param {string[]} keys
 */
async function claim(keys) {
  const take = async () => {
    const told = kept();
    const fresh = keys.filter((key) => !told.includes(key));
    if (fresh.length) {
      keep([...told, ...fresh].slice(-MOST_KEPT));
      await pause(SPREAD_MS);
    }
    return fresh;
  };
  // A page that did not come by https has no locks: two tabs may ring there at the same moment.
  return "locks" in navigator ? navigator.locks.request(STORE, take) : take();
}

/** @returns {string[]} */
function kept() {
  try {
    const keys = JSON.parse(localStorage.getItem(STORE) ?? "[]");
    return Array.isArray(keys) ? keys : [];
  } catch {
    return [];
  }
}

/** @param {string[]} keys */
function keep(keys) {
  try {
    localStorage.setItem(STORE, JSON.stringify(keys));
  } catch {
    // A browser that keeps nothing: each tab tells for itself.
  }
}

/** Before the first press of a key or a button a browser holds sound back, and complains. */
function ring() {
  if (navigator.userActivation && !navigator.userActivation.hasBeenActive) return;
  chime();
  // A page that is open all day keeps no loudspeaker awake.
  clearTimeout(silencing);
  silencing = setTimeout(() => void audioContext().suspend(), SOUND_MS);
}

/** @param {WaitingPerson} person */
function notify({ key, name, title, call }) {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  try {
    const notification = new Notification(`${name} is waiting`, { body: title, tag: key });
    notification.addEventListener("click", () => {
      window.focus();
      window.location.assign(call);
    });
    notifications.set(key, notification);
  } catch {
    // Phones show notifications of installed applications alone.
  }
}

/** Nobody is called to somebody who is gone. @param {WaitingPerson[]} people */
function takeBack(people) {
  for (const [key, notification] of notifications) {
    if (people.some((person) => person.key === key)) continue;
    notification.close();
    notifications.delete(key);
  }
}

function offerNotifications() {
  const button = document.getElementById("waiting-notify");
  if (!button || !("Notification" in window) || Notification.permission !== "default") return;
  button.hidden = false;
  button.addEventListener("click", () => void ask(button));
}

/** @param {HTMLElement} button */
async function ask(button) {
  const answer = await Notification.requestPermission();
  if (answer === "default") return;
  button.hidden = true;
  const call = document.querySelector("#waiting a");
  if (call instanceof HTMLElement) call.focus();
  announce(
    answer === "granted"
      ? "Notifications are on. You get one when somebody waits and this page is not in view."
      : "Your browser blocks notifications of this page. You can allow them in its settings for this site.",
  );
}

/** @param {string} text */
function announce(text) {
  document.dispatchEvent(new CustomEvent("qwalo:announce", { detail: text }));
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
