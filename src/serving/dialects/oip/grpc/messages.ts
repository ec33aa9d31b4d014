import protobuf from 'protobufjs'

/** The messages of inference.GRPCInferenceService that are used here, with the numbers of its published descriptors. */
const definition = `
syntax = "proto3";
package inference;
message Empty {}
message Live { bool live = 1; }
message Ready { bool ready = 1; }
message Named { string name = 1; string version = 2; }
message ServerMetadata { string name = 1; string version = 2; repeated string extensions = 3; }
message TensorMetadata { string name = 1; string datatype = 2; repeated int64 shape = 3; }
message ModelMetadata { string name = 1; repeated string versions = 2; string platform = 3; repeated TensorMetadata inputs = 4; repeated TensorMetadata outputs = 5; }
message Parameter { oneof parameter_choice { bool bool_param = 1; int64 int64_param = 2; string string_param = 3; double double_param = 4; uint64 uint64_param = 5; } }
message Contents { repeated bool bool_contents = 1; repeated int32 int_contents = 2; repeated int64 int64_contents = 3; repeated uint32 uint_contents = 4; repeated uint64 uint64_contents = 5; repeated float fp32_contents = 6; repeated double fp64_contents = 7; repeated bytes bytes_contents = 8; }
message Tensor { string name = 1; string datatype = 2; repeated int64 shape = 3; map<string, Parameter> parameters = 4; Contents contents = 5; }
message AskedOutput { string name = 1; map<string, Parameter> parameters = 2; }
message InferRequest { string model_name = 1; string model_version = 2; string id = 3; map<string, Parameter> parameters = 4; repeated Tensor inputs = 5; repeated AskedOutput outputs = 6; repeated bytes raw_input_contents = 7; }
message InferResponse { string model_name = 1; string model_version = 2; string id = 3; map<string, Parameter> parameters = 4; repeated Tensor outputs = 5; repeated bytes raw_output_contents = 6; }
`

const { root } = protobuf.parse(definition, { keepCase: true })

/** How one kind of message is read and written. */
export interface Wire {
  encode(message: object): Buffer
  /** Missing lists are empty, 64-bit integers are decimal text, bytes are Buffers. */
  decode(bytes: Buffer): object
}

export function wireOf(name: string): Wire {
  const type = root.lookupType(`inference.${name}`)
  return {
    encode: message => Buffer.from(type.encode(type.fromObject(message)).finish()),
    decode: bytes => type.toObject(type.decode(bytes), { longs: String, defaults: true, oneofs: true }),
  }
}
