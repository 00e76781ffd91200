import { randomBytes } from 'node:crypto';
import { Server, ServerCredentials, type ServerDuplexStream, status } from '@grpc/grpc-js';
import {
  InferenceIngestService,
  Receipt,
  Refusal,
  type SubmitOutcome,
  type SubmitStreamRequest,
  SubmitStreamResponse,
} from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { accountFromKey } from '@allora/identity/account';
import { messageHash, provesAuthor } from '@allora/identity/signature';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSubmissionStream, type SubmissionStream } from './submission-stream';

const account = accountFromKey(new Uint8Array(32).fill(7));
type Call = ServerDuplexStream<SubmitStreamRequest, SubmitStreamResponse>;
type Judge = (request: SubmitStreamRequest, call: Call) => SubmitOutcome['result'] | 'SILENT';

let server: Server;
let address: string;
let calls: Call[];
let seen: SubmitStreamRequest[];
let judge: Judge;
let stream: SubmissionStream<'inference'>;

const accept: Judge = ({ signed }) => ({
  $case: 'receipt',
  value: Receipt.fromPartial({ hash: Buffer.from(messageHash(signed!.payload)).toString('hex') }),
});
const refuse = (code: string, httpStatus: number, facts = {}) =>
  ({
    $case: 'refusal',
    value: Refusal.fromPartial({
      code,
      status: httpStatus,
      detail: 'so it is',
      factsJson: JSON.stringify(facts),
    }),
  }) as const;
const open = (more: object = {}) => {
  stream = openSubmissionStream({ address, kind: 'inference', chainId: 'test-1', random: () => 0, ...more });
};
const submit = (value: string) => stream.submit(account, { topicId: 1, nonce: 5, value });
const valueOf = ({ signed }: SubmitStreamRequest) => {
  const { body } = SignedPayload.decode(signed!.payload);
  return body?.$case === 'inference' ? body.value.value : undefined;
};

async function serve(port = 0): Promise<void> {
  server = new Server();
  server.addService(InferenceIngestService, {
    submit: () => undefined,
    getSubmission: () => undefined,
    submitStream: (call: Call) => {
      calls.push(call);
      call.on('data', (request: SubmitStreamRequest) => {
        seen.push(request);
        const result = judge(request, call);
        if (result !== 'SILENT') call.write({ outcomes: [{ sequence: request.sequence, result }] });
      });
      call.on('end', () => call.end());
    },
  });
  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, at) =>
      error ? reject(error) : resolve(at),
    ),
  );
  address = `127.0.0.1:${bound}`;
}

beforeEach(async () => {
  calls = [];
  seen = [];
  judge = accept;
  await serve();
});
afterEach(() => server.forceShutdown());

describe('a stream of submissions', () => {
  it('carries many over one call, each signed, and gives each its own receipt', async () => {
    open();
    const receipts = await Promise.all(Array.from({ length: 2_500 }, (_, i) => submit(String(i))));
    expect(calls).toHaveLength(1);
    expect(new Set(receipts.map(({ hash }) => hash)).size).toBe(2_500);
    const { payload: bytes, publicKey, signature } = seen[0]!.signed!;
    expect(provesAuthor({ address: account.address, bytes, publicKey, signature })).toBe(true);
    await stream.close();
    await expect(submit('1')).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('has no more on the way than allowed', async () => {
    const held: SubmitStreamRequest[] = [];
    judge = (request) => (held.push(request), 'SILENT');
    open({ maxUnanswered: 3 });
    const all = Promise.all(['a', 'b', 'c', 'd', 'e'].map((_, i) => submit(String(i))));
    await expect.poll(() => held.length).toBe(3);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(held).toHaveLength(3);
    judge = accept;
    const outcomes = held.map((request) => ({
      sequence: request.sequence,
      result: accept(request, calls[0]!),
    }));
    calls[0]!.write(SubmitStreamResponse.fromPartial({ outcomes } as never));
    expect(await all).toHaveLength(5);
    await stream.close();
  });

  it('throws a refusal, and comes again with the same bytes after one that passes', async () => {
    judge = (request, call) => {
      if (valueOf(request) === 'bad') return refuse('VALUE_NOT_ALLOWED', 422, { field: 'value' });
      const first = seen.filter((one) => valueOf(one) === 'busy').length === 1;
      if (valueOf(request) === 'busy' && first)
        return refuse('RATE_LIMITED', 429, { retryAfterSeconds: 0.1 });
      return accept(request, call);
    };
    open();
    await expect(submit('bad')).rejects.toMatchObject({
      code: 'VALUE_NOT_ALLOWED',
      status: 422,
      detail: 'so it is',
      facts: { field: 'value' },
    });
    expect((await submit('busy')).hash).toHaveLength(64);
    const [first, second] = seen.filter((one) => valueOf(one) === 'busy');
    expect(second!.signed).toEqual(first!.signed);
    await stream.close();
  });

  it('sends what is unanswered again over the next call, in the same bytes', async () => {
    judge = (request, call) => {
      if (calls.length > 1 || seen.length < 3) return accept(request, call);
      call.emit('error', { code: status.RESOURCE_EXHAUSTED, details: 'SLOW_READER' });
      return 'SILENT';
    };
    open();
    const values = Array.from({ length: 20 }, () => randomBytes(4).readUInt32BE().toString());
    const receipts = await Promise.all(values.map(submit));
    expect(receipts).toHaveLength(20);
    expect(calls).toHaveLength(2);
    expect(new Set(seen.map(valueOf))).toEqual(new Set(values));
    await stream.close();
  });

  it('outlives the server', async () => {
    judge = () => 'SILENT';
    open();
    const answer = submit('1');
    await expect.poll(() => seen.length).toBe(1);
    const port = Number(address.split(':')[1]);
    server.forceShutdown();
    await new Promise((resolve) => setTimeout(resolve, 100));
    judge = accept;
    await serve(port);
    expect((await answer).hash).toHaveLength(64);
    expect(seen[1]!.signed).toEqual(seen[0]!.signed);
    await stream.close();
  });

  it('gives up at the deadline', async () => {
    judge = () => 'SILENT';
    open({ deadlineMs: 100 });
    await expect(submit('1')).rejects.toMatchObject({ code: 'TIMED_OUT' });
    await stream.close();
  });

  it('does not come again to a service that has no such stream', async () => {
    server.forceShutdown();
    server = new Server();
    await new Promise<void>((resolve, reject) =>
      server.bindAsync(address, ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      ),
    );
    open();
    await expect(submit('1')).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await stream.close();
  });
});
