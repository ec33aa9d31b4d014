import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import { wireOf } from '../oip/grpc/messages.ts'

/** What a test looks at in a reply. */
export interface InferReply {
  readonly model_version: string
  readonly id: string
  readonly parameters: Readonly<Record<string, { readonly string_param: string }>>
  readonly outputs: readonly { readonly name: string; readonly shape: readonly string[] }[]
  readonly raw_output_contents: readonly Buffer[]
}

export interface GrpcMethod {
  readonly method: string
  /** Names of the messages. */
  readonly asks: string
  readonly answers: string
  /** Bearer token. */
  readonly token?: string
}

/** One call of inference.GRPCInferenceService; rejects with gRPC's ServiceError. */
export function grpcCall(
  address: string,
  { method, asks, answers, token }: GrpcMethod,
  message: object,
): Promise<object> {
  const client = new Client(address, credentials.createInsecure())
  return new Promise<object>((resolve, reject) => {
    client.makeUnaryRequest(
      `/inference.GRPCInferenceService/${method}`,
      wireOf(asks).encode,
      wireOf(answers).decode,
      message,
      metadataOf(token),
      (error: ServiceError | null, reply?: object) => (error ? reject(error) : resolve(reply ?? {})),
    )
  }).finally(() => client.close())
}

function metadataOf(token: string | undefined): Metadata {
  const metadata = new Metadata()
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`)
  return metadata
}

export async function grpcInfer(address: string, message: object, token?: string): Promise<InferReply> {
  const reply = await grpcCall(
    address,
    {
      method: 'ModelInfer',
      asks: 'InferRequest',
      answers: 'InferResponse',
      ...(token === undefined ? {} : { token }),
    },
    message,
  )
  return reply as InferReply
}
