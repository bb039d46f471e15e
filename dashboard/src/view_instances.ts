// SPDX-License-Identifier: Apache-2.0
// The fleet, one row an instance.

import { api } from './api.js';
import { tier, verdictBadge } from './badge.js';
import { imageCell, instanceCell } from './cells.js';
import { fragment, h, raw } from './dom.js';
import { filterBar } from './filter.js';
import { filtersOf } from './route.js';
import type { Route } from './route.js';
import { empty, pager, table } from './table.js';
import type { Column } from './table.js';
import { plural } from './text.js';
import { ago } from './time.js';
import { VERDICTS } from './model.js';
import type { Instance } from './model.js';
import type { Rendered, View } from './view.js';

const FILTERS = ['verdict', 'image', 'q'];

const COLUMNS: readonly Column<Instance>[] = [
  { name: 'Verdict', cell: (i) => verdictBadge(i.verdict) },
  { name: 'Instance', heading: true, cell: (i) => instanceCell(i.uid, i.id) },
  { name: 'Image', cell: (i) => imageCell(i.image) },
  { name: 'Phase', cell: (i) => raw(i.phase) },
  { name: 'Tier', cell: (i) => tier(i.tier) },
  { name: 'Findings', number: true, cell: (i) => i.findings },
  { name: 'Last seen', cell: (i) => ago(i.last_seen) },
];

function nothing(filtered: boolean): Node {
  return filtered
    ? empty('No instance matches.', 'Widen or clear the filters above.')
    : empty(
        'No instance has reported yet.',
        'An instance appears here after its first boot, when ',
        h('code', {}, 'goldseal deliver'),
        ' has sent its evidence.',
      );
}

async function load(route: Route, signal: AbortSignal): Promise<Rendered> {
  const values = filtersOf(route, FILTERS);
  const cursor = route.query.get('cursor') ?? '';
  const page = await api.instances({ ...values, cursor }, signal);
  const filtered = Object.values(values).some((value) => value !== '');
  return {
    title: 'Instances',
    said: `${plural(page.items.length, 'instance')} on this page`,
    node: fragment(
      h('h1', { tabindex: '-1' }, 'Instances'),
      filterBar({
        path: 'instances',
        values,
        choice: { name: 'verdict', label: 'Verdict', options: VERDICTS },
        fields: [
          { name: 'image', label: 'Image', hint: 'name or name/version' },
          { name: 'q', label: 'Instance', hint: 'part of an id' },
        ],
      }),
      page.items.length === 0 ? nothing(filtered) : table('Instances', COLUMNS, page.items),
      pager('instances', values, cursor, page.next),
    ),
  };
}

export const instances: View = { section: 'instances', live: false, load };
