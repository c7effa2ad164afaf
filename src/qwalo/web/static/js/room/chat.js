// @ts-check

import { announce, copyOf, find } from "./elements.js";
import { asWritten } from "./protocol.js";

/**
 * @typedef {import("./protocol.js").Written} Written
 * @typedef {{ text: string, element: HTMLElement }} Pending
 */

const TIME = new Intl.DateTimeFormat(navigator.languages.slice(), { timeStyle: "short" });

/** The panel with what is written. What others write is put in as text and never as markup. */
export class Chat {
  /** Own messages that the server has not sent back yet, in the order of writing. @type {Pending[]} */
  #pending = [];
  #unread = 0;
  #seat = "";
  #seenKey;

  /**
   * @param {HTMLElement} root
   * @param {{ key: string, write: (text: string) => void }} options  `key` names the room in this tab's storage
   */
  constructor(root, { key, write }) {
    this.#seenKey = `qwalo.seen.${key}`;
    this.write = write;
    this.stage = find(root, "[data-stage-body]", HTMLElement);
    this.panel = find(root, "[data-chat]", HTMLElement);
    this.list = find(root, "[data-chat-list]", HTMLElement);
    this.scroll = find(root, "[data-chat-scroll]", HTMLElement);
    this.empty = find(root, "[data-chat-empty]", HTMLElement);
    this.button = find(root, "[data-open-chat]", HTMLButtonElement);
    this.badge = find(root, "[data-unread]", HTMLElement);
    this.badgeText = find(root, "[data-unread-text]", HTMLElement);
    this.button.addEventListener("click", () => this.toggle());
    this.closing = find(root, "[data-close-chat]", HTMLButtonElement);
    this.closing.addEventListener("click", () => this.close());
    const form = root.querySelector("[data-chat-form]");
    /** Whoever observes reads only. */
    this.field = form instanceof HTMLFormElement ? this.#listenTo(form) : null;
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
  }

  /** Which seat is one's own. @param {string} seat */
  sit(seat) {
    this.#seat = seat;
  }

  toggle() {
    if (this.panel.hidden) this.open();
    else this.close();
  }

  open() {
    this.#set(true);
    this.#read();
    this.#toEnd();
    (this.field ?? this.closing).focus();
  }

  close() {
    if (this.panel.hidden) return;
    this.#set(false);
    this.button.focus();
  }

  /** @param {Written[]} messages */
  add(messages) {
    const atEnd = this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < 40;
    const seen = sessionStorageItem(this.#seenKey) ?? "";
    const news = [];
    for (const message of messages) {
      if (message.seat === this.#seat) this.#acknowledge(message);
      else {
        this.#insert(this.#element(message));
        if (message.at > seen) news.push(message);
      }
    }
    if (atEnd) this.#toEnd();
    if (!news.length) return;
    const last = news.at(-1);
    announce(news.length > 1 ? `${news.length} new messages.` : `${last?.name} writes: ${last?.text}`);
    this.#unread += news.length;
    this.#latest = last?.at ?? "";
    if (this.panel.hidden) this.#count();
    else this.#read();
  }

  #latest = "";

  /** @param {HTMLFormElement} form */
  #listenTo(form) {
    const field = find(form, "textarea", HTMLTextAreaElement);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send(field);
    });
    field.addEventListener("input", () => grow(field));
    field.addEventListener("keydown", (event) => {
      // Safari says that a word is composed no more before the Enter that ends it; the key code tells nevertheless.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      form.requestSubmit();
    });
    return field;
  }

  /** @param {HTMLTextAreaElement} field */
  #send(field) {
    const text = asWritten(field.value);
    if (!text) return;
    field.value = "";
    grow(field);
    const element = this.#own(text, null);
    this.#pending.push({ text, element });
    this.#insert(element);
    this.#toEnd();
    this.write(text);
  }

  /** The server has it: it is pending no more. @param {Written} message */
  #acknowledge(message) {
    const index = this.#pending.findIndex(({ text }) => text === message.text);
    const [pending] = this.#pending.splice(index < 0 ? 0 : index, index < 0 ? 0 : 1);
    if (!pending) {
      this.#insert(this.#own(message.text, message.at));
      return;
    }
    pending.element.replaceWith(this.#own(message.text, message.at));
  }

  /** @param {string} text @param {string | null} at  null: on its way */
  #own(text, at) {
    const element = this.#fill(copyOf("message"), { name: "You", text, at });
    element.toggleAttribute("data-own", true);
    element.toggleAttribute("data-pending", at === null);
    return element;
  }

  /** @param {Written} message */
  #element(message) {
    return this.#fill(copyOf("message"), message);
  }

  /** @param {HTMLElement} element @param {{ name: string, text: string, at: string | null }} what */
  #fill(element, { name, text, at }) {
    find(element, "[data-name]", HTMLElement).textContent = name;
    find(element, "[data-text]", HTMLElement).textContent = text;
    const time = find(element, "[data-at]", HTMLTimeElement);
    if (at) time.dateTime = at;
    time.textContent = at ? TIME.format(new Date(at)) : "Sending…";
    return element;
  }

  /** @param {HTMLElement} element */
  #insert(element) {
    this.empty.hidden = true;
    // What is on its way stays last: its time is that of its arrival.
    const pending = this.#pending[0]?.element;
    if (pending?.isConnected && !element.hasAttribute("data-pending")) this.list.insertBefore(element, pending);
    else this.list.append(element);
  }

  /** @param {boolean} open */
  #set(open) {
    this.panel.hidden = !open;
    this.stage.toggleAttribute("data-chat-open", open);
    this.button.setAttribute("aria-expanded", String(open));
  }

  #read() {
    this.#unread = 0;
    if (this.#latest) keepSessionStorageItem(this.#seenKey, this.#latest);
    this.#count();
  }

  #count() {
    this.badge.hidden = this.#unread === 0;
    this.badge.textContent = this.#unread > 99 ? "99+" : String(this.#unread);
    this.badgeText.textContent = this.#unread ? `${this.#unread} unread` : "";
  }

  #toEnd() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
  }
}

/** The field is as high as what is in it, up to a point. @param {HTMLTextAreaElement} field */
function grow(field) {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight + 2, 140)}px`;
}

/** @param {string} key */
function sessionStorageItem(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string} value */
function keepSessionStorageItem(key, value) {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // Then a reload counts them as unread again.
  }
}
