// SPDX-License-Identifier: Apache-2.0
// Verdicts and severities: always an icon and a word, never colour alone.

import { h, svg } from './dom.js';
import { icon } from './icon.js';
import { visible } from './text.js';
import { SEVERITIES, VERDICTS } from './model.js';
import type { Severity, Verdict } from './model.js';

const VERDICT_MEANING: Readonly<Record<Verdict, string>> = {
  pass: 'The instance is what was built, and every check ran.',
  warn: 'Something needs a look, or could not be checked.',
  fail: 'The instance is not what was built, or its evidence cannot be trusted.',
  none: 'Not evaluated.',
};

/** How many of three bars are filled. */
const SEVERITY_LEVEL: Readonly<Record<Severity, number>> = {
  critical: 3,
  high: 2,
  medium: 1,
  low: 1,
  info: 0,
};

function isVerdict(text: string): text is Verdict {
  return (VERDICTS as readonly string[]).includes(text);
}

function isSeverity(text: string): text is Severity {
  return (SEVERITIES as readonly string[]).includes(text);
}

export function verdictBadge(verdict: string): Node {
  if (!isVerdict(verdict)) return h('span', { class: 'badge v-none' }, visible(verdict));
  return h(
    'span',
    { class: `badge v-${verdict}`, title: VERDICT_MEANING[verdict] },
    icon(verdict),
    verdict,
  );
}

export function verdictMeaning(verdict: string): string {
  return isVerdict(verdict) ? VERDICT_MEANING[verdict] : 'A verdict this page does not know.';
}

export function severityBadge(severity: string): Node {
  if (!isSeverity(severity)) return h('span', { class: 'badge s-info' }, visible(severity));
  const level = SEVERITY_LEVEL[severity];
  const bars = [0, 1, 2].map((i) =>
    svg('rect', {
      class: i < level ? 'on' : 'off',
      x: 2 + i * 4.5,
      y: 10 - i * 3.5,
      width: 3,
      height: 4 + i * 3.5,
      rx: 0.5,
    }),
  );
  return h(
    'span',
    { class: `badge s-${severity}` },
    svg('svg', { class: 'icon bars', viewBox: '0 0 16 16', 'aria-hidden': 'true' }, ...bars),
    severity,
  );
}

const TIER_MEANING: Readonly<Record<string, string>> = {
  T0: 'software key',
  T1: 'cloud identity document',
  T2: 'provider-certified TPM key',
  T3: 'EK-bound TPM key',
};

export function tier(name: string, spelled = false): Node {
  const meaning = TIER_MEANING[name];
  if (meaning === undefined) return h('span', {}, visible(name));
  return spelled
    ? h('span', {}, name, ' ', h('span', { class: 'muted' }, meaning))
    : h('span', { title: meaning }, name);
}
