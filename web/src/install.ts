/** Lets the browser keep the page that is shown without a network. Nothing else is ever kept. */

/** Registers the service worker; a browser that has none only shows its own words when it is offline. */
export function keepOfflinePage(): void {
  navigator.serviceWorker?.register('/sw.js').catch(() => undefined);
}
