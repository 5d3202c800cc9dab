#pragma once

#include "obnova/v1/feature.grpc.pb.h"
#include "server/rpc/adapter.h"
#include "server/rpc/feature_handlers.h"
#include "server/rpc/watches.h"
#include "server/rpc/raster_handlers.h"

namespace obnova::server {

// FeatureService on the adapter. Twin, adapter and watches must outlive the
// server. Watches are written as bytes, so that equal ones are written once.
class FeatureService final : public v1::FeatureService::WithRawCallbackMethod_WatchFeatures<v1::FeatureService::CallbackService> {
 public:
  FeatureService(Twin& twin, Adapter& adapter, Watches& watches) : twin_(twin), adapter_(adapter), watches_(watches) {}

  grpc::ServerUnaryReactor* GetFeature(grpc::CallbackServerContext* c, const v1::GetFeatureRequest* q, v1::Feature* r) override {
    return adapter_.unary(c, q, r, get_feature, twin_);
  }
  grpc::ServerUnaryReactor* ListFeatures(grpc::CallbackServerContext* c, const v1::ListFeaturesRequest* q,
                                         v1::ListFeaturesResponse* r) override {
    return adapter_.unary(c, q, r, list_features, twin_);
  }
  grpc::ServerWriteReactor<v1::StreamFeaturesResponse>* StreamFeatures(grpc::CallbackServerContext* c,
                                                                       const v1::StreamFeaturesRequest* q) override {
    return adapter_.server_stream<v1::StreamFeaturesResponse>(c, q, stream_features, twin_);
  }
  grpc::ServerUnaryReactor* FindFeaturesInWindows(grpc::CallbackServerContext* c, const v1::FindFeaturesInWindowsRequest* q,
                                                  v1::FindFeaturesInWindowsResponse* r) override {
    return adapter_.unary(c, q, r, find_features_in_windows, twin_);
  }
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchFeatures(grpc::CallbackServerContext*, const grpc::ByteBuffer* q) override {
    return watches_.watch(q);
  }
  grpc::ServerUnaryReactor* CountFeatures(grpc::CallbackServerContext* c, const v1::CountFeaturesRequest* q,
                                          v1::CountFeaturesResponse* r) override {
    return adapter_.unary(c, q, r, count_features, twin_);
  }
  grpc::ServerUnaryReactor* FindNearestFeatures(grpc::CallbackServerContext* c, const v1::FindNearestFeaturesRequest* q,
                                                v1::FindNearestFeaturesResponse* r) override {
    return adapter_.unary(c, q, r, find_nearest_features, twin_);
  }
  grpc::ServerUnaryReactor* AggregateFeatures(grpc::CallbackServerContext* c, const v1::AggregateFeaturesRequest* q,
                                              v1::AggregateFeaturesResponse* r) override {
    return adapter_.unary(c, q, r, aggregate_features, twin_);
  }
  grpc::ServerUnaryReactor* AggregateRaster(grpc::CallbackServerContext* c, const v1::AggregateRasterRequest* q,
                                            v1::AggregateRasterResponse* r) override {
    return adapter_.unary(c, q, r, aggregate_raster, twin_);
  }
  grpc::ServerUnaryReactor* SampleRaster(grpc::CallbackServerContext* c, const v1::SampleRasterRequest* q,
                                         v1::SampleRasterResponse* r) override {
    return adapter_.unary(c, q, r, sample_raster, twin_);
  }
  grpc::ServerUnaryReactor* GetFeatureHistory(grpc::CallbackServerContext* c, const v1::GetFeatureHistoryRequest* q,
                                              v1::GetFeatureHistoryResponse* r) override {
    return adapter_.waiting_unary(c, q, r, get_feature_history, twin_);
  }
  grpc::ServerUnaryReactor* ApplyChanges(grpc::CallbackServerContext* c, const v1::ApplyChangesRequest* q,
                                         v1::ApplyChangesResponse* r) override {
    return adapter_.waiting_unary(c, q, r, apply_changes, twin_);
  }

 private:
  Twin& twin_;
  Adapter& adapter_;
  Watches& watches_;
};

}  // namespace obnova::server
