import { type DynamicModule, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';

/** A module beside those under test that sees every route they register: `GET /v1/topics/:id`. */
export function servedRoutes(): { readonly module: DynamicModule; readonly served: readonly string[] } {
  const served: string[] = [];

  @Injectable()
  class RouteList {
    constructor({ httpAdapter }: HttpAdapterHost) {
      httpAdapter.getInstance<FastifyInstance>().addHook('onRoute', ({ method, url }) => {
        for (const each of [method].flat())
          if (!['HEAD', 'OPTIONS'].includes(each)) served.push(`${each} ${url}`);
      });
    }
  }
  class RouteListModule {}
  return { module: { module: RouteListModule, providers: [RouteList] }, served };
}

/** Without what operators look at. */
export const isPublic = (served: string): boolean =>
  !/^\S+ \/(health|metrics|docs|operations|v1\/clock)\b/.test(served);
