import type { Command } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

interface Word {
  readonly word: string;
  readonly help: string;
}

/** What may follow a command, and which of its options take a value. */
export interface CompletionNode {
  /** Names from the program on: `keys create`; empty for the program itself. */
  readonly path: string;
  readonly words: readonly Word[];
  readonly valued: readonly string[];
}

/** Out of the tree of commands: it cannot differ from the help. */
export function completionNodes(program: Command): CompletionNode[] {
  const common = program.options.filter(({ long }) => long !== '--version');
  const visit = (command: Command, path: string): CompletionNode[] => {
    const options = command === program ? command.options : [...command.options, ...common];
    const flags = options.map(({ long, short, description }) => ({
      word: (long ?? short)!,
      help: description,
    }));
    const node = {
      path,
      words: [
        ...command.commands.map((child) => ({ word: child.name(), help: child.description() })),
        ...command.registeredArguments.flatMap(({ argChoices, description }) =>
          (argChoices ?? []).map((word) => ({ word, help: description })),
        ),
        ...flags,
        { word: '--help', help: 'show the help' },
      ],
      valued: options
        .filter(({ required }) => required)
        .flatMap(({ long, short }) => [long ?? [], short ?? []].flat()),
    };
    return [node, ...command.commands.flatMap((child) => visit(child, `${path} ${child.name()}`.trim()))];
  };
  return visit(program, '');
}

export function completionScript(shell: Shell, program: Command): string {
  const nodes = completionNodes(program);
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](nodes);
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const allValued = (nodes: readonly CompletionNode[]): string[] => [
  ...new Set(nodes.flatMap(({ valued }) => valued)),
];
const paths = (nodes: readonly CompletionNode[]): string => nodes.map(({ path }) => `'${path}'`).join('|');

/** Finds the longest known path among the words before the cursor; the value of an option is no part of it. */
const findPath = (nodes: readonly CompletionNode[], words: string): string => `  local at='' next word skip=0
  for word in ${words}; do
    if ((skip)); then skip=0; continue; fi
    case "$word" in
      ${allValued(nodes).join('|')}) skip=1; continue ;;
      -*) continue ;;
    esac
    next="\${at:+$at }$word"
    case "$next" in
      ${paths(nodes)}) at="$next" ;;
    esac
  done
  if ((skip)); then return 124; fi`;

function bashScript(nodes: readonly CompletionNode[]): string {
  const cases = nodes.map(
    ({ path, words }) => `    '${path}') words='${words.map(({ word }) => word).join(' ')}' ;;`,
  );
  return `# bash completion of allora: source <(allora completion bash)
_allora_words() {
${findPath(nodes, '"$@"')}
  local words=''
  case "$at" in
${cases.join('\n')}
  esac
  printf '%s' "$words"
}
_allora() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words
  words="$(_allora_words "\${COMP_WORDS[@]:1:COMP_CWORD-1}")" || { COMPREPLY=($(compgen -f -- "$current")); return; }
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _allora allora
`;
}

function zshScript(nodes: readonly CompletionNode[]): string {
  const entry = ({ word, help }: Word): string => quoted(`${word}:${help.replaceAll(':', ' -')}`);
  const cases = nodes.map(({ path, words }) => `    '${path}') entries=(${words.map(entry).join(' ')}) ;;`);
  return `#compdef allora
# zsh completion of allora: allora completion zsh > "\${fpath[1]}/_allora"
_allora() {
  local -a before entries
  before=("\${(@)words[2,CURRENT-1]}")
  _allora_entries "\${(@)before}" || { _files; return; }
  _describe 'allora' entries
}
_allora_entries() {
${findPath(nodes, '"$@"')}
  case "$at" in
${cases.join('\n')}
  esac
}
compdef _allora allora
`;
}

function fishScript(nodes: readonly CompletionNode[]): string {
  const valued = new Set(allValued(nodes));
  const line = (path: string, { word, help }: Word): string => {
    const value = valued.has(word) ? ' -r' : '';
    const what = word.startsWith('--') ? `-l ${word.slice(2)}${value}` : `-f -a ${word}`;
    return `complete -c allora -n "__allora_at '${path}'" ${what} -d ${quoted(help)}`;
  };
  return `# fish completion of allora: allora completion fish > ~/.config/fish/completions/allora.fish
function __allora_at
  set -l at ''
  set -l skip 0
  for word in (commandline -opc)[2..-1]
    if test $skip = 1
      set skip 0
      continue
    end
    switch $word
      case ${allValued(nodes).join(' ')}
        set skip 1
      case '-*'
      case '*'
        set -l next (string trim -- "$at $word")
        switch $next
          case ${nodes.map(({ path }) => `'${path}'`).join(' ')}
            set at $next
        end
    end
  end
  test "$at" = "$argv[1]"
end
${nodes.flatMap(({ path, words }) => words.map((word) => line(path, word))).join('\n')}
`;
}
