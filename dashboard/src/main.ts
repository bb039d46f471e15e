// SPDX-License-Identifier: Apache-2.0
// Starts the page: address to view, view to answer, and again when it is time.

import { ApiError } from './api.js';
import { loading, retrying, tokenForm, trouble } from './notice.js';
import { parseRoute } from './route.js';
import type { Route } from './route.js';
import * as shell from './shell.js';
import { forgetToken, takeTokenFromAddress, token } from './token.js';
import { findings } from './view_findings.js';
import { images } from './view_images.js';
import { instance } from './view_instance.js';
import { instances } from './view_instances.js';
import { overview } from './view_overview.js';
import type { View } from './view.js';

const REFRESH_MS = 15_000;
const RETRY_LEAST_S = 2;
const RETRY_MOST_S = 60;

const VIEWS: Readonly<Record<string, View>> = { '': overview, instances, images, findings };

let asked = new AbortController();
let timer: number | undefined;
let failures = 0;
let shownHash: string | null = null;

function viewOf(route: Route): View {
  if (route.view === 'instances' && route.item !== null) return instance;
  const view = route.item === null ? VIEWS[route.view] : undefined;
  if (view === undefined) throw new ApiError(404, 'No such page', 'The address names none.');
  return view;
}

/** Nothing is asked for a page that nobody sees: it is drawn when it is seen again. */
function later(milliseconds: number): void {
  window.clearTimeout(timer);
  if (document.hidden) return;
  timer = window.setTimeout(() => void draw(false), milliseconds);
}

/** Exponential, with jitter so that many open pages do not come back together. */
function retryDelay(error: ApiError): number {
  const backoff = Math.min(RETRY_LEAST_S * 2 ** failures, RETRY_MOST_S);
  const least = Math.min(error.retryAfter ?? 0, RETRY_MOST_S);
  return Math.max(Math.ceil(backoff * (0.5 + Math.random() / 2)), least);
}

function askForToken(): void {
  const refused = token() !== null;
  forgetToken();
  shell.leaveButton(false);
  shell.showUpdated(null);
  shell.showBanner(null);
  shell.show(tokenForm(refused, () => void draw(true)));
  document.title = 'Token - goldseal';
  document.getElementById('token')?.focus();
}

function failed(error: unknown): void {
  if (error instanceof ApiError && error.status === 401) {
    askForToken();
    return;
  }
  if (error instanceof ApiError && error.passing) {
    const seconds = retryDelay(error);
    failures++;
    shell.showBanner(retrying(error, seconds));
    later(seconds * 1000);
    return;
  }
  shell.showBanner(null);
  shell.show(trouble(error, () => void draw(true)));
  shell.focusHeading();
}

/** `anew`: the reader went somewhere, so what is shown is of no use; else it is only refreshed. */
async function draw(anew: boolean): Promise<void> {
  window.clearTimeout(timer);
  asked.abort();
  const mine = (asked = new AbortController());
  const route = parseRoute(window.location.hash);
  const hash = window.location.hash;
  shell.setBusy(true);
  try {
    const view = viewOf(route);
    shell.markSection(view.section);
    if (anew && shownHash?.split('?')[0] !== hash.split('?')[0]) shell.show(loading());
    const page = await view.load(route, mine.signal);
    if (mine.signal.aborted) return;
    failures = 0;
    shownHash = hash;
    shell.showBanner(null);
    shell.show(page.node);
    shell.showUpdated(new Date());
    shell.leaveButton(token() !== null);
    shell.say(page.said);
    document.title = `${page.title} - goldseal`;
    if (anew) shell.focusHeading();
    if (view.live) later(REFRESH_MS);
  } catch (error) {
    if (!mine.signal.aborted) failed(error);
  } finally {
    if (mine === asked) shell.setBusy(false);
  }
}

function navigated(): void {
  takeTokenFromAddress();
  failures = 0;
  void draw(true);
}

function visibilityChanged(): void {
  if (document.hidden) window.clearTimeout(timer);
  else void draw(false);
}

function leave(): void {
  forgetToken();
  shell.say('The token is forgotten');
  void draw(true);
}

window.addEventListener('hashchange', navigated);
document.addEventListener('visibilitychange', visibilityChanged);
shell.armSkipLink();
shell.onRefresh(() => void draw(false));
shell.leaveButton(token() !== null, leave);
navigated();
