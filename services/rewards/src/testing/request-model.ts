import type { Request } from './command-generator';
import type { LedgerModel } from './ledger-model';

/** What a client is told of its command. */
export interface Answer {
  readonly accepted: boolean;
  readonly repeated?: boolean;
  readonly code?: string;
  readonly movedUallo?: bigint;
  readonly dueHeight?: number | undefined;
  readonly height?: number;
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Requests: whatever was accepted once is answered the same for ever, and stands for its request id. */
export class RequestModel {
  private readonly accepted = new Map<string, { readonly hash: Uint8Array; readonly answer: Answer }>();
  refused = 0;
  repeated = 0;

  constructor(private readonly model: LedgerModel) {}

  get acceptedCount(): number {
    return this.accepted.size;
  }

  /** What is wrong with the answer; if nothing is, the model has done what the request asks for. */
  judge(request: Request, answer: Answer): string | undefined {
    const wrong = this.wrongWith(request, answer);
    if (wrong === undefined && !answer.accepted) this.refused += 1;
    return wrong && `${describe(request)}: ${wrong}`;
  }

  private wrongWith(request: Request, answer: Answer): string | undefined {
    const name = `${request.author} ${request.requestId}`;
    const before = this.accepted.get(name);
    if (before) return this.wrongWithRepeat(request, answer, before);
    if (answer.accepted && answer.repeated) return 'is said to be a repeat, and is none';
    const wrong = this.model.judge(request.command, answer);
    if (wrong !== undefined || !answer.accepted) return wrong;
    this.accepted.set(name, { hash: request.hash, answer });
    if (answer.height === this.model.height) return undefined;
    return `took effect at height ${answer.height} instead of ${this.model.height}`;
  }

  private wrongWithRepeat(
    { hash }: Request,
    answer: Answer,
    before: { readonly hash: Uint8Array; readonly answer: Answer },
  ): string | undefined {
    if (!sameBytes(hash, before.hash))
      return answer.code === 'CONFLICTING_REPEAT' ? undefined : `answered ${told(answer)} to other bytes`;
    this.repeated += 1;
    const { movedUallo, dueHeight, height } = before.answer;
    const isSame =
      answer.accepted &&
      answer.repeated &&
      answer.movedUallo === movedUallo &&
      answer.dueHeight === dueHeight &&
      answer.height === height;
    return isSame ? undefined : `was answered ${told(before.answer)}, and is answered ${told(answer)}`;
  }
}

const told = (answer: Answer): string => text(answer);
const describe = ({ requestId, command }: Request): string => `${requestId} ${text(command)}`;

const text = (value: object): string =>
  JSON.stringify(value, (_name, part: unknown) => (typeof part === 'bigint' ? part.toString() : part));
