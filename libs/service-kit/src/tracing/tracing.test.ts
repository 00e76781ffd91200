import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { EpochPhase } from '@allora/contracts/gen/allora/topics/v1/topics';
import { busTopics } from '@allora/contracts/catalog';
import { afterEach, describe, expect, it } from 'vitest';
import { currentWork, within } from '../work';
import { epochTrace } from './epoch-trace';
import { readTraceParent, traceParentOf } from './trace-parent';
import { Tracing } from './tracing';

const chainId = 'allora-test-1';
const epoch = { topicId: 4, nonce: 30 };
const { traceId, spanId } = epochTrace(chainId, epoch);

/** Nobody listens there; spans are made all the same. */
async function traced(ratio = 1): Promise<Tracing> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const otelExporterOtlpEndpoint = `http://127.0.0.1:${port}`;
  return (open = await Tracing.open('test', {
    chainId,
    otelExporterOtlpEndpoint,
    otelTracesSamplerArg: ratio,
  }));
}

let open: Tracing | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

const told = (tracing: Tracing, topic: string, message: unknown, causes?: readonly string[]) =>
  readTraceParent(tracing.telling(topic, message, causes).traceParent);

describe('tracing', () => {
  it('begins an epoch with the root that everyone can name', async () => {
    const tracing = await traced();
    const opened = { ...epoch, phase: EpochPhase.WORKER_WINDOW_OPENED };
    expect(told(tracing, busTopics.epochs.name, opened)).toMatchObject({ traceId, spanId });
    const closed = told(tracing, busTopics.epochs.name, { ...epoch, phase: EpochPhase.WORKER_WINDOW_CLOSED });
    expect(closed?.traceId).toBe(traceId);
    expect(closed?.spanId).not.toBe(spanId);
  });

  it('takes a request into the trace of the epoch it submits to, unless its caller has one', async () => {
    const tracing = await traced();
    const submit = (traceParent?: string) => {
      const span = tracing.request('POST /x', traceParent)!;
      const accepted = within({ requestId: 'r', span }, () => tracing.accepting('log', epoch, 'allo1a'));
      return { request: span.context.traceId, submission: readTraceParent(accepted.traceParent)?.traceId };
    };
    expect(submit()).toEqual({ request: traceId, submission: traceId });
    const callers = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: 1 };
    expect(submit(traceParentOf(callers))).toEqual({ request: callers.traceId, submission: traceId });
  });

  it('goes on in a handler with the trace that came with the record, and says so to the log', async () => {
    const tracing = await traced();
    const { traceParent } = tracing.telling('sets', epoch);
    const delivery = {
      message: epoch,
      eventId: 'e',
      producedAtMs: 0,
      traceParent,
      position: { partition: 0, offset: 0 },
    };
    const seen = await new Promise<ReturnType<typeof currentWork>>((resolve) => {
      void tracing.handling({ service: 's', topic: 'sets', deliveries: [delivery] }, () => {
        resolve(currentWork());
        return Promise.resolve(true);
      });
    });
    expect(seen).toMatchObject(epoch);
    expect(seen?.span?.context.traceId).toBe(traceId);
    expect(currentWork()).toBeUndefined();
  });

  it('keeps the same epochs whole in every process', async () => {
    const kept = async () => {
      const tracing = await traced(0.5);
      const flags = Array.from(
        { length: 64 },
        (_, nonce) => told(tracing, 'sets', { topicId: 1, nonce })?.traceFlags,
      );
      await tracing.close();
      return flags;
    };
    const [one, other] = [await kept(), await kept()];
    expect(one).toEqual(other);
    const share = one.filter((flag) => flag === 1).length / one.length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.8);
  });

  it('stops in time when the collector is away', async () => {
    const tracing = await traced();
    tracing.telling('sets', epoch).end();
    const startedMs = performance.now();
    await tracing.close();
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  });

  it('off: no trace context, the handlers are run all the same', async () => {
    expect(Tracing.off.isOn).toBe(false);
    expect(Tracing.off.telling('sets', epoch).traceParent).toBe('');
    expect(Tracing.off.request('GET /x', undefined)).toBeUndefined();
    const run = () => Promise.resolve(currentWork()?.nonce === epoch.nonce);
    const delivery = {
      message: epoch,
      eventId: 'e',
      producedAtMs: 0,
      traceParent: '',
      position: { partition: 0, offset: 0 },
    };
    expect(await Tracing.off.handling({ service: 's', topic: 'sets', deliveries: [delivery] }, run)).toBe(
      true,
    );
  });
});
