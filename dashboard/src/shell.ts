// SPDX-License-Identifier: Apache-2.0
// The frame around every view: navigation, the time of the last answer, and the live region.

import { h } from './dom.js';
import { absolute, clock } from './time.js';

function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`index.html lacks #${id}`);
  return element;
}

const main = byId('main');
const banner = byId('banner');
const updated = byId('updated');
const said = byId('said');

/** A name for an element that is found again after its surroundings were drawn anew. */
function focusKey(element: Element | null): string | null {
  if (element === null || !main.contains(element)) return null;
  if (element.id !== '') return `#${CSS.escape(element.id)}`;
  const href = element.getAttribute('href');
  return href === null ? null : `${element.localName}[href="${CSS.escape(href)}"]`;
}

/** Replaces the page's content; the focus stays where it was if that is still there. */
export function show(node: Node): void {
  const key = focusKey(document.activeElement);
  main.replaceChildren(node);
  if (key !== null) main.querySelector<HTMLElement>(key)?.focus({ preventScroll: true });
}

/** After a navigation, the focus goes to the new heading: screen readers say it. */
export function focusHeading(): void {
  const target = main.querySelector<HTMLElement>('h1');
  if (target === null || main.contains(document.activeElement)) return;
  target.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

export function showBanner(node: Node | null): void {
  banner.hidden = node === null;
  banner.replaceChildren(...(node === null ? [] : [node]));
}

export function showUpdated(when: Date | null): void {
  if (when === null) {
    updated.replaceChildren();
    return;
  }
  updated.replaceChildren(
    'Updated ',
    h('time', { datetime: when.toISOString(), title: absolute(when) }, clock(when)),
  );
}

/** Said only when it changed, or a refresh each 15 seconds would never let a listener rest. */
export function say(text: string): void {
  if (said.textContent !== text) said.textContent = text;
}

export function setBusy(busy: boolean): void {
  main.setAttribute('aria-busy', String(busy));
  document.body.classList.toggle('busy', busy);
}

export function markSection(section: string): void {
  for (const item of document.querySelectorAll<HTMLElement>('#sections a')) {
    if (item.dataset['section'] === section) item.setAttribute('aria-current', 'page');
    else item.removeAttribute('aria-current');
  }
}

/** The skip link must not touch the fragment, which is the page's state. */
export function armSkipLink(): void {
  byId('skip').addEventListener('click', (event) => {
    event.preventDefault();
    main.focus();
  });
}

export function onRefresh(handler: () => void): void {
  byId('refresh').addEventListener('click', handler);
}

/** The button that forgets the token; shown only while there is one. */
export function leaveButton(shown: boolean, handler?: () => void): void {
  const leave = byId('leave');
  leave.hidden = !shown;
  if (handler !== undefined) leave.addEventListener('click', handler);
}
