// SPDX-License-Identifier: Apache-2.0
// Published manifests, and how the instances made of them fare.

import { api } from './api.js';
import { icon } from './icon.js';
import { verdictBar } from './bar.js';
import { imageCell } from './cells.js';
import { digest, fragment, h } from './dom.js';
import type { Route } from './route.js';
import { empty, pager, table } from './table.js';
import type { Column } from './table.js';
import { plural } from './text.js';
import { ago, isPast } from './time.js';
import type { Image } from './model.js';
import type { Rendered, View } from './view.js';

function standing(image: Image): Node {
  if (image.revoked_at !== null) {
    const badge = h('span', { class: 'badge v-fail' }, icon('fail'), 'revoked');
    return h('span', {}, badge, ' ', ago(image.revoked_at));
  }
  if (isPast(image.expires_at)) {
    return h('span', { class: 'badge v-warn' }, icon('clock'), 'expired');
  }
  return h('span', { class: 'badge v-pass' }, icon('pass'), 'accepted');
}

function expiry(image: Image): Node {
  return image.expires_at === null ? h('span', { class: 'muted' }, 'never') : ago(image.expires_at);
}

const COLUMNS: readonly Column<Image>[] = [
  {
    name: 'Image',
    heading: true,
    cell: imageCell,
  },
  { name: 'Standing', cell: standing },
  { name: 'Manifest', cell: (i) => digest(i.manifest) },
  { name: 'Signer', cell: (i) => digest(i.signer) },
  { name: 'Built', cell: (i) => ago(i.built_at) },
  { name: 'Published', cell: (i) => ago(i.published_at) },
  { name: 'Expires', cell: expiry },
  { name: 'Entries', number: true, cell: (i) => i.entries },
  { name: 'Instances', number: true, cell: (i) => i.instances },
  { name: 'Verdicts', class: 'bar-cell', cell: (i) => verdictBar(i.verdicts) },
];

async function load(route: Route, signal: AbortSignal): Promise<Rendered> {
  const cursor = route.query.get('cursor') ?? '';
  const page = await api.images({ cursor }, signal);
  return {
    title: 'Images',
    said: `${plural(page.items.length, 'image')} on this page`,
    node: fragment(
      h('h1', { tabindex: '-1' }, 'Images'),
      page.items.length === 0
        ? empty(
            'No image is published.',
            'Seal an image with ',
            h('code', {}, 'goldseal seal'),
            ' and PUT its manifest.json to /v1/manifests with an operator’s token.',
          )
        : table('Published manifests', COLUMNS, page.items),
      pager('images', {}, cursor, page.next),
    ),
  };
}

export const images: View = { section: 'images', live: false, load };
