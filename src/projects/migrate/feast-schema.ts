import protobuf from 'protobufjs'

/** The part of Feast's registry that is carried over; what is not named here is passed over when it is read. */
const schema = `
syntax = "proto3";
message Registry {
  repeated Named entities = 1;
  repeated View feature_views = 6;
  repeated Service feature_services = 7;
  repeated OnDemandView on_demand_feature_views = 8;
  repeated Named saved_datasets = 11;
  repeated Named validation_references = 13;
  repeated View stream_feature_views = 14;
  repeated Named permissions = 16;
  repeated Named label_views = 19;
}
message Named { NamedSpec spec = 1; }
message NamedSpec {
  string name = 1;
  int32 value_type = 2;
  string description = 3;
  string join_key = 4;
  map<string, string> tags = 8;
  string owner = 10;
}
message Field { string name = 1; int32 value_type = 2; string description = 4; }
message Duration { int64 seconds = 1; int32 nanos = 2; }
message View { ViewSpec spec = 1; }
message ViewSpec {
  string name = 1;
  repeated string entities = 3;
  repeated Field features = 4;
  Duration ttl = 6;
  Source batch_source = 7;
  Source stream_source = 9;
  string description = 10;
  string owner = 11;
  repeated Field entity_columns = 12;
  Transformation feature_transformation = 15;
}
message Transformation { Function user_defined_function = 1; }
message Function { string name = 1; string body_text = 3; }
message Source {
  int32 type = 1;
  map<string, string> field_mapping = 2;
  string timestamp_field = 3;
  string created_timestamp_column = 5;
  FileOptions file_options = 11;
  RequestOptions request_data_options = 18;
  string name = 20;
  string description = 23;
  string owner = 25;
  Source batch_source = 26;
}
message FileOptions { FileFormat file_format = 1; string uri = 2; }
message FileFormat { Empty parquet_format = 1; Empty delta_format = 2; }
message Empty {}
message RequestOptions { repeated Field schema = 3; }
message OnDemandView { OnDemandSpec spec = 1; }
message OnDemandSpec {
  string name = 1;
  repeated Field features = 3;
  map<string, OnDemandSource> sources = 4;
  Function user_defined_function = 5;
  string description = 6;
  Transformation feature_transformation = 10;
}
message OnDemandSource { Source request_data_source = 2; Projection feature_view_projection = 3; }
message Projection {
  string feature_view_name = 1;
  repeated Field feature_columns = 2;
  string feature_view_name_alias = 3;
}
message Service { ServiceSpec spec = 1; }
message ServiceSpec {
  string name = 1;
  repeated Projection features = 3;
  string description = 5;
}
`

export interface FeastField {
  readonly name: string
  readonly value_type: number
  readonly description: string
}
export interface FeastSource {
  readonly name: string
  readonly type: number
  readonly description: string
  readonly field_mapping: Readonly<Record<string, string>>
  readonly timestamp_field: string
  readonly created_timestamp_column: string
  readonly file_options: {
    readonly uri: string
    readonly file_format: { readonly delta_format: object | null } | null
  } | null
  readonly request_data_options: { readonly schema: readonly FeastField[] } | null
  readonly batch_source: FeastSource | null
}
interface FeastFunction {
  readonly body_text: string
}
export interface FeastView {
  readonly name: string
  readonly entities: readonly string[]
  readonly features: readonly FeastField[]
  readonly entity_columns: readonly FeastField[]
  readonly ttl: { readonly seconds: number; readonly nanos: number } | null
  readonly batch_source: FeastSource | null
  readonly stream_source: FeastSource | null
  readonly description: string
  readonly owner: string
  readonly feature_transformation: object | null
}
export interface FeastProjection {
  readonly feature_view_name: string
  readonly feature_columns: readonly FeastField[]
}
export interface FeastOnDemand {
  readonly name: string
  readonly features: readonly FeastField[]
  readonly sources: Readonly<
    Record<
      string,
      {
        readonly request_data_source: FeastSource | null
        readonly feature_view_projection: FeastProjection | null
      }
    >
  >
  readonly user_defined_function: FeastFunction | null
  readonly feature_transformation: { readonly user_defined_function: FeastFunction | null } | null
}
interface Spec<Of> {
  readonly spec: Of
}
export interface FeastEntity {
  readonly name: string
  readonly value_type: number
  readonly description: string
  readonly join_key: string
  readonly owner: string
}
/** A registry as it is written in `registry.db`: lists are there, what is not set is null. */
export interface FeastRegistry {
  readonly entities: readonly Spec<FeastEntity>[]
  readonly feature_views: readonly Spec<FeastView>[]
  readonly stream_feature_views: readonly Spec<{ readonly name: string }>[]
  readonly feature_services: readonly Spec<{
    readonly name: string
    readonly features: readonly FeastProjection[]
  }>[]
  readonly on_demand_feature_views: readonly Spec<FeastOnDemand>[]
  readonly saved_datasets: readonly Spec<{ readonly name: string }>[]
  readonly validation_references: readonly object[]
  readonly permissions: readonly Spec<{ readonly name: string }>[]
  readonly label_views: readonly Spec<{ readonly name: string }>[]
}

/** Reads a file registry. Throws what protobufjs throws when the bytes are none. */
export function decodeRegistry(bytes: Uint8Array): FeastRegistry {
  const { root } = protobuf.parse(schema, { keepCase: true })
  const type = root.lookupType('Registry')
  return type.toObject(type.decode(bytes), { defaults: true, longs: Number }) as FeastRegistry
}
