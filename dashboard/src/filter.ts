// SPDX-License-Identifier: Apache-2.0
// Filters of a list: choices are links, texts are fields; both end up in the address.

import { h } from './dom.js';
import type { Child } from './dom.js';
import { go, link } from './route.js';

export interface Field {
  name: string;
  label: string;
  hint: string;
}

export interface FilterBar {
  path: string;
  /** Every filter of this list with its present value, "" when unset. */
  values: Readonly<Record<string, string>>;
  choice: { name: string; label: string; options: readonly string[] };
  fields: readonly Field[];
}

function choices(bar: FilterBar): Node {
  const { name, label, options } = bar.choice;
  const now = bar.values[name] ?? '';
  const links = ['', ...options].map((option) =>
    h(
      'a',
      {
        href: link(bar.path, { ...bar.values, [name]: option }),
        id: `filter-${name}-${option || 'all'}`,
        'aria-current': option === now ? 'true' : null,
      },
      option || 'all',
    ),
  );
  return h('div', { class: 'choices', role: 'group', 'aria-label': label }, ...links);
}

function field(bar: FilterBar, row: Field): Node {
  const id = `filter-${row.name}`;
  return h(
    'label',
    { class: 'field', for: id },
    h('span', {}, row.label),
    h('input', {
      id,
      name: row.name,
      type: 'search',
      value: bar.values[row.name] ?? '',
      placeholder: row.hint,
      autocomplete: 'off',
      spellcheck: 'false',
    }),
  );
}

export function filterBar(bar: FilterBar): Node {
  const active = Object.values(bar.values).some((value) => value !== '');
  const rest: Child[] = [
    h('button', { type: 'submit' }, 'Apply'),
    active && h('a', { class: 'quiet', href: link(bar.path), id: 'filter-clear' }, 'Clear filters'),
  ];
  const form = h(
    'form',
    { class: 'filters', role: 'search' },
    choices(bar),
    ...bar.fields.map((row) => field(bar, row)),
    ...rest,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const typed: Record<string, string> = {};
    for (const [name, value] of new FormData(form)) typed[name] = String(value).trim();
    go(link(bar.path, { ...bar.values, ...typed }));
  });
  return form;
}
