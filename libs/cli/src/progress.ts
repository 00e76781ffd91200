import type { Surroundings } from './surroundings';

export interface Progress {
  say(text: string): void;
  end(): void;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;
const CLEAR_LINE = '\r\u001b[2K';

/** On a terminal a line that changes and leaves nothing behind; elsewhere a line for each thing said. */
export function startProgress(
  text: string,
  { err, terminal }: Pick<Surroundings, 'err' | 'terminal'>,
  visible: boolean,
): Progress {
  let said = text;
  if (!visible) return { say: () => undefined, end: () => undefined };
  if (!terminal.err) {
    err(`${text} …\n`);
    return { say: (next) => (next === said ? undefined : err(`${(said = next)} …\n`)), end: () => undefined };
  }
  let frame = 0;
  const draw = (): void => err(`${CLEAR_LINE}${FRAMES[(frame += 1) % FRAMES.length]} ${said} …`);
  draw();
  const timer = setInterval(draw, FRAME_MS);
  timer.unref();
  return {
    say: (next) => (said = next),
    end: () => {
      clearInterval(timer);
      err(CLEAR_LINE);
    },
  };
}
