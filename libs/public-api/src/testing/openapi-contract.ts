import fc from 'fast-check';
import { refusalCodes } from '../document';
import type { RouteShape } from '../route';
import { AnswerCheck, type Document, operationsOf } from './openapi-answers';
import {
  type BrokenRequest,
  brokenRequests,
  type Operation,
  type Request,
  urlOf,
  validRequests,
  type Vocabulary,
} from './openapi-requests';

interface ContractOptions extends Vocabulary {
  readonly document: Document;
  readonly baseUrl: string;
  readonly seed: number;
  /** Requests of each kind to each operation. */
  readonly runs: number;
}

/** What is wrong with an answer, beyond what the document can say. */
type Judge = (request: Request, response: Response) => Promise<string | undefined>;

/** What the document says of each operation, held against a network that serves it. */
export class Contract {
  private readonly operations: ReadonlyMap<string, Operation>;
  private readonly check: AnswerCheck;

  constructor(private readonly options: ContractOptions) {
    const { document } = options;
    this.operations = new Map(operationsOf(document).map((each) => [each.operationId, each]));
    this.check = new AnswerCheck(document);
  }

  /** Requests of the documented form are answered as documented: never as malformed, never with a failure. Tells with which statuses. */
  async holdsForValid({ id }: RouteShape, judge?: Judge): Promise<ReadonlySet<number>> {
    const operation = this.operation(id);
    const seen = new Set<number>();
    await this.tryAll(operation, validRequests(operation, this.options), async (request, response) => {
      seen.add(response.status);
      // A body that nobody dressed is signed by nobody, which is found out only behind the form.
      const wrong = !operation.body ? [400] : this.options.dress ? [400, 401] : [];
      if (wrong.includes(response.status)) return `${response.status}: ${await response.text()}`;
      return judge?.(request, response);
    });
    return seen;
  }

  /** Others are refused, with a code that is documented for the operation. */
  async refusesBroken(route: RouteShape): Promise<void> {
    const operation = this.operation(route.id);
    const codes = refusalCodes(route) as readonly string[];
    await this.tryAll(operation, brokenRequests(operation, this.options), async (request, response) => {
      if (this.mustFail(route, operation, request) && !FOR_THE_FORM.includes(response.status))
        return `${response.status} to what is not of the documented form`;
      if (response.status < 400) return undefined;
      const { code } = (await response.json()) as { readonly code: string };
      return codes.includes(code) ? undefined : `${code} is not documented here`;
    });
  }

  private async tryAll<R extends Request>(
    operation: Operation,
    requests: fc.Arbitrary<R>,
    judge: (request: R, response: Response) => Promise<string | undefined>,
  ): Promise<void> {
    const { seed, runs } = this.options;
    const property = fc.asyncProperty(requests, async (request) => {
      const response = await this.send(operation, request);
      const fault =
        response.status >= 500
          ? `${response.status}: ${await response.text()}`
          : ((await this.fault(operation, response.clone())) ?? (await judge(request, response)));
      if (fault) throw new Error(`${operation.method} ${urlOf(operation, request)}: ${fault}`);
    });
    await fc.assert(property, { seed, numRuns: runs, includeErrorInReport: true });
  }

  private mustFail(
    { query }: RouteShape,
    { body: schema }: Operation,
    { broken, body }: BrokenRequest,
  ): boolean {
    if (typeof broken === 'object') return !this.check.takes(broken.parameter, broken.text);
    if (broken === 'name') return query !== undefined;
    if (broken === 'body' || !schema) return false;
    return !this.check.validator(schema)(JSON.parse(body ?? 'null'));
  }

  /** Streams are looked at no further than their head. */
  private async send(operation: Operation, request: Request): Promise<Response> {
    const cut = new AbortController();
    const response = await fetch(`${this.options.baseUrl}${urlOf(operation, request)}`, {
      method: operation.method,
      ...(request.body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: request.body }),
      signal: cut.signal,
    });
    if (!isStream(response)) return response;
    const { status, headers } = response;
    cut.abort();
    return new Response('{}', { status, headers });
  }

  private async fault(operation: Operation, response: Response): Promise<string | undefined> {
    if (!isStream(response)) return this.check.fault(operation, response);
    return 'text/event-stream' in (operation.responses['200']?.content ?? {}) ? undefined : 'a stream';
  }

  private operation(id: string): Operation {
    const operation = this.operations.get(id);
    if (!operation) throw new Error(`${id} is not in the document`);
    return operation;
  }
}

/** 401: who asks is looked at before what is asked. */
const FOR_THE_FORM: readonly number[] = [400, 401, 404, 413, 414];

const isStream = ({ headers }: Response): boolean =>
  headers.get('content-type')?.startsWith('text/event-stream') ?? false;
