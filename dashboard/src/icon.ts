// SPDX-License-Identifier: Apache-2.0
// The few icons of the page, drawn as lines on a grid of 16 by 16.

import { svg } from './dom.js';

const PATHS = {
  pass: 'M3 8.5l3.2 3.2L13 5',
  warn: 'M8 2.5L14.5 13.5H1.5ZM8 6.5v3.5M8 12v.1',
  fail: 'M4 4l8 8M12 4l-8 8',
  none: 'M3.5 8h9',
  clock: 'M8 2a6 6 0 1 0 .01 0M8 5v3.5l2.5 1.5',
  outward: 'M6 3H3v10h10v-3M9 3h4v4M13 3L7.5 8.5',
} as const;

/** Always beside a word that says the same, hence hidden from assistive technology. */
export function icon(name: keyof typeof PATHS): Node {
  return svg(
    'svg',
    { class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true', focusable: 'false' },
    svg('path', { d: PATHS[name] }),
  );
}
