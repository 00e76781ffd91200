#!/usr/bin/env node
// Ends with 0 where every image named is pinned by its digest: a tag may name another image tomorrow.
const images = process.argv.slice(2);
const loose = images.filter((image) => !/^[\w./:-]+@sha256:[0-9a-f]{64}$/.test(image));
if (images.length === 0 || loose.length > 0) {
  for (const image of images.length === 0 ? ['NODE_IMAGE'] : loose) {
    process.stderr.write(`"${image}" names no digest: expected name:tag@sha256:…\n`);
  }
  process.stderr.write(
    "docker buildx imagetools inspect node:20-bookworm-slim --format '{{.Manifest.Digest}}' tells today's.\n",
  );
  process.exit(1);
}
