// SPDX-License-Identifier: Apache-2.0
// What is wrong anywhere in the fleet.

import { api } from './api.js';
import { severityBadge } from './badge.js';
import { attackCell, codeCell, instanceCell } from './cells.js';
import { folded, fragment, h, raw } from './dom.js';
import { filterBar } from './filter.js';
import { filtersOf } from './route.js';
import type { Route } from './route.js';
import { empty, pager, table } from './table.js';
import type { Column } from './table.js';
import { plural } from './text.js';
import { SEVERITIES } from './model.js';
import type { FleetFinding } from './model.js';
import type { Rendered, View } from './view.js';

const FILTERS = ['severity', 'code', 'instance'];

function what(finding: FleetFinding): Node {
  return h(
    'div',
    { class: 'what' },
    h('div', { class: 'strong' }, folded(finding.title)),
    finding.path !== null && h('div', { class: 'mono' }, folded(finding.path)),
    finding.remedy
      ? h('details', {}, h('summary', {}, 'What to do'), h('p', {}, raw(finding.remedy)))
      : null,
  );
}

const COLUMNS: readonly Column<FleetFinding>[] = [
  {
    name: 'Severity',
    cell: (f) =>
      h(
        'span',
        {},
        severityBadge(f.severity),
        f.waived ? h('span', { class: 'tag' }, 'waived') : null,
      ),
  },
  { name: 'Finding', class: 'wide', cell: what },
  { name: 'Code', cell: (f) => codeCell(f.code) },
  { name: 'ATT&CK', cell: (f) => attackCell(f.attack) },
  { name: 'Instance', heading: true, cell: (f) => instanceCell(f.uid, f.instance) },
];

function nothing(filtered: boolean): Node {
  return filtered
    ? empty('No finding matches.', 'Widen or clear the filters above.')
    : empty('No findings.', 'No instance’s newest evidence holds one.');
}

async function load(route: Route, signal: AbortSignal): Promise<Rendered> {
  const values = filtersOf(route, FILTERS);
  const cursor = route.query.get('cursor') ?? '';
  const page = await api.findings({ ...values, cursor }, signal);
  const filtered = Object.values(values).some((value) => value !== '');
  return {
    title: 'Findings',
    said: `${plural(page.items.length, 'finding')} on this page`,
    node: fragment(
      h('h1', { tabindex: '-1' }, 'Findings'),
      filterBar({
        path: 'findings',
        values,
        choice: { name: 'severity', label: 'Severity', options: SEVERITIES },
        fields: [
          { name: 'code', label: 'Code', hint: 'service.unexpected' },
          { name: 'instance', label: 'Instance', hint: 'id of an instance' },
        ],
      }),
      page.items.length === 0 ? nothing(filtered) : table('Findings', COLUMNS, page.items),
      pager('findings', values, cursor, page.next),
    ),
  };
}

export const findings: View = { section: 'findings', live: false, load };
