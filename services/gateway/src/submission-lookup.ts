import { RefusalError } from '@allora/contracts/errors';
import { SubmissionKind } from '@allora/contracts/gen/allora/gateway/v1/gateway';
import {
  ForecastIngestService,
  type GetSubmissionResponse,
  InferenceIngestService,
  LossIngestService,
  type Receipt,
  type SubmissionState,
} from '@allora/contracts/gen/allora/ingest/v1/ingest';
import { type CallOptions, GrpcClients } from '@allora/service-kit/grpc-client';
import { Log } from '@allora/service-kit/log';
import { Inject, Injectable } from '@nestjs/common';
import { GATEWAY_CONFIG, type GatewayConfig } from './config';
import { GatewayMetrics } from './metrics';

/** What the ingest service that took a submission says of it. */
export interface FoundSubmission {
  readonly kind: SubmissionKind;
  readonly receipt: Receipt;
  readonly state: SubmissionState;
  readonly supersededBy: string;
}

interface IngestClient {
  getSubmission(request: { readonly hash: string }, options: CallOptions): Promise<GetSubmissionResponse>;
}

interface Owner {
  readonly service: string;
  readonly kind: SubmissionKind;
  /** Of commitments to it, where there are any. */
  readonly commitmentKind?: SubmissionKind;
  readonly client: IngestClient;
}

/** The owner answered: it took nothing of this hash. */
const NOT_HERE = new Error('no submission of this hash');

/** A hash does not tell its kind, so all three ingest services are asked at once; the first that knows it answers. */
@Injectable()
export class SubmissionLookup {
  private readonly owners: readonly Owner[];

  constructor(
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    clients: GrpcClients,
    private readonly metrics: GatewayMetrics,
    private readonly log: Log,
  ) {
    this.owners = [
      {
        service: 'inference-ingest',
        kind: SubmissionKind.INFERENCE,
        commitmentKind: SubmissionKind.INFERENCE_COMMITMENT,
        client: clients.connect(InferenceIngestService, config.inferenceIngestGrpcAddress),
      },
      {
        service: 'forecast-ingest',
        kind: SubmissionKind.FORECAST,
        commitmentKind: SubmissionKind.FORECAST_COMMITMENT,
        client: clients.connect(ForecastIngestService, config.forecastIngestGrpcAddress),
      },
      {
        service: 'reputation',
        kind: SubmissionKind.LOSS,
        client: clients.connect(LossIngestService, config.reputationGrpcAddress),
      },
    ];
  }

  async find(hash: string): Promise<FoundSubmission> {
    try {
      const found = await Promise.any(this.owners.map((owner) => this.ask(owner, hash)));
      this.metrics.lookups.inc({ result: 'found' });
      return found;
    } catch (error) {
      throw this.refusal(hash, (error as AggregateError).errors as unknown[]);
    }
  }

  private async ask({ kind, commitmentKind = kind, client }: Owner, hash: string): Promise<FoundSubmission> {
    const deadlineMs = this.config.submissionLookupTimeoutMs;
    const { receipt, state, supersededBy, commitment } = await client.getSubmission({ hash }, { deadlineMs });
    if (!receipt) throw NOT_HERE;
    return { kind: commitment ? commitmentKind : kind, receipt, state, supersededBy };
  }

  /** Unknown only when everyone said so: who is away may have taken it. */
  private refusal(hash: string, errors: readonly unknown[]): RefusalError {
    const away = this.owners.filter((_, i) => errors[i] !== NOT_HERE).map(({ service }) => service);
    if (away.length === 0) {
      this.metrics.lookups.inc({ result: 'unknown' });
      return new RefusalError('UNKNOWN_SUBMISSION', 'no submission of this hash was accepted', { hash });
    }
    this.metrics.lookups.inc({ result: 'away' });
    const error = errors.find((one) => one !== NOT_HERE);
    this.log.warn({ error, away }, 'a submission was not found, and not every ingest service answered');
    return new RefusalError('UNAVAILABLE', `${away.join(', ')} did not answer`, { away });
  }
}
