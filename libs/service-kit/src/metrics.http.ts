import { Controller, Get, Header } from '@nestjs/common';
import { MetricsRegistry } from './metrics';

@Controller()
export class MetricsHttp {
  constructor(private readonly registry: MetricsRegistry) {}

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  metrics(): Promise<string> {
    return this.registry.metrics();
  }
}
