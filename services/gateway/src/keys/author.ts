import type { FastifyRequest } from 'fastify';
import type { Author } from './api-keys';

export function authorOf({ operator, apiKey, ip: address, id: requestId }: FastifyRequest): Author {
  const actor = operator ? `operator:${operator.name}` : `key:${apiKey?.id ?? ''}`;
  return { actor, address, requestId };
}
