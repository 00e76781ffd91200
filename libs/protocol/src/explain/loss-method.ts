/** Names by which topics call the loss that the network knows: log10 of the squared error. */
const SQUARED_ERROR = ['mse'];

/** Whether losses of this method follow from a value and the truth alone (section 5 leaves them to reputers). */
export const isSquaredError = (lossMethod: string): boolean =>
  SQUARED_ERROR.includes(lossMethod.trim().toLowerCase());
