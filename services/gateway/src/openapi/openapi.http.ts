import { allRoutes } from '@allora/public-api/all-routes';
import { openApiDocument } from '@allora/public-api/document';
import { Controller, Get, UseInterceptors } from '@nestjs/common';
import { ConditionalAnswers } from '../conditional.interceptor';

const VERSION = '1.0.0';

@Controller('v1/openapi.json')
@UseInterceptors(ConditionalAnswers)
export class OpenApiHttp {
  private document: ReturnType<typeof openApiDocument> | undefined;

  @Get()
  openApi() {
    return (this.document ??= openApiDocument({ routes: allRoutes, version: VERSION }));
  }
}
