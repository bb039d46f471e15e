// SPDX-License-Identifier: Apache-2.0
// The viewer's token: it lives as long as the tab and never stays in the address.

const SLOT = 'goldseal.token';
const SHAPE = /^gs_[A-Za-z0-9_.~-]{1,512}$/;

export function isToken(text: string): boolean {
  return SHAPE.test(text);
}

export function token(): string | null {
  return sessionStorage.getItem(SLOT);
}

export function keepToken(text: string): void {
  sessionStorage.setItem(SLOT, text);
}

export function forgetToken(): void {
  sessionStorage.removeItem(SLOT);
}

/** Takes #token=gs_... out of the address bar and out of the history. */
export function takeTokenFromAddress(): void {
  const hash = window.location.hash;
  if (!hash.startsWith('#token=')) return;
  const value = hash.slice('#token='.length);
  history.replaceState(null, '', window.location.pathname + window.location.search);
  if (isToken(value)) keepToken(value);
}
