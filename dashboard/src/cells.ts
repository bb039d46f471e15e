// SPDX-License-Identifier: Apache-2.0
// Cells that several tables share.

import { h, raw } from './dom.js';
import type { Child } from './dom.js';
import { instanceLink, link } from './route.js';
import { icon } from './icon.js';
import { visible } from './text.js';
import type { ImageName } from './model.js';

const MITRE = 'https://attack.mitre.org/techniques/';
const TECHNIQUE = /^T[0-9]{4}(\.[0-9]{3})?$/;

/** Names up to this length are kept on one line. */
const SHORT = 32;

function mono(text: string): string {
  return text.length <= SHORT ? 'mono short' : 'mono';
}

export function instanceCell(uid: string, id: string): Node {
  return h('a', { href: instanceLink(uid), class: mono(id) }, raw(id));
}

export function codeCell(code: string): Node {
  const title = 'The same in the whole fleet';
  const href = link('findings', { code });
  return h('a', { href, title, class: `plain ${mono(code)}` }, raw(code));
}

export function imageCell(image: ImageName | null): Child {
  if (image === null) return h('span', { class: 'muted' }, 'none stated');
  const { name, version } = image;
  const href = link('instances', { image: version ? `${name}/${version}` : name });
  const shownVersion = version ? h('span', { class: 'muted' }, raw(version)) : null;
  return h('a', { href }, raw(name), ' ', shownVersion);
}

/** A link to ATT&CK when it is a technique's id, else its text. */
function attackLink(id: string): Node {
  if (!TECHNIQUE.test(id)) return h('span', {}, visible(id));
  return h(
    'a',
    {
      href: `${MITRE}${id.replace('.', '/')}/`,
      rel: 'noreferrer noopener',
      target: '_blank',
      class: 'attack',
      title: `ATT&CK ${id} (opens attack.mitre.org)`,
    },
    id,
    icon('outward'),
  );
}

export function attackCell(ids: readonly string[]): Child {
  if (ids.length === 0) return null;
  return h('span', { class: 'attacks' }, ...ids.map(attackLink));
}
