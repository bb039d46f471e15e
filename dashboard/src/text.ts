// SPDX-License-Identifier: Apache-2.0
// Text that an agent supplied: every character that would hide, reorder or imitate is made visible.

// Controls, format characters (bidi, zero width, tags), line separators, lone surrogates, private
// and unassigned code points; then blanks other than U+0020, and letters drawn as nothing.
const HIDDEN = new RegExp(
  '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Cn}\\p{Zl}\\p{Zp}' +
    '\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000' +
    '\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u2800\\u3164\\uffa0\\ufe00-\\ufe0f]',
  'u',
);

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

export interface Piece {
  text: string;
  /** Set for an escape: the code point it stands for, as U+XXXX. */
  codePoint?: string;
}

function escapeOf(char: string): Piece {
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  const short = SHORT[char];
  const text = short ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`);
  return { text, codePoint: `U+${hex.toUpperCase().padStart(4, '0')}` };
}

/** Splits into runs of plain text and single escapes. */
export function pieces(raw: string): Piece[] {
  const out: Piece[] = [];
  let plain = '';
  for (const char of raw) {
    if (!HIDDEN.test(char)) {
      plain += char;
      continue;
    }
    if (plain !== '') out.push({ text: plain });
    plain = '';
    out.push(escapeOf(char));
  }
  if (plain !== '') out.push({ text: plain });
  return out;
}

/** The same as one string, for places that hold no markup: titles, file names, labels. */
export function visible(raw: string): string {
  return pieces(raw)
    .map((piece) => piece.text)
    .join('');
}

const numbers = new Intl.NumberFormat('en-US');

export function count(value: number): string {
  return numbers.format(value);
}

/** "1 finding", "2,000 findings". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function bytes(value: number): string {
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 ? count(size) : size.toFixed(1)} ${UNITS[unit] ?? ''}`;
}
