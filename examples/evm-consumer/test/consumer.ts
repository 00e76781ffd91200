import {
  decodeErrorResult,
  decodeFunctionResult,
  encodeDeployData,
  encodeFunctionData,
  type Hex,
} from 'viem';
import { expect } from 'vitest';
import type { ConsumerArgument } from '../src/served-inference';
import { compileContract } from './compile';
import { LocalChain } from './local-chain';

export const OWNER = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';
export const STRANGER = '0x00000000000000000000000000000000000000aa';
export const CONTRACT = '0x5fbdb2315678afecb367f032d93f642f64180aa3';
export const CHAIN_ID = 31_337;
/** Of the private key 1, which signs in the vectors and for the gateway of this test. */
export const SIGNER = '0x7e5f4552091a69125d5dfcb7b8c2659029395bdf';

export const { abi, creationCode } = compileContract('InferenceConsumer');

/** The contract at one address of one chain. */
export class Consumer {
  private constructor(
    readonly chain: LocalChain,
    private readonly address: Hex,
  ) {}

  static async deploy(chainId: number, address: Hex, provider: Hex = SIGNER): Promise<Consumer> {
    const chain = await LocalChain.open(chainId);
    const data = encodeDeployData({ abi, bytecode: creationCode, args: [provider] });
    await chain.deployAt({ from: OWNER, to: address, data });
    return new Consumer(chain, address);
  }

  /** What it returned, or the name of the error that it reverted with. */
  async call(functionName: string, args: readonly unknown[], from: Hex = STRANGER): Promise<unknown> {
    const data = encodeFunctionData({ abi, functionName, args });
    const { reverted, output } = await this.chain.call({ from, to: this.address, data });
    if (!reverted) return decodeFunctionResult({ abi, functionName, data: output });
    return output === '0x' ? 'reverted without an error' : decodeErrorResult({ abi, data: output }).errorName;
  }

  verify(argument: ConsumerArgument): Promise<unknown> {
    return this.call('verifyNetworkInferenceViewOnly', [argument]);
  }

  store(argument: ConsumerArgument): Promise<unknown> {
    return this.call('verifyNetworkInference', [argument]);
  }

  async gasOfStoring(argument: ConsumerArgument): Promise<bigint> {
    const data = encodeFunctionData({ abi, functionName: 'verifyNetworkInference', args: [argument] });
    const { reverted, gas } = await this.chain.call({ from: STRANGER, to: this.address, data });
    expect(reverted).toBe(false);
    return gas;
  }
}

export type Inference = ConsumerArgument['networkInference'];
export const changed = (argument: ConsumerArgument, inference: Partial<Inference>): ConsumerArgument => ({
  ...argument,
  networkInference: { ...argument.networkInference, ...inference },
});

export const accepted = ({ networkInference: signed }: ConsumerArgument, signer: string = SIGNER) => [
  signed.networkInference,
  signed.confidenceIntervalPercentiles,
  signed.confidenceIntervalValues,
  expect.stringMatching(new RegExp(signer, 'i')),
];
