import { anyKey } from '@allora/service-kit/caller';
import { Controller, Get, Headers, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { quotaPage, quotaPagePolicy } from './quota-page';
import { quotaView } from './quota-view';

/** What is left to whoever asks. Asking is counted like everything else, so that the answer agrees with its own headers. */
@Controller('v1/quota')
export class QuotaHttp {
  @Get()
  @RouteConfig(anyKey())
  get(
    @Req() { apiKey, standings }: FastifyRequest,
    @Headers('accept') accept: string | undefined,
    @Res() reply: FastifyReply,
  ): void {
    const view = quotaView(apiKey, standings ?? []);
    reply.header('cache-control', 'no-store').header('vary', 'accept, x-api-key');
    if (!prefersHtml(accept)) return void reply.send(view);
    reply
      .header('content-security-policy', quotaPagePolicy)
      .type('text/html; charset=utf-8')
      .send(quotaPage(view));
  }
}

/** Browsers name HTML first; whoever takes anything gets JSON. */
function prefersHtml(accept = ''): boolean {
  const types = accept.split(',').map((part) => part.split(';', 1)[0]?.trim());
  const [html, json] = [types.indexOf('text/html'), types.indexOf('application/json')];
  return html >= 0 && (json < 0 || html < json);
}
