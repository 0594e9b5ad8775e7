/** Tells the other tabs of this browser that the sign-in changed. They ask the server what is so. */

export type News = 'signed-in' | 'signed-out';

const CHANNEL = 'countersign-sign-in';

export class Tabs {
  readonly #channel = new BroadcastChannel(CHANNEL);

  constructor(hear: (news: News) => unknown) {
    this.#channel.addEventListener('message', ({ data }: MessageEvent<News>) => hear(data));
  }

  /** Tells the others; this tab hears nothing of it. */
  tell(news: News): void {
    this.#channel.postMessage(news);
  }
}
