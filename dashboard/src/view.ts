// SPDX-License-Identifier: Apache-2.0
// What every view is: a route goes in, a title and nodes come out.

import type { Route } from './route.js';

export interface Rendered {
  title: string;
  node: Node;
  /** Said by screen readers when it is new: a short summary of what is shown. */
  said: string;
}

export interface View {
  /** The entry of the navigation that it belongs to. */
  section: string;
  /** Asked again by itself while the page is seen. */
  live: boolean;
  load: (route: Route, signal: AbortSignal) => Promise<Rendered>;
}
