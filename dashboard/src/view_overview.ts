// SPDX-License-Identifier: Apache-2.0
// The first page: six numbers, what failed last, and how each image fares.

import { api } from './api.js';
import { verdictBar } from './bar.js';
import { imageCell, instanceCell } from './cells.js';
import { folded, fragment, h } from './dom.js';
import type { Child } from './dom.js';
import { link } from './route.js';
import { empty, table } from './table.js';
import { count, plural } from './text.js';
import { ago, day } from './time.js';
import { VERDICTS } from './model.js';
import type { Image, Instance, Summary } from './model.js';
import type { Rendered, View } from './view.js';

const NEWEST = 8;
const TOP = 8;
/** Images are listed by publication; the busiest are picked from this many. */
const IMAGES_LOOKED_AT = 200;

interface Tile {
  id: string;
  name: string;
  value: number;
  href: string;
  class: string;
  note: Child;
}

function share(part: number, whole: number): string {
  if (whole === 0) return 'no instances yet';
  const percent = (part / whole) * 100;
  const shown = percent > 0 && percent < 1 ? '<1' : String(Math.floor(percent));
  return `${shown} % of instances`;
}

function tilesOf(summary: Summary): Tile[] {
  const { instances, verdicts, findings } = summary;
  const grave = findings.critical > 0 ? 'critical' : 'high';
  const verdictTile = (verdict: 'pass' | 'warn' | 'fail'): Tile => ({
    id: verdict,
    name: verdict,
    value: verdicts[verdict],
    href: link('instances', { verdict }),
    class: verdicts[verdict] > 0 ? `v-${verdict}` : '',
    note: share(verdicts[verdict], instances),
  });
  return [
    {
      id: 'instances',
      name: 'instances',
      value: instances,
      href: link('instances'),
      class: '',
      note: verdicts.none > 0 ? `${count(verdicts.none)} not evaluated` : 'all evaluated',
    },
    verdictTile('fail'),
    verdictTile('warn'),
    verdictTile('pass'),
    {
      id: 'images',
      name: 'images',
      value: summary.images,
      href: link('images'),
      class: '',
      note: 'published manifests',
    },
    {
      id: 'findings',
      name: 'open findings',
      value: findings.critical + findings.high,
      href: link('findings', { severity: grave }),
      class: findings.critical + findings.high > 0 ? 'v-fail' : '',
      note: `${count(findings.critical)} critical, ${count(findings.high)} high`,
    },
  ];
}

function tile(row: Tile): Node {
  return h(
    'li',
    {},
    h(
      'a',
      { href: row.href, class: `tile ${row.class}`.trim(), id: `tile-${row.id}` },
      h('span', { class: 'name' }, row.name),
      h('span', { class: 'value' }, row.value),
      h('span', { class: 'note' }, row.note),
    ),
  );
}

function why(instance: Instance): Child {
  const reason = instance.reasons[0];
  return reason === undefined ? plural(instance.findings, 'finding') : folded(reason.text);
}

function failing(items: readonly Instance[]): Node {
  if (items.length === 0) {
    return empty('No instance fails.', 'This list fills when evidence is appraised as fail.');
  }
  return table<Instance>(
    'Instances that fail, newest first',
    [
      { name: 'Instance', heading: true, cell: (i) => instanceCell(i.uid, i.id) },
      { name: 'Image', cell: (i) => imageCell(i.image) },
      { name: 'Why', class: 'wide', cell: why },
      { name: 'Last seen', cell: (i) => ago(i.last_seen) },
    ],
    items,
  );
}

function topImages(items: readonly Image[]): Node {
  if (items.length === 0) {
    return empty(
      'No image is published.',
      'Seal an image with ',
      h('code', {}, 'goldseal seal'),
      ' and PUT its manifest.json to /v1/manifests.',
    );
  }
  return table<Image>(
    'Images by number of instances',
    [
      {
        name: 'Image',
        heading: true,
        cell: (i) => imageCell(i),
      },
      { name: 'Instances', number: true, cell: (i) => i.instances },
      { name: 'Verdicts', class: 'bar-cell', cell: (i) => verdictBar(i.verdicts) },
    ],
    items,
  );
}

function byLastSeen(a: Instance, b: Instance): number {
  return Date.parse(b.last_seen) - Date.parse(a.last_seen);
}

function section(title: string, href: string, more: string, body: Node): Node {
  return h(
    'section',
    { class: 'panel' },
    h('header', {}, h('h2', {}, title), h('a', { href, class: 'quiet' }, more)),
    body,
  );
}

function activity(summary: Summary): Node {
  return h(
    'p',
    { class: 'muted activity' },
    `${plural(summary.evidence, 'report')} since ${day(summary.since)}`,
    summary.last_evidence === null
      ? '; none has arrived yet.'
      : fragment('; the last one arrived ', ago(summary.last_evidence), '.'),
    ' This page refreshes itself every 15 seconds.',
  );
}

async function load(_route: unknown, signal: AbortSignal): Promise<Rendered> {
  const [summary, fails, images] = await Promise.all([
    api.summary(signal),
    api.instances({ verdict: 'fail', limit: NEWEST }, signal),
    api.images({ limit: IMAGES_LOOKED_AT }, signal),
  ]);
  const newest = [...fails.items].sort(byLastSeen);
  const busiest = [...images.items].sort((a, b) => b.instances - a.instances).slice(0, TOP);
  const { verdicts } = summary;
  return {
    title: 'Overview',
    said: VERDICTS.map((verdict) => `${count(verdicts[verdict])} ${verdict}`).join(', '),
    node: fragment(
      h('h1', { tabindex: '-1' }, 'Overview'),
      activity(summary),
      h('ul', { class: 'tiles' }, ...tilesOf(summary).map(tile)),
      h(
        'div',
        { class: 'panels' },
        section(
          'Newest failing instances',
          link('instances', { verdict: 'fail' }),
          'All failing',
          failing(newest),
        ),
        section('Images', link('images'), 'All images', topImages(busiest)),
      ),
    ),
  };
}

export const overview: View = { section: '', live: true, load };
