// @ts-check

/**
 * The element of this kind that the template has to hold. A missing one is a fault of the page, told at once.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} kind
 * @returns {T}
 */
export function find(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`The page has no ${kind.name} ${selector}.`);
  return found;
}

/**
 * All elements of this kind.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} kind
 * @returns {T[]}
 */
export function findAll(root, selector, kind) {
  return [...root.querySelectorAll(selector)].flatMap((found) => (found instanceof kind ? [found] : []));
}

/**
 * A fresh copy of the one element in `<template data-template="name">`.
 * @param {string} name
 * @returns {HTMLElement}
 */
export function copyOf(name) {
  const template = find(document, `template[data-template="${name}"]`, HTMLTemplateElement);
  const copy = template.content.firstElementChild?.cloneNode(true);
  if (!(copy instanceof HTMLElement)) throw new Error(`The template ${name} is empty.`);
  return copy;
}

/** Has screen readers say this. @param {string} text */
export function announce(text) {
  document.dispatchEvent(new CustomEvent("qwalo:announce", { detail: text }));
}

/**
 * Moves the focus out of what has just been hidden in this area, where it would be on nothing, to the heading of the
 * phase or dialog.
 * @param {Element} area
 */
export function rescueFocus(area) {
  const focused = document.activeElement;
  if (focused && area.contains(focused) && focused.closest("[hidden]")) focusHeading(area);
}

/** @param {Element} area */
export function focusHeading(area) {
  const heading = area.closest("dialog, [data-phase]")?.querySelector("h1, h2");
  if (!(heading instanceof HTMLElement)) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
