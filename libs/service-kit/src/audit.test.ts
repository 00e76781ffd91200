import { InferenceIngestService } from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { RefusalError } from '@allora/contracts/errors';
import { afterEach, expect, test } from 'vitest';
import { auditGrpc } from './audit';
import { GrpcClients } from './grpc-client';
import { GrpcHost } from './grpc-host';
import { Log } from './log';
import { MetricsRegistry, requestMetrics } from './metrics';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

test('a gRPC call that changes something has its line when it is over, one that reads has none', async () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = Log.create({ name: 'test', level: 'info', format: 'json', destination });
  const metrics = requestMetrics('test', new MetricsRegistry());
  const host = new GrpcHost({ log, durations: metrics.grpc, audit: (call) => auditGrpc(log, call) });
  host.add(InferenceIngestService, {
    submit: async () => {
      throw new RefusalError('WINDOW_CLOSED', 'too late');
    },
    getSubmission: async () => ({ receipt: undefined, state: 0, supersededBy: '', commitment: false }),
    submitStream: async (requests, _call, answers) => {
      for await (const batch of requests) answers.write({ outcomes: batch.map(() => ({})) as never });
    },
  });
  await host.listen('127.0.0.1', 0);
  const clients = new GrpcClients(host);
  undo.push(
    () => host.close(1_000),
    () => clients.close(),
  );
  const ingest = clients.connect(InferenceIngestService, 'self');
  const headers = { 'x-request-id': 'r1' };
  await ingest.getSubmission({ hash: 'ab' });
  await ingest.submit({ signed: undefined }, { headers }).catch(() => undefined);
  const stream = ingest.submitStream({ headers });
  stream.end();
  for await (const answer of stream) expect(answer).toBeUndefined();
  const audited = () => lines.map((line) => (JSON.parse(line) as { audit?: object }).audit);
  const who = { address: '127.0.0.1' };
  await expect.poll(audited).toEqual([
    { what: 'InferenceIngest.Submit', who, status: 'FAILED_PRECONDITION', requestId: 'r1' },
    { what: 'InferenceIngest.SubmitStream', who, status: 'OK', requestId: 'r1' },
  ]);
});
