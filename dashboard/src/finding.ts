// SPDX-License-Identifier: Apache-2.0
// One finding, told in full: what, where, expected and actual, and what to do about it.

import { severityBadge } from './badge.js';
import { attackCell, codeCell } from './cells.js';
import { button, code, folded, h, pairs, raw } from './dom.js';
import type { Child } from './dom.js';
import { count } from './text.js';
import type { Finding } from './model.js';

const RELATED_SHOWN = 5;
/** Cards drawn at once: a doctored instance may have thousands. */
const STEP = 100;

function pathList(paths: readonly string[]): Node {
  return h('ul', { class: 'paths' }, ...paths.map((path) => h('li', {}, code(path))));
}

function related(paths: readonly string[]): Child {
  if (paths.length === 0) return null;
  if (paths.length <= RELATED_SHOWN) return pathList(paths);
  return h(
    'details',
    {},
    h('summary', {}, `${count(paths.length)} paths`),
    pathList(paths),
  );
}

function orNothing(text: string | null | undefined): Child {
  return text ? code(text) : null;
}

function findingCard(finding: Finding): HTMLElement {
  return h(
    'li',
    { class: `finding s-${finding.severity}` },
    h(
      'header',
      {},
      severityBadge(finding.severity),
      h('h3', {}, folded(finding.title)),
      finding.waived ? h('span', { class: 'tag' }, 'waived') : null,
      codeCell(finding.code),
    ),
    finding.summary ? h('p', { class: 'muted' }, raw(finding.summary)) : null,
    pairs([
      ['Path', orNothing(finding.path)],
      ['Exact bytes', finding.path_raw === undefined ? null : code(finding.path_raw)],
      ['Expected', orNothing(finding.expected)],
      ['Actual', orNothing(finding.actual)],
      ['Package', orNothing(finding.package)],
      ['Related', related(finding.related)],
      ['ATT&CK', attackCell(finding.attack)],
      ['Waived', finding.waived ? raw(finding.waived) : null],
      ['What to do', finding.remedy ? raw(finding.remedy) : null],
    ]),
  );
}

/** The cards of all findings, some at a time. */
export function findingCards(findings: readonly Finding[]): Node {
  const list = h('ol', { class: 'findings' });
  const rest = h('p', { class: 'rest' });
  let shown = 0;
  const more = (): void => {
    const added = findings.slice(shown, shown + STEP).map(findingCard);
    shown += added.length;
    list.append(...added);
    const left = findings.length - shown;
    const label = `Show ${count(Math.min(left, STEP))} more of ${count(left)}`;
    rest.replaceChildren(...(left === 0 ? [] : [button(label, more)]));
    if (shown > STEP) added[0]?.querySelector<HTMLElement>('a')?.focus();
  };
  more();
  return h('div', {}, list, rest);
}
