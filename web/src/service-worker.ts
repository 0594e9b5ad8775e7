/**
 * Shows a page of ours when there is no network, and stays out of everything else: it keeps no answer of the
 * server, and a page is always the server's own, asked for by the browser itself.
 */

/** What a service worker has that the page's types don't know. */
interface Worker extends EventTarget {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  registration: { navigationPreload?: { enable(): Promise<void> } };
}
interface Lifetime extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Navigation extends Lifetime {
  request: Request;
  preloadResponse: Promise<Response | undefined>;
  respondWith(answer: Promise<Response>): void;
}

const worker = globalThis as unknown as Worker;
const CACHE = 'offline';
const OFFLINE = '/offline';

worker.addEventListener('install', event => {
  (event as Lifetime).waitUntil(keep().then(() => worker.skipWaiting()));
});

worker.addEventListener('activate', event => {
  const { navigationPreload } = worker.registration;
  const ready = async () => {
    await navigationPreload?.enable();
    await worker.clients.claim();
  };
  (event as Lifetime).waitUntil(ready());
});

worker.addEventListener('fetch', event => {
  const navigation = event as Navigation;
  const { request } = navigation;
  // Only the browser's own request says truly how the page was opened (Sec-Fetch-Site): ours would not.
  if (request.mode === 'navigate' && worker.registration.navigationPreload) {
    navigation.respondWith(page(navigation));
  } else if (new URL(request.url).pathname.startsWith('/assets/')) {
    navigation.respondWith(asset(request));
  }
});

async function page({ preloadResponse, request }: Navigation): Promise<Response> {
  try {
    return (await preloadResponse) ?? (await fetch(request));
  } catch (error) {
    const kept = await caches.match(OFFLINE);
    if (!kept) throw error;
    return kept;
  }
}

/** Files carry a digest in their name: one that is kept is never old. */
async function asset(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

/** Keeps the page and the files that it names, and forgets those of an earlier one. */
async function keep(): Promise<void> {
  const answer = await fetch(OFFLINE, { cache: 'no-store' });
  if (!answer.ok) throw new Error(`the offline page can't be had: ${answer.status}`);
  const html = await answer.clone().text();
  const files = [...html.matchAll(/"(\/assets\/[^"]+)"/g)].map(match => match[1] ?? '');
  await caches.delete(CACHE);
  const cache = await caches.open(CACHE);
  await cache.addAll(files);
  await cache.put(OFFLINE, answer);
}
