import { BinaryWriter } from '@bufbuild/protobuf/wire';

const message = (write: (writer: BinaryWriter) => void): Uint8Array => {
  const writer = new BinaryWriter();
  write(writer);
  return writer.finish();
};

const FLOAT = 1;

/** TensorProto of floats. */
const tensor = (name: string, dims: readonly number[], values: readonly number[]): Uint8Array =>
  message((writer) => {
    for (const dim of dims) writer.uint32(8).int64(dim);
    writer.uint32(16).int32(FLOAT);
    writer.uint32(34).fork();
    for (const value of values) writer.float(value);
    writer.join().uint32(66).string(name);
  });

/** ValueInfoProto of a float tensor. */
const value = (name: string, dims: readonly number[]): Uint8Array =>
  message((writer) => {
    const shape = message((s) => {
      for (const dim of dims) s.uint32(10).bytes(message((d) => d.uint32(8).int64(dim)));
    });
    const tensorType = message((t) => t.uint32(8).int32(FLOAT).uint32(18).bytes(shape));
    writer
      .uint32(10)
      .string(name)
      .uint32(18)
      .bytes(message((t) => t.uint32(10).bytes(tensorType)));
  });

/**
 * The file of an ONNX model of one linear layer, `output = input · weights + bias`: for coefficients that come without an exporter.
 * Field numbers are those of onnx.proto.
 */
export function linearOnnx(weights: readonly number[], bias: number): Uint8Array {
  const node = message((writer) => {
    for (const input of ['input', 'weights', 'bias']) writer.uint32(10).string(input);
    writer.uint32(18).string('output').uint32(34).string('Gemm');
  });
  const graph = message((writer) => {
    writer.uint32(10).bytes(node).uint32(18).string('linear');
    writer.uint32(42).bytes(tensor('weights', [weights.length, 1], weights));
    writer.uint32(42).bytes(tensor('bias', [1], [bias]));
    writer.uint32(90).bytes(value('input', [1, weights.length]));
    writer.uint32(98).bytes(value('output', [1, 1]));
  });
  const opset = message((writer) => writer.uint32(16).int64(13));
  return message((writer) => writer.uint32(8).int64(8).uint32(58).bytes(graph).uint32(66).bytes(opset));
}
