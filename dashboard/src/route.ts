// SPDX-License-Identifier: Apache-2.0
// The address's fragment is the state: #/instances?verdict=fail&cursor=...

export interface Route {
  /** "", "instances", "images", "findings". */
  view: string;
  /** What stands behind the view's name: an instance's uid. */
  item: string | null;
  query: URLSearchParams;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  const [view = '', item = ''] = path.split('/');
  return {
    view: decode(view),
    item: item === '' ? null : decode(item),
    query: new URLSearchParams(query),
  };
}

export type Query = Readonly<Record<string, string | null | undefined>>;

/** A fragment for an href; empty and absent filters are left out. */
export function link(path: string, query: Query = {}): string {
  const filled = Object.entries(query).filter(([, value]) => value);
  const text = new URLSearchParams(filled as [string, string][]).toString();
  return `#/${path}${text === '' ? '' : `?${text}`}`;
}

export function instanceLink(uid: string): string {
  return link(`instances/${encodeURIComponent(uid)}`);
}

/** The named filters of a route, as a Query to build the next address from. */
export function filtersOf(route: Route, names: readonly string[]): Record<string, string> {
  const out: Record<string, string> = {};
  for (const name of names) out[name] = route.query.get(name) ?? '';
  return out;
}

export function go(fragment: string): void {
  window.location.hash = fragment;
}
