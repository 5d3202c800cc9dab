#pragma once

#include "geo/base/result.h"
#include "obnova/v1/catalog.pb.h"
#include "server/rpc/call.h"
#include "server/twin/twin.h"

namespace obnova::server {

// The calls of CatalogService as plain functions; the contract is in
// proto/obnova/v1/catalog.proto. Any thread may call them. Imports, which are
// made of many messages, are in catalog_import.h.

Result<v1::CreateCityResponse> create_city(Twin& twin, const Call& call, const v1::CreateCityRequest& request);
Result<v1::City> get_city(const Twin& twin, const Call& call, const v1::GetCityRequest& request);
Result<v1::ListCitiesResponse> list_cities(const Twin& twin, const Call& call, const v1::ListCitiesRequest& request);
Result<v1::UpdateCityResponse> update_city(Twin& twin, const Call& call, const v1::UpdateCityRequest& request);
Result<v1::DeleteCityResponse> delete_city(Twin& twin, const Call& call, const v1::DeleteCityRequest& request);

Result<v1::ListLayersResponse> list_layers(const Twin& twin, const Call& call, const v1::ListLayersRequest& request);
Result<v1::Layer> get_layer(const Twin& twin, const Call& call, const v1::GetLayerRequest& request);
Result<v1::DescribeLayerResponse> describe_layer(const Twin& twin, const Call& call, const v1::DescribeLayerRequest& request);
Result<v1::UpdateLayerResponse> update_layer(Twin& twin, const Call& call, const v1::UpdateLayerRequest& request);
Result<v1::DeleteLayerResponse> delete_layer(Twin& twin, const Call& call, const v1::DeleteLayerRequest& request);

}  // namespace obnova::server
