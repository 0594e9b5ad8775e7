/** One claimed login on this phone: shows it, carries the decision, and follows it to its end. */

import {
  type Choice,
  type ConfirmAnswer,
  confirm,
  deny,
  hasCode,
  isFinal,
  type LoginState,
  type ScanAnswer,
  type ScanWaitAnswer,
  type Session,
  usePasskey,
  watchScan,
} from '@countersign/browser';
import { sentence } from '../failure.ts';
import { loadingView, type Stage } from '../stage.ts';
import { t } from '../texts.ts';
import { Deadline } from '../time.ts';
import { approvalView } from './approval.ts';
import { changes } from './changes.ts';
import { checkCodeView } from './check-code.ts';
import { type Outcome, showOutcome } from './outcome.ts';
import { wrongPhrase } from './phrase.ts';
import { dropRequest, keepEnd } from './request.ts';

export interface DecisionOptions {
  stage: Stage;
  session: Session;
  answer: ScanAnswer;
  /** The same request as it was shown before, with less risk. */
  before: ScanAnswer | undefined;
  signal: AbortSignal;
  /** The request is riskier than what was shown: scan it anew. */
  rescan: () => void;
  /** Scans it anew without showing it, for a ticket that has died. */
  scanAnew: () => Promise<ScanAnswer>;
  scanner: () => void;
  home: () => void;
}

export class Decision {
  readonly #options: DecisionOptions;
  /** What the passkey has to answer is good once. */
  #passkeyOptions: ScanAnswer['passkey_options'];
  /** Ends what the browser asks of the person. */
  readonly #asking = new AbortController();
  #deadline: Deadline;
  #version: number;
  #over = false;
  /** True once this page has asked to continue. */
  #continued = false;
  /** What this phone refused with: the watch may bring the news before the answer comes. */
  #refusedBy: 'denied' | 'reported' | undefined;
  #approval: ReturnType<typeof approvalView> | undefined;
  #code: ReturnType<typeof checkCodeView> | undefined;
  #askAgain: () => void = () => undefined;

  constructor(options: DecisionOptions) {
    this.#options = options;
    this.#deadline = new Deadline(options.answer.expires_in);
    this.#version = options.answer.version;
    this.#passkeyOptions = options.answer.passkey_options;
    const leave = () => this.#asking.abort();
    options.signal.addEventListener('abort', leave, { once: true, signal: this.#asking.signal });
  }

  /** Shows the request and lives through what follows. Ends with the login. */
  async run(): Promise<void> {
    const { stage, session, answer, signal, before, rescan } = this.#options;
    this.#showApproval();
    const watch = watchScan(session, answer.ticket, signal);
    this.#askAgain = () => watch.poke();
    try {
      for await (const event of watch) {
        if (event.type === 'state') {
          stage.trouble(undefined);
          this.#take(event.answer);
        } else if (event.retryIn >= 1) {
          stage.trouble(event.code, event.retryIn);
        }
        if (this.#over) return;
      }
    } catch (error) {
      // The ticket dies when the request changes, and the answer that said so may have been lost.
      if (before || !hasCode(error, 'unknown_login')) throw error;
      // Declining gets itself a new ticket.
      if (!this.#refusedBy) rescan();
    }
  }

  #showApproval(): void {
    const { stage, answer, session, before } = this.#options;
    const view = approvalView({
      answer,
      accountName: session.account?.name ?? '',
      deadline: () => this.#deadline,
      changes: before && changes(before, answer),
      proceed: (keep, phrase) => this.#proceed(keep, phrase),
      decline: report => this.#decline(report),
    });
    this.#approval = view;
    const announce = t('approval.announce', { client: answer.context.client.name });
    stage.show(view.root, { focus: view.decline, announce });
  }

  async #proceed(keep: boolean, phrase: string | undefined): Promise<void> {
    const { signal } = this.#asking;
    this.#tell('');
    try {
      const options = this.#passkeyOptions;
      const assertion = options && (await usePasskey(options, { signal }));
      await this.#confirm({ keep, phrase, assertion });
    } catch (error) {
      if (signal.aborted) return;
      if (hasCode(error, 'passkey_cancelled')) this.#tell(t('approval.passkeyCancelled'));
      else this.#tell(sentence(error));
    }
  }

  /** Asking again for what was confirmed before brings the same answer, without another passkey or phrase. */
  async #confirm(choice: Choice): Promise<void> {
    const { session, answer, signal, rescan } = this.#options;
    this.#continued = true;
    try {
      this.#confirmed(await confirm(session, answer, choice, signal));
    } catch (error) {
      if (signal.aborted) return;
      if (hasCode(error, 'context_changed')) rescan();
      else if (hasCode(error, 'wrong_phrase')) this.#wrongPhrase(error.triesLeft ?? 0);
      else if (hasCode(error, 'passkey_rejected', 'passkey_required')) await this.#renew(error);
      else this.#explain(error);
    }
  }

  /** The passkey was not taken: the next try takes a new challenge, of the same request as it was shown. */
  async #renew(refusal: unknown): Promise<void> {
    const { answer, scanAnew, rescan } = this.#options;
    try {
      const anew = await scanAnew();
      if (anew.context_digest !== answer.context_digest) return rescan();
      this.#passkeyOptions = anew.passkey_options;
      this.#tell(sentence(refusal));
    } catch (error) {
      this.#explain(error);
    }
  }

  /** The last wrong one ends the request. */
  #wrongPhrase(triesLeft: number): void {
    if (triesLeft === 0) this.#end('wrongPhrases');
    else this.#approval?.phraseWasWrong(wrongPhrase(triesLeft));
  }

  #confirmed(answer: ConfirmAnswer): void {
    const { context } = this.#options.answer;
    if (this.#over || this.#code) return;
    this.#version = Math.max(this.#version, answer.version);
    if (answer.expires_in !== undefined) this.#deadline = new Deadline(answer.expires_in);
    if (answer.check_code === undefined) {
      this.#showFinishing();
      return;
    }
    const stop = () => this.#decline(false);
    this.#approval = undefined;
    this.#code = checkCodeView(answer.check_code, context, () => this.#deadline, stop);
    this.#options.stage.show(this.#code.root, { announce: this.#code.announcement });
  }

  async #decline(report: boolean): Promise<void> {
    const { session, answer, signal, scanAnew } = this.#options;
    this.#refusedBy = report ? 'reported' : 'denied';
    try {
      await deny(session, answer.ticket, report, signal).catch(async error => {
        // A dead ticket, as in `run`.
        if (!hasCode(error, 'unknown_login')) throw error;
        return deny(session, (await scanAnew()).ticket, report, signal);
      });
      this.#end(this.#refusedBy);
    } catch (error) {
      if (!signal.aborted) this.#explain(error);
    }
  }

  /** An act that did not work: says so, and lets the watch find out how things stand. */
  #explain(error: unknown): void {
    if (hasCode(error, 'login_ended') && error.state === 'collected') {
      // Only the watch knows the grant that can be undone.
      this.#askAgain();
    } else if (hasCode(error, 'login_ended') && error.state) this.#arrive(error.state);
    else {
      this.#tell(sentence(error));
      this.#askAgain();
    }
  }

  #tell(text: string): void {
    (this.#code ?? this.#approval)?.tell(text);
  }

  #take(answer: ScanWaitAnswer): void {
    if (answer.version < this.#version) return;
    this.#version = answer.version;
    this.#deadline = new Deadline(answer.expires_in);
    const alerts = { strangers: answer.strangers, moved: answer.desktop_moved ?? false };
    this.#approval?.alert(alerts);
    this.#code?.update(answer.wrong_codes, alerts);
    this.#arrive(answer.state, answer);
  }

  #arrive(state: LoginState, answer?: ScanWaitAnswer): void {
    // Continued before a reload: asking again brings the same code.
    if (state === 'checking' && !this.#continued) this.#confirm({ keep: false });
    else if (state === 'confirmed') this.#showFinishing();
    else if (state === 'denied') this.#end(this.#refusedBy ?? 'stopped');
    else if (state === 'cancelled') {
      this.#end(answer && answer.strangers > 2 ? 'cancelledStrangers' : 'cancelled');
    } else if (isFinal(state)) this.#end(state as 'collected' | 'expired', answer?.grant);
  }

  #showFinishing(): void {
    if (!this.#approval && !this.#code) return;
    this.#approval = undefined;
    this.#code = undefined;
    this.#options.stage.show(loadingView(t('finishing.text'), t('finishing.title')));
  }

  #end(how: Outcome, grant?: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#asking.abort();
    const { stage, session, answer, scanner, home } = this.#options;
    const { client, act } = answer.context;
    const end = { client: client.name, grant, act };
    // Undo has to outlive a reload.
    if (how === 'collected' && grant) keepEnd({ ...end, grant });
    else dropRequest();
    showOutcome(how, { stage, session, scanner, home, ...end });
  }
}
