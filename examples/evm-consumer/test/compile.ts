import { readFileSync } from 'node:fs';
import path from 'node:path';
import solc from 'solc';
import { type Abi, type Hex, isHex } from 'viem';

export interface CompiledContract {
  readonly abi: Abi;
  /** Runs once and answers the contract's code. */
  readonly creationCode: Hex;
}

interface CompilerOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts: Record<
    string,
    Record<string, { readonly abi: Abi; readonly evm: { readonly bytecode: { readonly object: string } } }>
  >;
}

/** Compiles `contracts/<name>.sol`; a warning fails as an error does. */
export function compileContract(name: string): CompiledContract {
  const file = `${name}.sol`;
  const content = readFileSync(path.join(import.meta.dirname, '../contracts', file), 'utf8');
  const input = {
    language: 'Solidity',
    sources: { [file]: { content } },
    settings: {
      // Every chain that has come this far runs it.
      evmVersion: 'shanghai',
      optimizer: { enabled: true, runs: 10_000 },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
    },
  };
  const output = JSON.parse(String(solc.compile(JSON.stringify(input)))) as CompilerOutput;
  if (output.errors?.length) throw new Error(output.errors.map((e) => e.formattedMessage).join('\n'));
  const contract = output.contracts[file]?.[name];
  const creationCode = `0x${contract?.evm.bytecode.object ?? ''}`;
  if (!contract || !isHex(creationCode)) throw new Error(`${file} has no contract ${name}`);
  return { abi: contract.abi, creationCode };
}
