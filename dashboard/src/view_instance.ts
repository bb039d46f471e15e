// SPDX-License-Identifier: Apache-2.0
// One instance: its verdict and why, what was found, what was not looked at, what came before.

import { api, ApiError } from './api.js';
import { tier, verdictBadge, verdictMeaning } from './badge.js';
import { imageCell } from './cells.js';
import { code, folded, fragment, h, pairs, raw } from './dom.js';
import type { Child } from './dom.js';
import { downloadButton, verifyYourself } from './evidence.js';
import { findingCards } from './finding.js';
import { icon } from './icon.js';
import { link } from './route.js';
import type { Route } from './route.js';
import { empty, table } from './table.js';
import type { Column } from './table.js';
import { bytes, count, plural, visible } from './text.js';
import { ago, full } from './time.js';
import type { Coverage, HistoryEntry, Incident, InstanceDetail, Reason } from './model.js';
import type { Rendered, View } from './view.js';

function panel(title: string, ...body: Child[]): Node {
  return h('section', { class: 'panel' }, h('header', {}, h('h2', {}, title)), ...body);
}

function reasons(list: readonly Reason[]): Child {
  if (list.length === 0) return null;
  return h(
    'ul',
    { class: 'reasons' },
    ...list.map((reason) =>
      h(
        'li',
        {},
        folded(reason.text),
        ' ',
        h('span', { class: 'muted small' }, visible(`${reason.stage}: ${reason.code}`)),
      ),
    ),
  );
}

function facts(i: InstanceDetail): Node {
  const place = [i.cloud, i.region].filter((part): part is string => part !== null).join(' / ');
  return pairs(
    [
      ['Image', imageCell(i.image)],
      ['Manifest', i.manifest === null ? null : code(i.manifest)],
      ['Phase', raw(i.phase)],
      ['Tier', tier(i.tier, true)],
      ['Cloud', place === '' ? null : raw(place)],
      ['Cloud image', i.image_id === null ? null : code(i.image_id)],
      ['Key', code(i.key_id)],
      ['First seen', full(i.first_seen)],
      ['Last seen', full(i.last_seen)],
    ],
    { class: 'facts' },
  );
}

const INCIDENT_COLUMNS: readonly Column<Incident>[] = [
  { name: 'Incident', heading: true, class: 'wide', cell: (i) => folded(i.text) },
  { name: 'Code', cell: (i) => h('span', { class: 'mono' }, raw(i.code)) },
  { name: 'Times', number: true, cell: (i) => i.count },
  { name: 'First', cell: (i) => ago(i.first) },
  { name: 'Last', cell: (i) => ago(i.last) },
];

const historyColumns = (uid: string): readonly Column<HistoryEntry>[] => [
  { name: 'Received', heading: true, cell: (e) => full(e.received_at) },
  { name: 'Phase', cell: (e) => raw(e.phase) },
  { name: 'Verdict', cell: (e) => verdictBadge(e.verdict) },
  { name: 'Findings', number: true, cell: (e) => e.findings },
  { name: 'Report', cell: (e) => h('span', { class: 'mono small' }, raw(e.id)) },
  { name: 'Envelope', cell: (e) => downloadButton(e.id, uid, 'Download') },
];

function findingsTitle(i: InstanceDetail): string {
  const told = i.findings_list.length;
  const all = Math.max(i.findings, told);
  const said = all > told ? `the gravest ${count(told)} of ${count(all)}` : count(all);
  return `Findings (${said})`;
}

function findingsPanel(i: InstanceDetail): Node {
  if (i.findings_list.length === 0) {
    return panel('Findings', empty('No findings.', 'The newest evidence reports none.'));
  }
  return panel(findingsTitle(i), findingCards(i.findings_list));
}

function pathsOr(nothing: string, paths: readonly string[]): Child {
  if (paths.length === 0) return h('span', { class: 'muted' }, nothing);
  return h('ul', { class: 'paths' }, ...paths.map((path) => h('li', {}, code(path))));
}

function unreadable(entries: number): Child {
  if (entries === 0) return h('span', { class: 'muted' }, 'nothing');
  const words = plural(entries, 'entry', 'entries');
  return h('span', { class: 'v-warn' }, icon('warn'), ' ', words);
}

function idleChecks(checks: readonly [string, string][]): Child {
  if (checks.length === 0) return h('span', { class: 'muted' }, 'none');
  const items = checks.map(([name, state]) => h('li', {}, visible(name), ': ', folded(state)));
  return h('ul', {}, ...items);
}

function coveragePanel(coverage: Coverage | null): Node {
  if (coverage === null) {
    return panel('Coverage', empty('Not known.', 'The newest evidence could not be read.'));
  }
  const checks = Object.entries(coverage.checks);
  const ran = checks.filter(([, state]) => state === 'ran').map(([name]) => name);
  const looked = `${plural(coverage.entries, 'entry', 'entries')}, ${bytes(coverage.bytes)}`;
  const rows: [string, Child][] = [
    ['Looked at', looked],
    ['Could not be read', unreadable(coverage.unreadable)],
    ['Left out by policy', pathsOr('nothing', coverage.ignored)],
    ['Checks that did not run', idleChecks(checks.filter(([, state]) => state !== 'ran'))],
    ['Checks that ran', ran.length === 0 ? 'none' : visible(ran.join(', '))],
  ];
  return panel('Coverage', pairs(rows, { class: 'coverage' }));
}

function head(i: InstanceDetail): Node {
  return h(
    'section',
    { class: `verdict-head v-${i.verdict}` },
    h('p', { class: 'crumbs' }, h('a', { href: link('instances') }, 'Instances'), ' /'),
    h('h1', { tabindex: '-1' }, raw(i.id)),
    h('p', { class: 'verdict-line' }, verdictBadge(i.verdict), ' ', verdictMeaning(i.verdict)),
    reasons(i.reasons),
    facts(i),
    h('div', { class: 'actions' }, downloadButton(i.evidence, i.uid, 'Download signed envelope')),
    verifyYourself(i.evidence, i.key_id),
  );
}

async function ask(uid: string, signal: AbortSignal): Promise<InstanceDetail> {
  try {
    return await api.instance(uid, signal);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    const advice = 'It may have been removed. Look for it among the instances.';
    throw new ApiError(404, 'No such instance', advice);
  }
}

function byReceived(a: HistoryEntry, b: HistoryEntry): number {
  return Date.parse(b.received_at) - Date.parse(a.received_at);
}

async function load(route: Route, signal: AbortSignal): Promise<Rendered> {
  const i = await ask(route.item ?? '', signal);
  const newest = [...i.history].sort(byReceived);
  return {
    title: `${visible(i.id).slice(0, 80)} (${i.verdict})`,
    said: `Instance ${i.verdict}, ${plural(i.findings_list.length, 'finding')}`,
    node: fragment(
      head(i),
      i.incidents.length === 0
        ? null
        : panel('Incidents', table('Incidents', INCIDENT_COLUMNS, i.incidents)),
      findingsPanel(i),
      coveragePanel(i.coverage),
      panel('Reports', table('Reports, newest first', historyColumns(i.uid), newest)),
    ),
  };
}

export const instance: View = { section: 'instances', live: false, load };
