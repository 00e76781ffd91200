import { RefusalError } from '@allora/contracts/errors';
import { PurchasesService } from '@allora/contracts/gen/allora/gateway/v1/purchases';
import { listQuery, PURCHASE_WAIT_MAX_MS, requestPath } from '@allora/public-api/routes/purchases';
import { GrpcHost } from '@allora/service-kit/grpc-host';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config';
import { purchaseMessage } from './purchase-view';
import { Purchases } from './purchases';
import { requestWithin } from './request-form';

const ids = new ZodPipe(requestPath);
const lists = new ZodPipe(listQuery);

/** The same as over HTTP; the bytes that were signed travel as they are. */
@Injectable()
export class PurchasesGrpc implements OnModuleInit {
  constructor(
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    private readonly host: GrpcHost,
    private readonly purchases: Purchases,
  ) {}

  onModuleInit(): void {
    this.host.add(PurchasesService, {
      requestInference: async ({ signed, waitMs }) => {
        if (!signed) throw new RefusalError('MALFORMED', 'signed: is required');
        const request = requestWithin(signed.payload, this.config.chainId);
        const { record, deliveries } = await this.purchases.buy(request, signed, patience(waitMs));
        return { purchase: purchaseMessage(record, deliveries) };
      },
      getInferenceRequest: async ({ id, waitMs, afterPart }) => {
        const asked = { waitMs: patience(waitMs), afterPart };
        const { record, deliveries } = await this.purchases.get(ids.transform({ id }).id, asked);
        return { purchase: purchaseMessage(record, deliveries) };
      },
      listInferenceRequests: async ({ account, limit, cursor }) => {
        const asked = { account, limit: String(limit || 20), ...(cursor ? { cursor } : {}) };
        const query = lists.transform(asked);
        const page = await this.purchases.list(query.account, query.limit, query.cursor);
        return {
          purchases: page.records.map((record) => purchaseMessage(record, [])),
          nextCursor: page.nextCursor ?? '',
        };
      },
    });
  }
}

function patience(waitMs: number): number {
  if (Number.isInteger(waitMs) && waitMs >= 0 && waitMs <= PURCHASE_WAIT_MAX_MS) return waitMs;
  throw new RefusalError('MALFORMED', `wait_ms: expected 0 to ${PURCHASE_WAIT_MAX_MS}`);
}
