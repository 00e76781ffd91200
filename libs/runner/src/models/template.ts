export interface TemplateFacts {
  readonly nonce: number;
  readonly topicId: number;
}

/**
 * Fills `{BlockHeight}`, `{TopicId}` and an entry's own parameters into an endpoint, as text and in one pass. Names that nothing
 * is known of go out as they stand, and a parameter cannot take the place of the first two.
 */
export function fillTemplate(
  template: string,
  { nonce, topicId }: TemplateFacts,
  parameters: Readonly<Record<string, string>>,
): string {
  const values = new Map([
    ...Object.entries(parameters),
    ['BlockHeight', `${nonce}`],
    ['TopicId', `${topicId}`],
  ]);
  return template.replace(/\{([^{}]+)\}/g, (hole, name: string) => values.get(name) ?? hole);
}
