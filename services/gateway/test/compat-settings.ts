export const CONTRACT = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
export const SEPOLIA = '0x8E45fbef38DaC54e32AfB27AC8cBab30E6818ce6';
export const SIGNER = '0x7e5f4552091a69125d5dfcb7b8c2659029395bdf';
export const FORMAT = 'ethereum-11155111';
export const TOPICS = 'allora/allora-testnet-1/topics';
export const inferencePath = (topicId: number | string, more = '', format = FORMAT) =>
  `allora/consumer/${format}?allora_topic_id=${topicId}${more}`;

export const signing = {
  evmChains: [`11155111=${SEPOLIA}`, `31337=${CONTRACT}`],
  evmSigningKey: '01'.padStart(64, '0'),
  evmSignerAddresses: [`0x${'ab'.repeat(20)}@2026-03-01T00:00:00Z/`],
};
