// SPDX-License-Identifier: Apache-2.0
// Times: relative to now for people in a hurry, absolute in UTC for people who compare logs.

import { h } from './dom.js';

const STEPS: readonly [seconds: number, unit: string][] = [
  [365 * 86400, 'y'],
  [30 * 86400, 'mo'],
  [86400, 'd'],
  [3600, 'h'],
  [60, 'min'],
];

export function relative(when: Date, now: Date): string {
  const seconds = Math.round((now.getTime() - when.getTime()) / 1000);
  const size = Math.abs(seconds);
  if (size < 10) return 'just now';
  const step = STEPS.find(([length]) => size >= length);
  const [length, unit] = step ?? [1, 's'];
  const text = `${Math.floor(size / length)} ${unit}`;
  return seconds < 0 ? `in ${text}` : `${text} ago`;
}

export function absolute(when: Date): string {
  return `${when.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** "2026-11-23". */
export function day(text: string): string {
  const when = parse(text);
  return when === null ? 'an unknown day' : when.toISOString().slice(0, 10);
}

export function clock(when: Date): string {
  return when.toLocaleTimeString('en-GB');
}

export function isPast(text: string | null): boolean {
  return text !== null && new Date(text).getTime() <= Date.now();
}

function parse(text: string): Date | null {
  const when = new Date(text);
  return Number.isNaN(when.getTime()) ? null : when;
}

/** "3 min ago", with the absolute time as its title. */
export function ago(text: string | null): Node {
  const when = text === null ? null : parse(text);
  if (when === null) return h('span', { class: 'muted' }, text === null ? '–' : 'unknown time');
  return h(
    'time',
    { datetime: when.toISOString(), title: absolute(when) },
    relative(when, new Date()),
  );
}

/** "2026-11-23 20:31:05 UTC (3 min ago)". */
export function full(text: string | null): Node {
  const when = text === null ? null : parse(text);
  if (when === null) return ago(text);
  return h(
    'time',
    { datetime: when.toISOString() },
    absolute(when),
    ' ',
    h('span', { class: 'muted' }, `(${relative(when, new Date())})`),
  );
}
