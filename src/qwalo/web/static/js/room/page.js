// @ts-check

import { Call } from "./call.js";
import { Chat } from "./chat.js";
import { Check } from "./check.js";
import { Clock } from "./clock.js";
import { Closed, endingOf, LEFT } from "./closed.js";
import { Controls } from "./controls.js";
import { noticeDevices } from "./device_notices.js";
import { LocalMedia } from "./devices.js";
import { announce, find, findAll } from "./elements.js";
import { Invitation } from "./invitation.js";
import { Joining } from "./joining.js";
import { followKeyboard } from "./keyboard.js";
import { Meters } from "./meter.js";
import { Notices } from "./notices.js";
import { PausedCamera } from "./paused_camera.js";
import { People } from "./people.js";
import { Phases } from "./phases.js";
import { Pickers } from "./pickers.js";
import { ProblemPanels } from "./problem.js";
import { Close } from "./protocol.js";
import { RemoteNews } from "./remote_news.js";
import { readRoom } from "./room.js";
import { SelfView } from "./self_view.js";
import { Shortcuts } from "./shortcuts.js";
import { SocketHint } from "./socket_hint.js";
import { allowSound } from "./sound.js";
import { Stage } from "./stage.js";
import { forget, recall, remember } from "./visit.js";
import { Lobby } from "./waiting.js";
import { WakeLock } from "./wake_lock.js";

/** @typedef {import("./protocol.js").State} State */

const root = find(document, "#room", HTMLElement);
const room = readRoom(root);
const takesPart = room.role !== "observer";

const call = new Call({ socketUrl: room.socket, role: room.role, mode: room.mode });
const media = new LocalMedia({ microphone: takesPart, camera: takesPart && room.mode === "video" });

const phases = new Phases(root);
const joining = new Joining(root);
const notices = new Notices(root);
const stage = new Stage(root, media);
const clock = new Clock(root);
const hint = new SocketHint();
const wakeLock = new WakeLock();
const self = new SelfView(media, room.yourName ?? "");
const people = new People(root, { remove: (seat) => call.remove(seat) });
const news = new RemoteNews();
const pausedCamera = new PausedCamera(media, notices);
const chat = new Chat(root, { key: room.socket, write: (text) => call.write(text) });
const lobby = new Lobby(root, room, {
  admit: () => call.admit(),
  decline: () => call.decline(),
  mark: (text) => phases.mark(text),
});
const closed = new Closed(root, {
  rejoin: () => enter(name),
  reload: () => window.location.reload(),
  home: () => window.location.assign(room.homeUrl),
});
const controls = new Controls(media);
const invitation = room.role === "invitee" ? new Invitation(room.endedUrl) : undefined;

let name = room.yourName ?? "";

new Meters(media);
new Pickers(media);
new ProblemPanels(media);
new Check(root, media, { mode: room.mode, join: enter });
new Shortcuts({
  m: () => void (takesPart && showsOneself() && controls.press("microphone")),
  v: () => void (media.uses.camera && showsOneself() && controls.press("camera")),
  c: () => void (phases.current === "call" && chat.toggle()),
});
followKeyboard();
noticeDevices(media, controls, { notices, help: openDevices });

media.addEventListener("change", () => {
  call.setTracks(media.tracks);
  call.setMedia(media.shown);
  stage.hearing.useSpeaker(media.choices.speaker ?? "");
  if (recall(room.socket)) keepVisit();
});

stage.hearing.addEventListener("blocked", (event) => {
  if (!(/** @type {CustomEvent<boolean>} */ (event).detail)) notices.take("sound");
  else {
    const act = () => (allowSound(), void stage.hearing.unblock());
    notices.show("sound", { text: "Your browser holds back the sound.", action: "Turn on sound", act, lasting: true });
  }
});

listen("welcome", (/** @type {import("./protocol.js").Welcome} */ welcome) => {
  joining.answered();
  chat.sit(welcome.seat);
  self.call(welcome.name);
});
listen("state", stated);
listen("chat", (/** @type {import("./protocol.js").Written[]} */ messages) => chat.add(messages));
listen("participants", (/** @type {import("./call.js").Remote[]} */ remotes) => {
  stage.show(remotes);
  people.show(remotes);
  news.show(remotes);
  pausedCamera.show(remotes);
  lobby.met(remotes);
});
listen("socket", (/** @type {{ connected: boolean }} */ { connected }) => {
  // Whoever is still joining is told by that phase.
  hint.show(!connected && phases.current !== "joining");
});
listen("closed", (/** @type {{ code: number, reason: string }} */ { code, reason }) => ended(code, reason));

for (const button of findAll(document, "[data-open-devices]", HTMLButtonElement))
  button.addEventListener("click", openDevices);
for (const button of findAll(root, "[data-leave]", HTMLButtonElement)) button.addEventListener("click", leave);
root.querySelector("[data-open-end]")?.addEventListener("click", askToEnd);
// A press anywhere lets everything sound and the meters hear, also after a reload that went straight into the call.
for (const press of ["pointerdown", "keydown"]) {
  document.addEventListener(press, () => {
    allowSound();
    void stage.hearing.unblock();
  });
}

begin();

function begin() {
  const visit = recall(room.socket);
  if (visit) {
    media.wanted = { microphone: visit.microphone, camera: media.uses.camera && visit.camera };
    enter(visit.name);
  }
  void media.start();
}

/** @param {string} as */
function enter(as) {
  name = as;
  invitation?.stop();
  phases.show("joining");
  joining.begin();
  keepVisit();
  void media.start();
  call.setTracks(media.tracks);
  call.setMedia(media.shown);
  call.join(name);
}

function keepVisit() {
  remember(room.socket, { name, ...media.wanted });
}

/** @param {State} state */
function stated(state) {
  if (state.phase === "declined") return ended(Close.DECLINED, "");
  if (state.phase === "ended") return ended(Close.ENDED, "");
  wakeLock.hold();
  if (state.phase === "waiting") return phases.show("waiting");
  if (phases.current !== "call") {
    phases.show("call");
    announce("You are in the call.");
  }
  clock.stated(state);
  lobby.stated(state);
}

/** @param {number} code @param {string} reason */
function ended(code, reason) {
  tidy();
  media.stop();
  // The flag stays where one may go on, so that a reload does.
  const faulty = code === Close.MALFORMED || code === Close.TOO_LARGE || code === Close.TOO_MANY;
  if (faulty) console.warn(`The server has closed the connection: ${code} ${reason}`);
  const goesOn = faulty || (code === Close.NOT_AUTHORISED && room.role !== "invitee");
  if (!goesOn) forget(room.socket);
  if (code === Close.ENDED || (code === Close.DECLINED && room.role === "invitee")) {
    phases.show(code === Close.ENDED ? "ended" : "declined");
    // What the server shows there has the last word, and changes by itself.
    window.location.replace(room.endedUrl);
    return;
  }
  closed.write(endingOf(code, reason, room));
  phases.show("closed");
}

function leave() {
  call.leave();
  forget(room.socket);
  tidy();
  media.stop();
  if (room.role !== "invitee") {
    window.location.assign(room.leaveUrl);
    return;
  }
  closed.write(LEFT);
  phases.show("closed");
  invitation?.watch();
}

function tidy() {
  joining.answered();
  hint.show(false);
  wakeLock.release();
  clock.stop();
  stage.clear();
  people.clear();
  news.clear();
  pausedCamera.show([]);
  lobby.clear();
  notices.clear();
}

/** Where the buttons are that one's microphone and camera have. */
function showsOneself() {
  return ["check", "waiting", "call"].includes(phases.current);
}

function askToEnd() {
  const dialog = find(document, "#end-call", HTMLDialogElement);
  dialog.returnValue = "";
  dialog.addEventListener("close", () => dialog.returnValue === "end" && call.end(), { once: true });
  dialog.showModal();
}

function openDevices() {
  find(document, "#devices", HTMLDialogElement).showModal();
}

/**
 * @template T
 * @param {string} type
 * @param {(detail: T) => void} hear
 */
function listen(type, hear) {
  call.addEventListener(type, (event) => hear(/** @type {CustomEvent<T>} */ (event).detail));
}
