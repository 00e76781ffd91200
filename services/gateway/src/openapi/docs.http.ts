import { RefusalError } from '@allora/contracts/errors';
import { documentPolicy } from '@allora/service-kit/security-headers';
import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { PAGE, START } from './page';

const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';

/** Of the package, and nothing else of it. */
const TYPES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': SCRIPT,
  'favicon-32x32.png': 'image/png',
};

const folder = (): string =>
  path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** The API as an interactive page; every file comes from here. */
@Controller('docs')
export class DocsHttp {
  private readonly files = new Map<string, Promise<Buffer>>();

  @Get()
  @Header('content-type', HTML)
  @Header('content-security-policy', documentPolicy)
  @Header('cache-control', 'public, max-age=300')
  page(): string {
    return PAGE;
  }

  @Get(':file')
  @Header('cache-control', 'public, max-age=86400')
  async file(@Param('file') name: string, @Res({ passthrough: true }) reply: FastifyReply) {
    if (name === 'start.js') {
      reply.header('content-type', SCRIPT);
      return START;
    }
    const type = TYPES[name];
    if (type === undefined) throw new RefusalError('NOT_FOUND', `there is no file ${name}`);
    reply.header('content-type', type);
    return this.read(name);
  }

  /** Read once, when first asked for; a read that failed is tried again. */
  private async read(name: string): Promise<Buffer> {
    const reading = this.files.get(name) ?? readFile(path.join(folder(), name));
    this.files.set(name, reading);
    return reading.catch((error: unknown) => {
      this.files.delete(name);
      throw error;
    });
  }
}
