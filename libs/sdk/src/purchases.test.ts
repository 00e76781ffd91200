import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { accountFromKey } from '@allora/identity/account';
import { provesAuthor } from '@allora/identity/signature';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AnsweringServer, json } from '../test/answering-server';
import { type AlloraClient, createClient } from './client';
import { verifyInferenceStatement } from './inference-statement';
import type { PurchaseKind } from './purchase-types';

const account = accountFromKey(new Uint8Array(32).fill(7));
const purchase = (state: string, parts = 0) => ({
  id: 'ab',
  state,
  inferences: Array.from({ length: parts }, (_, i) => ({
    statement: { topicId: 3, nonce: 20 + i, value: '1.5', part: i + 1, parts: 2 },
    ...{ payload: 'aa', publicKey: 'bb', signature: 'cc', chargedUallo: '5', ledgerKey: 'k', evm: [] },
  })),
  receipt: {
    ...{ feeUallo: '123456789012345678901', chargedUallo: '5', refundedUallo: '0', heldUallo: '1' },
    ...{ holdLedgerKey: 'h', refundLedgerKey: '' },
  },
  reason: null,
});

let server: AnsweringServer;
let client: AlloraClient;

beforeEach(async () => {
  server = new AnsweringServer();
  await server.open();
  client = createClient({ baseUrl: server.url, chainId: 'test-1', random: () => 0 });
});
afterEach(() => server.close());

describe('a purchase', () => {
  it.each<[PurchaseKind, object]>([
    [{ kind: 'latest' }, { latest: {} }],
    [{ kind: 'next-epoch' }, { nextEpoch: {} }],
    [{ kind: 'subscription', epochs: 9 }, { subscription: { epochs: 9 } }],
  ])('of %j is signed as it is sent', async (kind, signedKind) => {
    server.answers = [json(200, purchase('fulfilled', 1))];
    const bought = await client.buyInference(account, {
      ...{ topicId: 3, feeUallo: 12n, purchase: kind, requestId: 'r', maxWaitBlocks: 4 },
    });
    expect(bought.receipt.feeUallo).toBe(123_456_789_012_345_678_901n);
    const { text, path: asked } = server.seen[0]!;
    expect(asked).toBe('/v1/inference-requests');
    const { publicKey, signature, ...fields } = JSON.parse(text) as Record<string, string>;
    const sent = { account: account.address, requestId: 'r', topicId: 3, feeUallo: '12', maxWaitBlocks: 4 };
    expect(fields).toEqual({ ...sent, purchase: kind });
    const payload = SignedPayload.fromJSON({
      chainId: 'test-1',
      inferenceRequest: { ...sent, ...signedKind },
    });
    const [key, proof] = [publicKey, signature].map((text) => Buffer.from(text!, 'hex'));
    const bytes = SignedPayload.encode(payload).finish();
    expect(provesAuthor({ address: account.address, bytes, publicKey: key!, signature: proof! })).toBe(true);
  });

  it('is asked for until it has ended, or there is something new of it', async () => {
    server.answers = [json(200, purchase('held')), json(200, purchase('fulfilled', 1))];
    expect((await client.awaitPurchase('ab')).state).toBe('fulfilled');
    expect(server.seen.map((seen) => seen.path.replace(/waitMs=\d+/, 'waitMs'))).toEqual(
      Array.from({ length: 2 }, () => '/v1/inference-requests/ab?afterPart=0&waitMs'),
    );
    server.answers = [json(200, purchase('held', 1))];
    expect((await client.awaitPurchase('ab', { afterPart: 0 })).inferences).toHaveLength(1);
    server.answers = [json(200, purchase('held'))];
    await expect(client.awaitPurchase('ab', { timeoutMs: 60 })).rejects.toMatchObject({ code: 'TIMED_OUT' });
  });

  it('has a price guide', async () => {
    const now = { feeUallo: '0', weight: 1, share: 0.5, epochEmissionUallo: 7.5, active: false };
    const guide = {
      topicId: 3,
      minFeeUallo: '2',
      minWeight: 100,
      now,
      activatingFeeUallo: null,
      fees: [now],
    };
    server.answers = [json(200, guide)];
    expect(await client.priceGuide(3, 5n)).toMatchObject({ minFeeUallo: 2n, activatingFeeUallo: null });
    expect(server.seen[0]!.path).toBe('/v1/topics/3/price-guide?feeUallo=5');
  });
});

interface Vector {
  readonly name: string;
  readonly body: string;
  readonly chainId: string;
  readonly publicKey: string;
  readonly bytes: string;
  readonly signature: string;
  readonly fields: { readonly requestHash: string; readonly value: string; readonly part: number };
}

const file = path.join(import.meta.dirname, '../../identity/vectors/signing.json');
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[];

describe('verifyInferenceStatement', () => {
  it.each(vectors.filter(({ body }) => body === 'inferenceStatement'))('holds for $name', (vector) => {
    const { bytes: payload, signature, chainId, publicKey: networkPublicKey, fields } = vector;
    const network = { chainId, networkPublicKey };
    expect(verifyInferenceStatement({ payload, signature }, network)).toMatchObject({
      ...{ value: fields.value, part: fields.part },
      requestHash: Buffer.from(fields.requestHash, 'base64').toString('hex'),
    });
    const producedAtMs = verifyInferenceStatement({ payload, signature }, network)!.producedAtMs;
    const rotated = (until: number) => ({
      ...{ chainId, networkPublicKey: `02${'ab'.repeat(32)}`, receiptsVerifiableWith: [networkPublicKey] },
      otherKeys: [{ publicKey: networkPublicKey, from: null, until: new Date(until).toISOString() }],
    });
    expect(verifyInferenceStatement({ payload, signature }, rotated(producedAtMs))).toBeDefined();
    expect(verifyInferenceStatement({ payload, signature }, rotated(producedAtMs - 1))).toBeUndefined();
    const flipped = (text: string, at: number) =>
      text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1);
    const wrong = [
      [{ payload: flipped(payload, payload.length - 3), signature }, network],
      [{ payload, signature: flipped(signature, 9) }, network],
      [
        { payload, signature },
        { ...network, chainId: 'elsewhere-1' },
      ],
      [
        { payload, signature },
        { ...network, networkPublicKey: Buffer.from(account.publicKey).toString('hex') },
      ],
      [{ payload, signature: signature.slice(2) }, network],
      [{ payload: 'zz', signature }, network],
    ] as const;
    for (const [statement, by] of wrong) expect(verifyInferenceStatement(statement, by)).toBeUndefined();
  });

  it.each(vectors.filter(({ body }) => body !== 'inferenceStatement'))('takes $name for none', (vector) => {
    const { bytes: payload, signature, chainId, publicKey: networkPublicKey } = vector;
    expect(verifyInferenceStatement({ payload, signature }, { chainId, networkPublicKey })).toBeUndefined();
  });
});
