import { rotationBody } from '@allora/public-api/routes/keys';
import { RefusalError } from '@allora/contracts/errors';
import { anyKey } from '@allora/service-kit/caller';
import { notCached } from '@allora/service-kit/security-headers';
import { ZodPipe } from '@allora/service-kit/zod.pipe';
import { Body, Controller, Get, Header, HttpCode, Post, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ApiKeys } from './api-keys';
import { authorOf } from './author';

const forHolders = anyKey({ required: true });
const notCachedHeader = ['cache-control', notCached['cache-control']] as const;

/** What the holder of a key may do with it: there is no way to name another one. */
@Controller('v1/api-keys/self')
export class OwnKeyHttp {
  constructor(private readonly keys: ApiKeys) {}

  @Get()
  @RouteConfig(forHolders)
  @Header(...notCachedHeader)
  get(@Req() request: FastifyRequest) {
    return this.keys.get(ownId(request));
  }

  @Post('rotation')
  @RouteConfig(forHolders)
  @Header(...notCachedHeader)
  rotate(
    @Req() request: FastifyRequest,
    @Body(new ZodPipe(rotationBody.prefault({}))) { overlapSeconds }: z.output<typeof rotationBody>,
  ) {
    return this.keys.rotate(ownId(request), overlapSeconds, authorOf(request));
  }

  @Post('revocation')
  @HttpCode(200)
  @RouteConfig(forHolders)
  @Header(...notCachedHeader)
  revoke(@Req() request: FastifyRequest) {
    return this.keys.revoke(ownId(request), false, authorOf(request));
  }
}

function ownId({ apiKey }: FastifyRequest): string {
  if (apiKey) return apiKey.id;
  throw new RefusalError('UNKNOWN_API_KEY', 'x-api-key: is missing');
}
