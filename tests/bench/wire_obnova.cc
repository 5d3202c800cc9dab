#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "geo/io/projection.h"
#include "obnova/v1/catalog.grpc.pb.h"
#include "obnova/v1/feature.grpc.pb.h"
#include "tests/bench/wire.h"

namespace obnova::bench {
namespace {

std::shared_ptr<grpc::Channel> connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // A connection of its own.
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

void check(const grpc::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "obnovad: %s\n", status.error_message().c_str());
  std::exit(2);
}

// Degrees around a box of the plane, so that nothing is lost at its corners.
struct DegreeBox {
  double west;
  double south;
  double east;
  double north;
};

DegreeBox degrees_around(const geo::Projection& projection, const Box& box) {
  const auto corners = projection.to_source(Geometry::rectangle(box).view());
  if (!corners) std::exit(2);
  const Box degrees = corners->view().box();
  return {degrees.min.x_m, degrees.min.y_m, degrees.max.x_m, degrees.max.y_m};
}

}  // namespace

struct ObnovaWays::State {
  std::string address;
  std::string city;
  const Boxes& boxes;
  geo::Projection projection;

  // Questions are made beforehand, so that their making is in nobody's time.
  std::shared_ptr<std::vector<DegreeBox>> windows(double side_m) const {
    auto all = std::make_shared<std::vector<DegreeBox>>();
    for (std::size_t i = 0; i < 20'000; ++i) all->push_back(degrees_around(projection, boxes.window(i, side_m)));
    return all;
  }
};

ObnovaWays::ObnovaWays(std::string address, std::string city, const Boxes& boxes)
    : state_(new State{std::move(address), "cities/" + std::move(city), boxes, *geo::Projection::make("EPSG:4326", kBoxesCrs)}) {}
ObnovaWays::~ObnovaWays() = default;

Way ObnovaWays::echo(std::string address) const {
  return {"empty gRPC call", [address]() -> Ask {
            const auto stub = std::shared_ptr<v1::CatalogService::Stub>(v1::CatalogService::NewStub(connect(address)));
            return [stub](std::size_t) -> std::size_t {
              grpc::ClientContext context;
              v1::GetCityRequest request;
              v1::City city;
              check(stub->GetCity(&context, request, &city));
              return 1;
            };
          }};
}

Way ObnovaWays::windows(double side_m, std::size_t windows_per_call, const std::string& detail) const {
  const auto all = state_->windows(side_m);
  Way way;
  way.name = windows_per_call == 1 ? detail : fmt::format("{}, {} a call", detail, windows_per_call);
  way.questions_per_call = windows_per_call;
  way.connect = [all, windows_per_call, detail, state = state_]() -> Ask {
    const auto stub = std::shared_ptr<v1::FeatureService::Stub>(v1::FeatureService::NewStub(connect(state->address)));
    return [=](std::size_t question) -> std::size_t {
      v1::FindFeaturesInWindowsRequest request;
      request.mutable_context()->set_city(state->city);
      request.set_layer("buildings");
      for (std::size_t i = 0; i < windows_per_call; ++i) {
        const DegreeBox& box = (*all)[(question * windows_per_call + i) % all->size()];
        for (const double edge : {box.west, box.south, box.east, box.north}) request.add_windows_deg(edge);
      }
      request.set_detail(detail == "numbers" ? v1::WINDOW_DETAIL_NUMBERS
                                             : (detail == "ids" ? v1::WINDOW_DETAIL_IDS : v1::WINDOW_DETAIL_FEATURES));
      if (detail == "plane") request.set_srid(kBoxesSrid);
      grpc::ClientContext context;
      v1::FindFeaturesInWindowsResponse response;
      check(stub->FindFeaturesInWindows(&context, request, &response));
      return static_cast<std::size_t>(response.numbers_size());
    };
  };
  return way;
}

Way ObnovaWays::list(double side_m) const {
  const auto all = state_->windows(side_m);
  return {"ListFeatures", [all, state = state_]() -> Ask {
            const auto stub = std::shared_ptr<v1::FeatureService::Stub>(v1::FeatureService::NewStub(connect(state->address)));
            return [=](std::size_t question) -> std::size_t {
              const DegreeBox& box = (*all)[question % all->size()];
              v1::ListFeaturesRequest request;
              request.mutable_context()->set_city(state->city);
              request.mutable_selection()->set_layer("buildings");
              request.mutable_selection()->mutable_bbox()->set_west_deg(box.west);
              request.mutable_selection()->mutable_bbox()->set_south_deg(box.south);
              request.mutable_selection()->mutable_bbox()->set_east_deg(box.east);
              request.mutable_selection()->mutable_bbox()->set_north_deg(box.north);
              request.set_page_size(10'000);
              grpc::ClientContext context;
              v1::ListFeaturesResponse response;
              check(stub->ListFeatures(&context, request, &response));
              return static_cast<std::size_t>(response.batch().ids_size());
            };
          }};
}

Way ObnovaWays::nearest(std::size_t k, std::size_t places_per_call, bool with_places) const {
  auto all = std::make_shared<std::vector<Point>>();
  for (const Point place : state_->boxes.places) {
    const auto degrees = state_->projection.to_source(place);
    if (!degrees) std::exit(2);
    all->push_back({degrees->lng_deg, degrees->lat_deg});
  }
  Way way;
  way.name = with_places ? "with nearest places" : "ids and distances";
  if (places_per_call > 1) way.name += fmt::format(", {} a call", places_per_call);
  way.questions_per_call = places_per_call;
  way.connect = [all, k, places_per_call, with_places, state = state_]() -> Ask {
    const auto stub = std::shared_ptr<v1::FeatureService::Stub>(v1::FeatureService::NewStub(connect(state->address)));
    return [=](std::size_t question) -> std::size_t {
      v1::FindNearestFeaturesRequest request;
      request.mutable_context()->set_city(state->city);
      request.mutable_selection()->set_layer("buildings");
      request.set_k(static_cast<int>(k));
      request.set_skip_nearest_places(!with_places);
      for (std::size_t i = 0; i < places_per_call; ++i) {
        const Point place = (*all)[(question * places_per_call + i) % all->size()];
        request.mutable_places()->add_coordinates_deg(place.x_m);
        request.mutable_places()->add_coordinates_deg(place.y_m);
      }
      grpc::ClientContext context;
      v1::FindNearestFeaturesResponse response;
      check(stub->FindNearestFeatures(&context, request, &response));
      std::size_t found = 0;
      for (const auto& row : response.results()) found += static_cast<std::size_t>(row.neighbors_size());
      return found;
    };
  };
  return way;
}

}  // namespace obnova::bench
