import protobuf from 'protobufjs'

/** The messages of spark.connect.SparkConnectService that are used here, with the numbers of its published descriptors. */
const definition = `
syntax = "proto3";
package spark.connect;
message UserContext { string user_id = 1; string user_name = 2; }
message KeyValue { string key = 1; optional string value = 2; }
message SQL { string query = 1; }
message DataSource { optional string format = 1; optional string schema = 2; map<string, string> options = 3; repeated string paths = 4; }
message Read { DataSource data_source = 2; }
message LocalRelation { optional bytes data = 1; optional string schema = 2; }
message UnresolvedAttribute { string unparsed_identifier = 1; }
message Expression { UnresolvedAttribute unresolved_attribute = 2; }
message Alias { Expression expr = 1; repeated string name = 2; }
message WithColumns { Relation input = 1; repeated Alias aliases = 2; }
message CachedRemoteRelation { string relation_id = 1; }
message Relation { Read read = 2; SQL sql = 10; LocalRelation local_relation = 11; WithColumns with_columns = 23; CachedRemoteRelation cached_remote_relation = 37; }
message SqlCommand { string sql = 1; Relation input = 6; }
message CreateView { Relation input = 1; string name = 2; bool is_global = 3; bool replace = 4; }
message WriteOperation { Relation input = 1; optional string source = 2; string path = 3; int32 mode = 5; map<string, string> options = 9; }
message CheckpointCommand { Relation relation = 1; bool local = 2; bool eager = 3; }
message CheckpointResult { CachedRemoteRelation relation = 1; }
message Command { WriteOperation write_operation = 2; CreateView create_dataframe_view = 3; SqlCommand sql_command = 5; CheckpointCommand checkpoint_command = 14; }
message Plan { Relation root = 1; Command command = 2; }
message ReattachOptions { bool reattachable = 1; }
message RequestOption { ReattachOptions reattach_options = 1; }
message ExecutePlanRequest { string session_id = 1; UserContext user_context = 2; Plan plan = 3; optional string client_type = 4; repeated RequestOption request_options = 5; optional string operation_id = 6; optional string client_observed_server_side_session_id = 8; }
message ReattachExecuteRequest { string session_id = 1; UserContext user_context = 2; string operation_id = 3; optional string client_type = 4; optional string last_response_id = 5; optional string client_observed_server_side_session_id = 6; }
message Nothing {}
message ArrowBatch { int64 row_count = 1; bytes data = 2; optional int64 start_offset = 3; }
message StageInfo { int64 stage_id = 1; int64 num_tasks = 2; int64 num_completed_tasks = 3; }
message ExecutionProgress { repeated StageInfo stages = 1; }
message ExecutePlanResponse { string session_id = 1; ArrowBatch arrow_batch = 2; string operation_id = 12; string response_id = 13; Nothing result_complete = 14; string server_side_session_id = 15; ExecutionProgress execution_progress = 18; CheckpointResult checkpoint_command_result = 19; }
message ReleaseUntil { string response_id = 1; }
message ReleaseExecuteRequest { string session_id = 1; UserContext user_context = 2; string operation_id = 3; optional string client_type = 4; Nothing release_all = 5; ReleaseUntil release_until = 6; optional string client_observed_server_side_session_id = 7; }
message ReleaseSessionRequest { string session_id = 1; UserContext user_context = 2; optional string client_type = 3; bool allow_reconnect = 4; }
message InterruptRequest { string session_id = 1; UserContext user_context = 2; optional string client_type = 3; int32 interrupt_type = 4; }
message AnalyzePlanOf { Plan plan = 1; int32 explain_mode = 2; }
message AnalyzePlanRequest { string session_id = 1; UserContext user_context = 2; optional string client_type = 3; AnalyzePlanOf schema = 4; AnalyzePlanOf explain = 5; Nothing spark_version = 10; optional string client_observed_server_side_session_id = 17; }
message Decimal { optional int32 scale = 1; optional int32 precision = 2; }
message Array { DataType element_type = 1; }
message Map { DataType key_type = 1; DataType value_type = 2; }
message StructField { string name = 1; DataType data_type = 2; }
message Struct { repeated StructField fields = 1; }
message DataType { Nothing null = 1; Nothing binary = 2; Nothing boolean = 3; Nothing byte = 4; Nothing short = 5; Nothing integer = 6; Nothing long = 7; Nothing float = 8; Nothing double = 9; Decimal decimal = 10; Nothing string = 11; Nothing char = 12; Nothing var_char = 13; Nothing date = 14; Nothing timestamp = 15; Nothing timestamp_ntz = 16; Array array = 20; Struct struct = 21; Map map = 22; Nothing timestamp_ntz_nanos = 29; Nothing timestamp_ltz_nanos = 30; }
message Schema { DataType schema = 1; }
message Explain { string explain_string = 1; }
message SparkVersion { string version = 1; }
message AnalyzePlanResponse { Schema schema = 2; Explain explain = 3; SparkVersion spark_version = 8; string server_side_session_id = 15; }
message Set { repeated KeyValue pairs = 1; }
message Operation { Set set = 1; }
message ConfigRequest { string session_id = 1; UserContext user_context = 2; Operation operation = 3; optional string client_type = 4; optional string client_observed_server_side_session_id = 8; }
message FetchErrorDetailsRequest { string session_id = 1; UserContext user_context = 2; string error_id = 3; optional string client_type = 4; optional string client_observed_server_side_session_id = 5; }
message QueryContext { string fragment = 5; }
message SparkThrowable { optional string error_class = 1; repeated QueryContext query_contexts = 3; optional string sql_state = 4; }
message ErrorDetail { repeated string error_type_hierarchy = 1; string message = 2; optional int32 cause_idx = 4; SparkThrowable spark_throwable = 5; }
message FetchErrorDetailsResponse { optional int32 root_error_idx = 1; repeated ErrorDetail errors = 2; }
message AnyMessage { string type_url = 1; bytes value = 2; }
message Status { int32 code = 1; string message = 2; repeated AnyMessage details = 3; }
message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
`

const { root } = protobuf.parse(definition)

/** Bytes of one message and back; absent fields stay absent. */
export interface Codec<Message> {
  encode(message: Message): Buffer
  decode(bytes: Uint8Array): Message
}

export function codec<Message extends object>(name: string): Codec<Message> {
  const type = root.lookupType(`spark.connect.${name}`)
  return {
    encode: message => Buffer.from(type.encode(type.create(message)).finish()),
    decode: bytes => type.toObject(type.decode(bytes), { longs: Number }) as Message,
  }
}

/** What names a session in every request. */
export interface InSession {
  readonly sessionId: string
  readonly userContext: { readonly userId: string; readonly userName: string }
  readonly clientType: string
  readonly clientObservedServerSideSessionId?: string
}

export interface Relation {
  readonly read?: {
    readonly dataSource: {
      readonly format: string
      readonly schema?: string
      readonly options: Readonly<Record<string, string>>
      readonly paths: readonly string[]
    }
  }
  readonly sql?: { readonly query: string }
  /** Rows that the server holds for this session. */
  readonly cachedRemoteRelation?: { readonly relationId: string }
  readonly localRelation?: { readonly data: Uint8Array }
  /** The input with columns added, each a name found in it. */
  readonly withColumns?: {
    readonly input: Relation
    readonly aliases: readonly {
      readonly expr: { readonly unresolvedAttribute: { readonly unparsedIdentifier: string } }
      readonly name: readonly string[]
    }[]
  }
}

export interface Plan {
  readonly root?: Relation
  readonly command?: {
    readonly writeOperation?: {
      readonly input: Relation
      readonly source: string
      readonly path: string
      readonly mode: number
      readonly options: Readonly<Record<string, string>>
    }
    readonly createDataframeView?: {
      readonly input: Relation
      readonly name: string
      readonly replace: boolean
    }
    readonly checkpointCommand?: {
      readonly relation: Relation
      readonly local: boolean
      readonly eager: boolean
    }
    readonly sqlCommand?: { readonly input: Relation }
  }
}

export interface ExecuteRequest extends InSession {
  readonly plan: Plan
  readonly operationId: string
  readonly requestOptions: readonly { readonly reattachOptions: { readonly reattachable: boolean } }[]
}

export interface ReattachRequest extends InSession {
  readonly operationId: string
  readonly lastResponseId?: string
}

export interface ExecuteResponse {
  readonly responseId?: string
  readonly serverSideSessionId?: string
  readonly resultComplete?: object
  readonly arrowBatch?: {
    readonly rowCount?: number
    readonly data: Uint8Array
    readonly startOffset?: number
  }
  readonly checkpointCommandResult?: { readonly relation: { readonly relationId: string } }
  readonly executionProgress?: {
    readonly stages?: readonly { readonly numTasks?: number; readonly numCompletedTasks?: number }[]
  }
}

export interface ReleaseRequest extends InSession {
  readonly operationId: string
  readonly releaseAll?: object
  readonly releaseUntil?: { readonly responseId: string }
}

export interface AnalyzeRequest extends InSession {
  readonly schema?: { readonly plan: Plan }
  readonly explain?: { readonly plan: Plan; readonly explainMode: number }
  readonly sparkVersion?: object
}

/** One of its fields is set: the kind of the type. */
export interface DataType {
  readonly decimal?: { readonly scale?: number; readonly precision?: number }
  readonly array?: { readonly elementType: DataType }
  readonly map?: { readonly keyType: DataType; readonly valueType: DataType }
  readonly struct?: { readonly fields?: readonly { readonly name: string; readonly dataType: DataType }[] }
}

export interface AnalyzeResponse {
  readonly serverSideSessionId?: string
  readonly schema?: { readonly schema: DataType }
  readonly explain?: { readonly explainString?: string }
  readonly sparkVersion?: { readonly version: string }
}

export interface ErrorDetails {
  readonly rootErrorIdx?: number
  readonly errors?: readonly {
    readonly errorTypeHierarchy?: readonly string[]
    readonly message?: string
    readonly causeIdx?: number
    readonly sparkThrowable?: {
      readonly errorClass?: string
      readonly sqlState?: string
      readonly queryContexts?: readonly { readonly fragment?: string }[]
    }
  }[]
}
