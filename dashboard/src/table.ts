// SPDX-License-Identifier: Apache-2.0
// Tables: a caption, scoped headings, rows that the arrow keys walk, and cards on narrow screens.

import { h } from './dom.js';
import type { Child } from './dom.js';
import { link } from './route.js';
import type { Query } from './route.js';

export interface Column<T> {
  name: string;
  cell: (item: T) => Child;
  /** Numbers are set to the right. */
  number?: boolean;
  /** One column names the row, and holds its link. */
  heading?: boolean;
  class?: string;
}

// On narrow screens the style sheet lays rows out as cards, at which browsers forget that a table
// is one; the explicit roles keep it a table for assistive technology.
function cell<T>(column: Column<T>, item: T): Node {
  const classes = [column.number ? 'number' : '', column.class ?? ''].join(' ').trim();
  const attributes = {
    class: classes === '' ? null : classes,
    'data-label': column.name,
  };
  return column.heading
    ? h('th', { ...attributes, scope: 'row', role: 'rowheader' }, column.cell(item))
    : h('td', { ...attributes, role: 'cell' }, column.cell(item));
}

const STEPS: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowDown: (at, last) => Math.min(at + 1, last),
  ArrowUp: (at) => Math.max(at - 1, 0),
  j: (at, last) => Math.min(at + 1, last),
  k: (at) => Math.max(at - 1, 0),
  Home: () => 0,
  End: (_at, last) => last,
};

/** Only while a row's own link has the focus, so that no key is taken from anything else. */
function walkRows(table: HTMLTableElement, event: KeyboardEvent): void {
  const step = STEPS[event.key];
  if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
  const links = Array.from(table.querySelectorAll<HTMLElement>('tbody th a'));
  const at = links.indexOf(document.activeElement as HTMLElement);
  if (at < 0) return;
  event.preventDefault();
  links[step(at, links.length - 1)]?.focus();
}

export function table<T>(
  caption: string,
  columns: readonly Column<T>[],
  items: readonly T[],
  options: { class?: string; visibleCaption?: boolean } = {},
): HTMLTableElement {
  const heads = columns.map((column) =>
    h(
      'th',
      { scope: 'col', role: 'columnheader', class: column.number ? 'number' : null },
      column.name,
    ),
  );
  const rows = items.map((item) =>
    h('tr', { role: 'row' }, ...columns.map((column) => cell(column, item))),
  );
  const element = h(
    'table',
    { role: 'table', class: options.class ?? null },
    h('caption', { class: options.visibleCaption ? null : 'unseen' }, caption),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ...heads)),
    h('tbody', { role: 'rowgroup' }, ...rows),
  );
  element.addEventListener('keydown', (event) => walkRows(element, event));
  return element;
}

/** Cursors lead forward; the way back is the browser's, or the first page. */
export function pager(path: string, filters: Query, cursor: string, next: string | null): Node {
  return h(
    'nav',
    { class: 'pager', 'aria-label': 'Pages' },
    cursor === ''
      ? h('span', { class: 'muted' }, next === null ? 'All rows are shown' : 'First page')
      : h('a', { href: link(path, filters), id: 'first-page' }, 'First page'),
    next === null
      ? h('span', { class: 'muted' }, cursor === '' ? '' : 'Last page')
      : h(
          'a',
          { class: 'button', href: link(path, { ...filters, cursor: next }), id: 'next-page' },
          'Next page',
        ),
  );
}

export function empty(title: string, ...advice: Child[]): Node {
  return h('div', { class: 'empty' }, h('p', { class: 'strong' }, title), h('p', {}, ...advice));
}
