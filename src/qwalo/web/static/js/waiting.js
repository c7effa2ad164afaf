// @ts-check

/**
 * The bar that shows on every page of the dashboard who waits to be let in. A socket says that something may have
 * changed, and what is shown is fetched then, so every look is authorised anew. Whoever waits is told of by the
 * event `qwalo:waiting` (waiting-alerts.js makes itself heard).
 *
 * @typedef {{ key: string, name: string, title: string, call: string, attended: boolean }} WaitingPerson
 * @typedef {{ total: number, people: WaitingPerson[] }} Waiting
 */

/** Signed out, or not our page: connecting again would be answered the same. */
const FINAL = [4401, 4403];
/** The server says something every 20 seconds. */
const SILENT_MS = 50_000;
const PATIENCE_MS = 10_000;

const bar = document.getElementById("waiting");
const from = bar?.dataset.from ?? "";

/** @type {WebSocket | null} */
let socket = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let silence;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let retry;
/** Attempts to connect and to fetch that failed one after another. */
let failures = 0;
let over = false;
let looking = false;
let lookAgain = false;
let shown = "";

if (bar) {
  connect();
  window.addEventListener("pageshow", connect);
  // An open socket keeps a browser from keeping the page for the way back.
  window.addEventListener("pagehide", disconnect);
  window.addEventListener("online", connect);
  document.addEventListener("visibilitychange", () => document.hidden || connect());
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!(event.target instanceof Element) || event.target.id !== "page") return;
    // The session has just been good for a page.
    over = false;
    connect();
    // What the host has renamed or deleted there is told to nobody else.
    if (shown) void look();
  });
}

function connect() {
  if (socket || over) return;
  clearTimeout(retry);
  const address = new URL(`${from}/socket`, window.location.href);
  address.protocol = address.protocol.replace("http", "ws");
  const opened = new WebSocket(address);
  socket = opened;
  listen(opened);
  opened.addEventListener("open", () => {
    if (socket !== opened) opened.close();
  });
  opened.addEventListener("message", (event) => {
    if (socket !== opened) return;
    failures = 0;
    listen(opened);
    opened.send("here");
    // An interview that is deleted takes those who wait for it along without a word.
    if (event.data === "changed" || shown) void look();
  });
  opened.addEventListener("close", (event) => {
    if (socket !== opened) return;
    over = FINAL.includes(event.code);
    lost();
  });
}

/** @param {WebSocket} opened */
function listen(opened) {
  clearTimeout(silence);
  silence = setTimeout(() => {
    opened.close();
    if (socket === opened) lost();
  }, SILENT_MS);
}

function lost() {
  socket = null;
  clearTimeout(silence);
  clearTimeout(retry);
  if (!over) retry = setTimeout(connect, pause());
}

function disconnect() {
  const opened = socket;
  socket = null;
  clearTimeout(silence);
  clearTimeout(retry);
  // One that is being opened is closed when it is open: closing it earlier is a complaint in the console.
  if (opened?.readyState === WebSocket.OPEN) opened.close();
}

/** Half a second at first and five at last, and not at the same moment for every page. */
function pause() {
  failures += 1;
  return Math.min(5_000, 250 * 2 ** failures) * (0.5 + Math.random() / 2);
}

async function look() {
  lookAgain = true;
  if (looking) return;
  looking = true;
  while (lookAgain && !over) {
    lookAgain = false;
    try {
      await fetchBar();
      failures = 0;
    } catch {
      // The bar is right as of a moment ago, and nobody has to be told.
      lookAgain = true;
      await new Promise((resolve) => setTimeout(resolve, pause()));
    }
  }
  looking = false;
}

async function fetchBar() {
  const response = await fetch(from, { redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS) });
  if (response.type === "opaqueredirect") {
    // To the page for signing in.
    over = true;
    disconnect();
    show("");
    return;
  }
  if (!response.ok) throw new Error(`The server answered with ${response.status}.`);
  show(await response.text());
}

/** @param {string} html */
function show(html) {
  if (!bar || html === shown) return;
  shown = html;
  const focused = bar.contains(document.activeElement) ? document.activeElement?.id : undefined;
  const section = new DOMParser().parseFromString(html, "text/html").querySelector("section");
  const present = bar.querySelector("section");
  // The section stays while anybody waits, so that it comes into view once.
  if (present && section) present.replaceChildren(...section.childNodes);
  else bar.replaceChildren(...(section ? [section] : []));
  document.dispatchEvent(new CustomEvent("qwalo:waiting", { detail: read(html) }));
  if (focused !== undefined) {
    (document.getElementById(focused) ?? bar.querySelector("a") ?? document.getElementById("main"))?.focus();
  }
}

/** @param {string} html @returns {Waiting} */
function read(html) {
  const section = new DOMParser().parseFromString(html, "text/html").querySelector("section");
  const people = [...(section?.querySelectorAll("li") ?? [])].map(({ dataset }) => ({
    key: dataset.key ?? "",
    name: dataset.name ?? "",
    title: dataset.title ?? "",
    call: dataset.call ?? "",
    attended: dataset.attended !== undefined,
  }));
  return { total: Number(section?.dataset.total ?? 0), people };
}
