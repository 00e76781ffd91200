import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const dockerfile = readFileSync(path.resolve(import.meta.dirname, '../Dockerfile'), 'utf8');
const instructions = dockerfile.split('\n').filter((line) => /^[A-Z]+ /.test(line));
const finalStage = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')));

const node = (script: string, args: readonly string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [path.join(import.meta.dirname, script), ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });

describe('the Dockerfile', () => {
  it('has no base but the one that it is told, and looks whether that is pinned before anything else', () => {
    const bases = instructions.filter((line) => line.startsWith('FROM '));
    const stages = ['${NODE_IMAGE} AS build', 'build AS demo-tree', '${RUNTIME_IMAGE} AS demo'];
    expect(bases).toEqual(
      [...stages, 'build AS services-tree', '${RUNTIME_IMAGE} AS services'].map((stage) => `FROM ${stage}`),
    );
    expect(instructions).toContain('ARG NODE_IMAGE');
    expect(instructions.filter((line) => line.startsWith('RUN '))[0]).toContain('pinned.mjs');
  });

  it('leaves every other step to the script that is tested', () => {
    const runs = instructions.filter((line) => line.startsWith('RUN ')).slice(1);
    expect(runs).toEqual([
      'RUN node deploy/image/steps.mjs install',
      'RUN node deploy/image/steps.mjs build',
      'RUN node deploy/image/steps.mjs prune /app demo',
      'RUN node deploy/image/steps.mjs prune /app',
      'RUN ["node", "image/start.mjs", "--check"]',
    ]);
  });

  it('needs no shell where it runs, and is nobody’s root', () => {
    const needShell = finalStage.filter((line) =>
      /^(RUN|CMD|ENTRYPOINT) (?!\[)|^HEALTHCHECK .*CMD (?!\[)/.test(line),
    );
    expect(needShell).toEqual([]);
    expect(finalStage).toContain('USER 1000:1000');
    expect(finalStage.find((line) => line.startsWith('HEALTHCHECK'))).toContain('["node", "image/ask.mjs"]');
  });
});

describe('a base image', () => {
  const digest = `sha256:${'0a'.repeat(32)}`;

  it('is pinned by a digest', () => {
    expect(node('pinned.mjs', [`node:20-bookworm-slim@${digest}`]).status).toBe(0);
    expect(node('pinned.mjs', [`registry.internal:5000/node@${digest}`]).status).toBe(0);
  });

  it.each([[[]], [['']], [['node:20-bookworm-slim']], [['node@sha256:12']], [[`node@${digest}`, 'node:20']]])(
    'is refused where it is not: %j',
    (images) => {
      const { status, stderr } = node('pinned.mjs', images);
      expect(status).toBe(1);
      expect(stderr).toContain('imagetools inspect');
    },
  );
});
