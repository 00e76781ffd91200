import type { RunningApp } from '@allora/service-kit/app';

export interface WindowsEvent {
  readonly id: string;
  readonly windows: readonly string[];
}

interface WindowJson {
  readonly nonce: number;
  readonly stage: string;
  readonly role: string;
  readonly closesHeight: number;
}

const brief = ({ role, nonce, stage, closesHeight }: WindowJson) =>
  `${role} ${nonce} ${stage} until ${closesHeight}`;

/** A client of the windows as server-sent events, which reads all that comes. */
export async function openWindowEvents(
  app: RunningApp,
  topicId: number,
  headers: Record<string, string> = {},
) {
  const leaving = new AbortController();
  const response = await fetch(`${app.httpUrl}/v1/topics/${topicId}/windows`, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: leaving.signal,
  });
  const events: WindowsEvent[] = [];
  const take = (message: string) => {
    const fields = new Map(message.split('\n').map((line) => line.split(/: (.*)/) as [string, string]));
    if (fields.get('event') !== 'windows') return;
    const { windows } = JSON.parse(fields.get('data') ?? '') as { windows: WindowJson[] };
    events.push({ id: fields.get('id') ?? '', windows: windows.map(brief) });
  };
  const read = async () => {
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const messages = (text + chunk).split('\n\n');
      text = messages.pop()!;
      messages.forEach(take);
    }
  };
  const ended = response.ok
    ? read().then(
        () => 'ended',
        () => 'broken',
      )
    : Promise.resolve('refused');
  return { response, events, ended, leave: () => leaving.abort() };
}
