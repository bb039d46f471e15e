// SPDX-License-Identifier: Apache-2.0
// What is shown when there is nothing to show: loading, no token, trouble.

import { ApiError } from './api.js';
import { button, fragment, h } from './dom.js';
import { isToken, keepToken } from './token.js';
import { link } from './route.js';
import { visible } from './text.js';

export function loading(): Node {
  const spinner = h('span', { class: 'spinner', 'aria-hidden': 'true' });
  return h('div', { class: 'loading' }, spinner, 'Loading…');
}

/** The token form; `refused` when the collector did not accept the one it was given. */
export function tokenForm(refused: boolean, onToken: () => void): Node {
  const input = h('input', {
    id: 'token',
    name: 'token',
    type: 'password',
    autocomplete: 'off',
    spellcheck: 'false',
    required: true,
    'aria-describedby': 'token-help token-error',
  });
  const problem = h('p', { id: 'token-error', class: 'v-fail', role: 'alert' });
  if (refused) problem.textContent = 'The collector did not accept this token. Has it expired?';
  const form = h(
    'form',
    { class: 'panel token-form' },
    h('h1', { tabindex: '-1' }, 'This collector asks for a token'),
    h(
      'p',
      { id: 'token-help', class: 'muted' },
      'A viewer’s token begins with ',
      h('code', {}, 'gs_'),
      '. It is kept in this tab until you close it. An operator of the collector makes tokens.',
    ),
    h('label', { class: 'field', for: 'token' }, h('span', {}, 'Token'), input),
    problem,
    h('button', { type: 'submit', class: 'primary' }, 'Show the fleet'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const value = input.value.trim();
    if (!isToken(value)) {
      problem.textContent = 'A token is gs_ followed by letters, digits, - or _.';
      return;
    }
    keepToken(value);
    onToken();
  });
  return form;
}

const ADVICE: Readonly<Record<number, string>> = {
  400: 'A filter or a page’s cursor is not valid. Clear the filters.',
  403: 'This token may not read this. Ask for one with the role viewer.',
  404: 'Check the address, or begin at the overview.',
};
const FOREIGN = 'Page and collector may be of different versions: reload.';

function advice(error: unknown): string {
  if (!(error instanceof ApiError)) return FOREIGN;
  return ADVICE[error.status] ?? 'The collector’s log says more.';
}

export function trouble(error: unknown, onRetry: () => void): Node {
  const known = error instanceof ApiError;
  const title = known ? error.title : 'This page could not show the answer';
  const detail = known ? error.detail : String(error);
  const status = known && error.status > 0 ? ` (${error.status})` : '';
  return h(
    'div',
    { class: 'panel trouble', role: 'alert' },
    h('h1', { tabindex: '-1' }, visible(title), status),
    detail === '' ? null : h('p', {}, visible(detail)),
    h('p', { class: 'muted' }, advice(error)),
    h(
      'p',
      { class: 'actions' },
      button('Try again', onRetry),
      h('a', { href: link('') }, 'Overview'),
    ),
  );
}

/** A passing trouble: what is on the page stays, and the page asks again. */
export function retrying(error: ApiError, seconds: number): Node {
  const why = error.status === 0 ? error.detail : `It answered with status ${error.status}.`;
  return fragment(
    h('strong', {}, visible(error.title)),
    ` ${visible(why)} What you see may be old. Trying again in ${seconds} s.`,
  );
}
