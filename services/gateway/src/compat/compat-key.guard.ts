import { RefusalError } from '@allora/contracts/errors';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config';

/** Where the network asks for keys, lets in whoever has shown one; a key that does not stand has been refused before. */
@Injectable()
export class CompatKeyGuard implements CanActivate {
  constructor(@Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig) {}

  canActivate(context: ExecutionContext): boolean {
    const { apiKey } = context.switchToHttp().getRequest<FastifyRequest>();
    if (apiKey || !this.config.compatRequireKey) return true;
    throw new RefusalError('UNKNOWN_API_KEY', 'x-api-key: is missing, or one that everyone has');
  }
}
