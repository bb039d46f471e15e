// SPDX-License-Identifier: Apache-2.0
// How many instances of something have which verdict: a bar, and the numbers beside it.

import { h, svg } from './dom.js';
import { count } from './text.js';
import { VERDICTS } from './model.js';
import type { VerdictCounts } from './model.js';

const WIDTH = 120;
const HEIGHT = 8;
/** A single failing instance among thousands must still be seen. */
const LEAST = 3;

function total(counts: VerdictCounts): number {
  return VERDICTS.reduce((sum, verdict) => sum + counts[verdict], 0);
}

function widths(counts: VerdictCounts): number[] {
  const all = total(counts);
  const wanted = VERDICTS.map((verdict) =>
    counts[verdict] === 0 ? 0 : Math.max(LEAST, (counts[verdict] / all) * WIDTH),
  );
  const sum = wanted.reduce((a, b) => a + b, 0);
  return wanted.map((width) => (sum === 0 ? 0 : (width * WIDTH) / sum));
}

function words(counts: VerdictCounts): string {
  const said = VERDICTS.filter((verdict) => counts[verdict] > 0).map(
    (verdict) => `${count(counts[verdict])} ${verdict}`,
  );
  return said.length === 0 ? 'no instances' : said.join(', ');
}

export function verdictBar(counts: VerdictCounts): Node {
  const all = widths(counts);
  let x = 0;
  const parts = VERDICTS.map((verdict, i) => {
    const width = all[i] ?? 0;
    const part = svg('rect', { class: `v-${verdict}`, x, y: 0, width, height: HEIGHT });
    x += width;
    return part;
  });
  const label = words(counts);
  return h(
    'span',
    { class: 'verdict-bar' },
    svg(
      'svg',
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        preserveAspectRatio: 'none',
        role: 'img',
        'aria-label': label,
      },
      svg('rect', { class: 'track', x: 0, y: 0, width: WIDTH, height: HEIGHT }),
      ...parts,
    ),
    h('span', { class: 'bar-words', 'aria-hidden': 'true' }, label),
  );
}
