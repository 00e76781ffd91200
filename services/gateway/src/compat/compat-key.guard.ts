import { RefusalError } from '@allora/contracts/errors';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { hash } from 'node:crypto';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config';

/** Looked up by its hash: how long that takes says nothing about a key. */
const fingerprint = (key: string): string => hash('sha256', key);

/** Lets in whoever shows a configured key; everyone where none is configured. */
@Injectable()
export class CompatKeyGuard implements CanActivate {
  private readonly keys: ReadonlySet<string>;

  constructor(@Inject(GATEWAY_CONFIG) config: GatewayConfig) {
    this.keys = new Set(config.compatApiKeys.map(fingerprint));
  }

  canActivate(context: ExecutionContext): boolean {
    if (this.keys.size === 0) return true;
    const given = context.switchToHttp().getRequest<FastifyRequest>().headers['x-api-key'];
    if (typeof given === 'string' && this.keys.has(fingerprint(given))) return true;
    const what = given === undefined ? 'x-api-key: is missing' : 'x-api-key: is not a key of this network';
    throw new RefusalError('UNKNOWN_API_KEY', what);
  }
}
