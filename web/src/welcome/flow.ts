/** Leads through an invitation: what it is, whose it is, a passkey or a password, and this device is a phone. */

import {
  acceptInvitation,
  CountersignError,
  hasCode,
  type Invitation,
  lookAtInvitation,
  makePasskey,
  type NewCredential,
  Session,
} from '@countersign/browser';
import { describeDevice } from '../device.ts';
import { failureView, sentence } from '../failure.ts';
import type { Complaint } from '../forms.ts';
import type { Page } from '../page.ts';
import { passkeysWork } from '../passkeys.ts';
import { patiently } from '../patience.ts';
import { loadingView } from '../stage.ts';
import { t } from '../texts.ts';
import { Deadline } from '../time.ts';
import { chooseView, doneView, introView, passwordView, refusedView } from './views.ts';

/** The built-in client of the server's own pages. */
const CLIENT_ID = 'countersign';

/** An invitation that was looked at. */
interface Looked {
  secret: string;
  invitation: Invitation;
  /** Until when it can be taken up. */
  good: Deadline;
  /** What this browser is signed in as until then. */
  before: Session | undefined;
}

export class Welcome {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Says what this is, and waits: programs open links too. */
  open = (secret: string): void => {
    const { stage } = this.#page;
    if (secret) stage.show(introView(() => this.#look(secret)));
    else stage.show(refusedView('welcome.noneTitle', 'welcome.none'));
  };

  async #look(secret: string): Promise<void> {
    const { stage, connection, storage } = this.#page;
    stage.show(loadingView());
    try {
      const { signal } = new AbortController();
      const ask = () => lookAtInvitation(connection, secret);
      const invitation = await patiently(stage, signal, ask);
      const before = await Session.resume(connection, storage.sessions('phone'));
      const good = new Deadline(invitation.expires_in);
      this.#choose({ secret, invitation, good, before });
    } catch (error) {
      this.#fail(error, () => this.#look(secret));
    }
  }

  /** A passkey first, where there can be one. */
  #choose(looked: Looked): void {
    const { invitation, before } = looked;
    if (!invitation.passkeys || !passkeysWork()) {
      this.#choosePassword(looked);
      return;
    }
    const view = chooseView({
      invitation,
      seconds: looked.good.left,
      before: before?.account?.name,
      passkey: () => this.#attempt(looked, () => this.#makePasskey(looked)),
      password: () => this.#choosePassword(looked, () => this.#choose(looked)),
    });
    this.#page.stage.show(view);
  }

  #choosePassword(looked: Looked, back?: () => unknown): void {
    const { invitation, before, good } = looked;
    const view = passwordView({
      invitation,
      seconds: good.left,
      before: before?.account?.name,
      back,
      submit: password => this.#attempt(looked, async () => ({ password })),
    });
    this.#page.stage.show(view.root, { focus: view.focus });
  }

  async #makePasskey({ secret }: Looked): Promise<NewCredential> {
    const { connection } = this.#page;
    return { passkey: await makePasskey(connection, 'invitation', { invitation: secret }) };
  }

  /** Takes the invitation up; gives what to say in place when something can be done about it there. */
  async #attempt(
    looked: Looked,
    credential: () => Promise<NewCredential>,
  ): Promise<Complaint | undefined> {
    try {
      await this.#accept(looked, await credential());
      return undefined;
    } catch (error) {
      if (!hasCode(error, 'invitation_invalid', 'internal')) return { text: complaint(error) };
      this.#fail(error, () => this.#choose(looked));
      return undefined;
    }
  }

  async #accept({ secret, before }: Looked, credential: NewCredential): Promise<void> {
    const { stage, connection, storage } = this.#page;
    const device = describeDevice(navigator.userAgent);
    const answer = await acceptInvitation(connection, {
      ...credential,
      invitation: secret,
      device,
    });
    await before?.signOut();
    await Session.begin(connection, storage.sessions('phone'), CLIENT_ID, answer);
    stage.show(doneView(answer.account.name ?? ''));
  }

  #fail(error: unknown, again: () => unknown): void {
    const { stage } = this.#page;
    if (hasCode(error, 'invitation_invalid')) {
      stage.show(refusedView('welcome.invalidTitle', 'welcome.invalid'));
    } else stage.show(failureView(error, again));
  }
}

function complaint(error: unknown): string {
  const reason = error instanceof CountersignError ? error.reason : undefined;
  return reason ? t(`password.${reason}`) : sentence(error);
}
