import { createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common';
import { createEVM, type EVM } from '@ethereumjs/evm';
import { Account, type Address, createAddressFromString, createZeroAddress } from '@ethereumjs/util';
import { bytesToHex, type Hex, hexToBytes } from 'viem';

export interface CallOptions {
  readonly from: Hex;
  readonly to: Hex;
  readonly data: Hex;
}

export interface CallResult {
  readonly reverted: boolean;
  /** What the call returned, or the error that it reverted with. */
  readonly output: Hex;
  /** All that a transaction with this call pays for: its data, itself and the work. */
  readonly gas: bigint;
}

const TRANSACTION_GAS = 21_000n;
const gasOfByte = (byte: number): bigint => (byte === 0 ? 4n : 16n);

/** A chain of one process: contracts stand at the addresses that one chooses, and its clock is set by hand. */
export class LocalChain {
  /** Time of the block that calls run in, unix seconds. */
  timestamp = 0n;

  private constructor(private readonly evm: EVM) {}

  static async open(chainId: number): Promise<LocalChain> {
    const common = createCustomCommon({ chainId }, Mainnet, { hardfork: Hardfork.Cancun });
    return new LocalChain(await createEVM({ common }));
  }

  /** Runs the creation code in place, as a chain does at the address that it works out. */
  async deployAt({ from, to, data }: CallOptions): Promise<void> {
    // A contract's first nonce; without it the account would count as empty and be swept away.
    await this.evm.stateManager.putAccount(address(to), new Account(1n));
    const { output, reverted } = await this.run({ from, to, data: '0x' }, hexToBytes(data));
    if (reverted) throw new Error(`the constructor reverted with ${output}`);
    await this.evm.stateManager.putCode(address(to), hexToBytes(output));
  }

  /** What the call changes stays, unless it reverts. */
  call(options: CallOptions): Promise<CallResult> {
    return this.run(options);
  }

  private async run({ from, to, data }: CallOptions, code?: Uint8Array): Promise<CallResult> {
    const input = hexToBytes(data);
    const { execResult } = await this.evm.runCall({
      caller: address(from),
      to: address(to),
      data: input,
      block: blockAt(this.timestamp),
      ...(code === undefined ? {} : { code }),
    });
    // The next call is another transaction: nothing that this one touched is warm in it.
    await this.evm.journal.cleanup();
    this.evm.stateManager.originalStorageCache.clear();
    return {
      reverted: execResult.exceptionError !== undefined,
      output: bytesToHex(execResult.returnValue),
      gas: TRANSACTION_GAS + input.reduce((sum, byte) => sum + gasOfByte(byte), execResult.executionGasUsed),
    };
  }
}

const address = (text: Hex): Address => createAddressFromString(text);

const blockAt = (timestamp: bigint) => ({
  header: {
    timestamp,
    number: 1n,
    coinbase: createZeroAddress(),
    difficulty: 0n,
    prevRandao: new Uint8Array(32),
    gasLimit: 30_000_000n,
    getBlobGasPrice: () => undefined,
  },
});
