#pragma once

#include <memory>

#include "obnova/v1/catalog.grpc.pb.h"
#include "server/rpc/adapter.h"
#include "server/rpc/catalog_export.h"
#include "server/rpc/catalog_handlers.h"
#include "server/rpc/catalog_import.h"
#include "server/rpc/catalog_restore.h"

namespace obnova::server {

// CatalogService on the adapter. All must outlive the server. What reads a file
// or may wait for another change runs on the threads that may wait.
class CatalogService final : public v1::CatalogService::CallbackService {
 public:
  CatalogService(Twin& twin, Operations& operations, const ImportSettings& settings, const ExportSettings& export_settings,
                 Adapter& adapter)
      : twin_(twin), operations_(operations), settings_(settings), export_settings_(export_settings), adapter_(adapter) {}

  grpc::ServerUnaryReactor* CreateCity(grpc::CallbackServerContext* c, const v1::CreateCityRequest* q, v1::CreateCityResponse* r) override {
    return adapter_.waiting_unary(c, q, r, create_city, twin_);
  }
  grpc::ServerUnaryReactor* GetCity(grpc::CallbackServerContext* c, const v1::GetCityRequest* q, v1::City* r) override {
    return adapter_.unary(c, q, r, get_city, twin_);
  }
  grpc::ServerUnaryReactor* ListCities(grpc::CallbackServerContext* c, const v1::ListCitiesRequest* q, v1::ListCitiesResponse* r) override {
    return adapter_.unary(c, q, r, list_cities, twin_);
  }
  grpc::ServerUnaryReactor* UpdateCity(grpc::CallbackServerContext* c, const v1::UpdateCityRequest* q, v1::UpdateCityResponse* r) override {
    return adapter_.waiting_unary(c, q, r, update_city, twin_);
  }
  grpc::ServerUnaryReactor* DeleteCity(grpc::CallbackServerContext* c, const v1::DeleteCityRequest* q, v1::DeleteCityResponse* r) override {
    return adapter_.waiting_unary(c, q, r, delete_city, twin_);
  }
  grpc::ServerUnaryReactor* ListLayers(grpc::CallbackServerContext* c, const v1::ListLayersRequest* q, v1::ListLayersResponse* r) override {
    return adapter_.unary(c, q, r, list_layers, twin_);
  }
  grpc::ServerUnaryReactor* GetLayer(grpc::CallbackServerContext* c, const v1::GetLayerRequest* q, v1::Layer* r) override {
    return adapter_.unary(c, q, r, get_layer, twin_);
  }
  grpc::ServerUnaryReactor* DescribeLayer(grpc::CallbackServerContext* c, const v1::DescribeLayerRequest* q,
                                          v1::DescribeLayerResponse* r) override {
    return adapter_.unary(c, q, r, describe_layer, twin_);
  }
  grpc::ServerUnaryReactor* UpdateLayer(grpc::CallbackServerContext* c, const v1::UpdateLayerRequest* q,
                                        v1::UpdateLayerResponse* r) override {
    return adapter_.waiting_unary(c, q, r, update_layer, twin_);
  }
  grpc::ServerUnaryReactor* DeleteLayer(grpc::CallbackServerContext* c, const v1::DeleteLayerRequest* q,
                                        v1::DeleteLayerResponse* r) override {
    return adapter_.waiting_unary(c, q, r, delete_layer, twin_);
  }
  grpc::ServerReadReactor<v1::ImportLayerRequest>* ImportLayer(grpc::CallbackServerContext* c, v1::ImportLayerResponse* r) override {
    return adapter_.client_stream<v1::ImportLayerRequest>(c, r, std::make_unique<LayerUpload>(twin_, operations_, settings_));
  }
  grpc::ServerWriteReactor<v1::ExportLayerResponse>* ExportLayer(grpc::CallbackServerContext* c, const v1::ExportLayerRequest* q) override {
    return adapter_.server_stream<v1::ExportLayerResponse>(c, q, export_layer, twin_, export_settings_);
  }
  grpc::ServerWriteReactor<v1::ExportCityResponse>* ExportCity(grpc::CallbackServerContext* c, const v1::ExportCityRequest* q) override {
    return adapter_.server_stream<v1::ExportCityResponse>(c, q, export_city, twin_, export_settings_);
  }
  grpc::ServerReadReactor<v1::RestoreCityRequest>* RestoreCity(grpc::CallbackServerContext* c, v1::RestoreCityResponse* r) override {
    return adapter_.client_stream<v1::RestoreCityRequest>(c, r, std::make_unique<CityRestore>(twin_, settings_));
  }

 private:
  Twin& twin_;
  Operations& operations_;
  const ImportSettings& settings_;
  const ExportSettings& export_settings_;
  Adapter& adapter_;
};

}  // namespace obnova::server
