/** Where each service answers; in a standalone network all are the same address. */
export interface ServiceUrls {
  readonly gateway: string;
  readonly topicCoordinator: string;
  readonly inferenceIngest: string;
  readonly forecastIngest: string;
  readonly reputation: string;
  readonly rewards: string;
}

const trimmed = (url: string): string => url.replace(/\/+$/, '');

export function serviceUrls(
  options: { readonly baseUrl: string } | { readonly urls: ServiceUrls },
): ServiceUrls {
  if ('urls' in options) {
    const { gateway, topicCoordinator, inferenceIngest, forecastIngest, reputation, rewards } = options.urls;
    return {
      gateway: trimmed(gateway),
      topicCoordinator: trimmed(topicCoordinator),
      inferenceIngest: trimmed(inferenceIngest),
      forecastIngest: trimmed(forecastIngest),
      reputation: trimmed(reputation),
      rewards: trimmed(rewards),
    };
  }
  const url = trimmed(options.baseUrl);
  return {
    gateway: url,
    topicCoordinator: url,
    inferenceIngest: url,
    forecastIngest: url,
    reputation: url,
    rewards: url,
  };
}
