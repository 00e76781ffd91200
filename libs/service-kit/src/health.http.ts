import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { HealthProbes } from './health';

@Controller('health')
export class HealthHttp {
  constructor(private readonly probes: HealthProbes) {}

  /** Fails only by not answering: a restart does not mend a database that is away. */
  @Get('live')
  live(): { status: string } {
    return { status: 'live' };
  }

  @Get('ready')
  async ready(
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ status: string; failing: string[] }> {
    const failing = await this.probes.failing();
    reply.status(failing.length === 0 ? 200 : 503);
    return { status: failing.length === 0 ? 'ready' : 'not ready', failing };
  }
}
