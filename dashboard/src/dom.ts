// SPDX-License-Identifier: Apache-2.0
// Building nodes. Strings become text nodes and nothing else: no markup is ever parsed.

import { pieces, count, visible } from './text.js';

export type Child = Node | string | number | null | undefined | false;
type Value = string | number | boolean | null | undefined;
type Attributes = Readonly<Record<string, Value>>;

const SVG = 'http://www.w3.org/2000/svg';

function set(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
}

function append(parent: Node, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    parent.appendChild(
      child instanceof Node
        ? child
        : document.createTextNode(typeof child === 'number' ? count(child) : child),
    );
  }
}

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  set(element, attributes);
  append(element, children);
  return element;
}

export function svg(tag: string, attributes: Attributes = {}, ...children: Child[]): SVGElement {
  const element = document.createElementNS(SVG, tag) as SVGElement;
  set(element, attributes);
  append(element, children);
  return element;
}

export function fragment(...children: Child[]): DocumentFragment {
  const nodes = document.createDocumentFragment();
  append(nodes, children);
  return nodes;
}

export function button(label: string, onClick: () => void, attributes: Attributes = {}): Node {
  const element = h('button', { type: 'button', ...attributes }, label);
  element.addEventListener('click', onClick);
  return element;
}

/** Agent-supplied text, isolated from its surroundings' direction, with hidden characters shown. */
export function raw(text: string): Node {
  return h(
    'bdi',
    { class: 'raw' },
    ...pieces(text).map((piece) =>
      piece.codePoint === undefined
        ? piece.text
        : h('span', { class: 'escape', title: piece.codePoint }, piece.text),
    ),
  );
}

const LONG = 320;
const HEAD = 200;

/** The same, folded when it is too long to read in passing. */
export function folded(text: string): Node {
  const chars = Array.from(text);
  if (chars.length <= LONG) return raw(text);
  return h(
    'details',
    { class: 'folded' },
    h(
      'summary',
      {},
      h('span', { class: 'head' }, raw(chars.slice(0, HEAD).join('')), '… '),
      h('span', { class: 'more' }, `all ${count(chars.length)} characters`),
    ),
    raw(text),
  );
}

export function code(text: string): Node {
  return h('code', {}, folded(text));
}

/** The first digits of a digest or key id; the whole of it as a title. */
export function digest(hex: string, digits = 12): Node {
  const shown = hex.length > digits + 2 ? `${hex.slice(0, digits)}…` : hex;
  return h('code', { class: 'digest', title: visible(hex) }, raw(shown));
}

/** Rows of a description list; those with nothing to say are left out. */
export function pairs(rows: readonly [string, Child][], attributes: Attributes = {}): Node {
  return h(
    'dl',
    attributes,
    ...rows
      .filter(([, value]) => value !== null && value !== undefined && value !== false)
      .map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );
}
