import { type Account, accountFromKey } from '@allora/identity/account';
import { decryptKey } from '@allora/runner/keys/keystore';
import { type AlloraClient, createClient } from '@allora/sdk/client';
import type { Network } from '@allora/sdk/types';
import { parseUrl } from './arguments';
import { keyError, usageError } from './exit-codes';
import { type Style, jsonText, styleFor } from './format';
import { chooseKeyFile, type KeyFile, openingPassword } from './key-files';
import { type Progress, startProgress } from './progress';
import type { Surroundings } from './surroundings';

/** Of every command. */
export interface GlobalOptions {
  readonly url?: string;
  readonly key?: string;
  readonly json?: boolean;
}

export const DEFAULT_URL = 'http://localhost:8080';
const REQUEST_TIMEOUT_MS = 10_000;
/** A command line does not wait for a network that is not there; a short outage is bridged. */
const DEADLINE_MS = 2_000;

export interface Connected extends Network {
  readonly client: AlloraClient;
}

/** One run of a command: its options, what it says, and what it opens when it needs it. */
export class Session {
  private options: GlobalOptions = {};

  constructor(readonly around: Surroundings) {}

  use(options: GlobalOptions): void {
    this.options = options;
  }

  get json(): boolean {
    return this.options.json === true;
  }

  get key(): string | undefined {
    return this.options.key;
  }

  get url(): string {
    const { url = this.around.env['ALLORA_URL'] || DEFAULT_URL } = this.options;
    try {
      return parseUrl(url);
    } catch {
      throw usageError(`ALLORA_URL is ${url}`, 'Set it to http://host:port.');
    }
  }

  get urlIsTold(): boolean {
    return this.options.url !== undefined || Boolean(this.around.env['ALLORA_URL']);
  }

  /** Of what goes to stdout. */
  get style(): Style {
    return styleFor(this.around.terminal.out, this.around.env);
  }

  /** The one answer of a command. */
  show(result: unknown, text: string): void {
    this.around.out(this.json ? jsonText(result, 2) : text.endsWith('\n') ? text : `${text}\n`);
  }

  /** One of many: a line of JSON each. */
  line(result: unknown, text: string): void {
    this.around.out(this.json ? jsonText(result) : `${text}\n`);
  }

  /** For people beside the answer. */
  note(text: string): void {
    if (!this.json) this.around.err(`${text}\n`);
  }

  progress(text: string): Progress {
    return startProgress(text, this.around, !this.json);
  }

  /** Tells what is waited for, until it is there or has failed. */
  async during<T>(text: string, work: Promise<T>): Promise<T> {
    const progress = this.progress(text);
    try {
      return await work;
    } finally {
      progress.end();
    }
  }

  /** For reading alone, or before the chain id is known. */
  client(chainId = ''): AlloraClient {
    const options = { timeoutMs: REQUEST_TIMEOUT_MS, deadlineMs: DEADLINE_MS };
    return createClient({ baseUrl: this.url, chainId, ...options });
  }

  /** The network asked for its chain id, which every signature names. */
  async connect(): Promise<Connected> {
    const network = await this.client().network();
    return { ...network, client: this.client(network.chainId) };
  }

  keyFile(): Promise<KeyFile> {
    return chooseKeyFile(this.options.key, this.around);
  }

  async account(): Promise<Account> {
    const { name, keystore } = await this.keyFile();
    const account = accountFromKey(await decryptKey(keystore, await openingPassword(name, this.around)));
    if (account.address === keystore.address) return account;
    throw keyError(
      `the file of ${name} names ${keystore.address}, and holds another key`,
      'Make the file anew.',
    );
  }

  /** An address that is told, or that of the key; no password is asked for it. */
  async address(told: string | undefined): Promise<string> {
    return told ?? (await this.keyFile()).keystore.address;
  }

  /** What signing takes. */
  async signer(): Promise<Connected & { readonly account: Account }> {
    const connected = await this.connect();
    return { ...connected, account: await this.account() };
  }
}
