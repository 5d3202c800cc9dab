"""The server and its cities."""

from dataclasses import dataclass, field

import geopandas
import grpc
import numpy
import pandas

from obnova import frames
from obnova.v1 import (catalog_pb2, catalog_pb2_grpc, common_pb2, coverage_pb2, coverage_pb2_grpc, feature_pb2, feature_pb2_grpc, routing_pb2,
                       routing_pb2_grpc, siting_pb2, siting_pb2_grpc)


class ObnovaError(Exception):
    """What the server refused, with the gRPC status code in `code`."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def connect(address="127.0.0.1:50051", timeout_s=60.0):
    """A server. Close it, or use it in a `with` block."""
    return Server(address, timeout_s)


class Server:
    """One connection. It does not survive a fork and connects again when unpickled."""

    def __init__(self, address, timeout_s):
        self._address = address
        self._timeout_s = timeout_s
        self._channel = grpc.insecure_channel(address, options=[("grpc.max_receive_message_length", 256 << 20)])
        self.catalog = catalog_pb2_grpc.CatalogServiceStub(self._channel)
        self.feature = feature_pb2_grpc.FeatureServiceStub(self._channel)
        self.routing = routing_pb2_grpc.RoutingServiceStub(self._channel)
        self.coverage = coverage_pb2_grpc.CoverageServiceStub(self._channel)
        self.siting = siting_pb2_grpc.SitingServiceStub(self._channel)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def __reduce__(self):
        return Server, (self._address, self._timeout_s)

    def close(self):
        self._channel.close()

    def ask(self, method, request):
        """One unary call; refusals become ObnovaError."""
        try:
            return method(request, timeout=self._timeout_s)
        except grpc.RpcError as error:
            raise ObnovaError(error.code(), error.details()) from None

    def stream(self, method, request):
        """A server stream, message by message."""
        try:
            yield from method(request, timeout=self._timeout_s)
        except grpc.RpcError as error:
            raise ObnovaError(error.code(), error.details()) from None

    def cities(self):
        """The cities of this server, one row each."""
        response = self.ask(self.catalog.ListCities, catalog_pb2.ListCitiesRequest(page_size=1000))
        rows = [{"city": c.name.split("/")[1], "title": c.title, "crs": c.crs, "layers": c.layer_count, "revision": c.revision}
                for c in response.cities]
        return pandas.DataFrame(rows, columns=["city", "title", "crs", "layers", "revision"]).set_index("city")

    def city(self, city_id):
        """One city. Nothing is asked yet."""
        return City(self, city_id)


@dataclass
class Coverage:
    """Who is covered. The four parts sum to the total."""

    total: pandas.Series
    districts: pandas.DataFrame
    clusters: geopandas.GeoDataFrame
    facilities: pandas.DataFrame
    places: geopandas.GeoDataFrame
    warnings: list = field(default_factory=list)


def _people(count):
    return {"total": count.total, "covered": count.covered, "uncovered": count.uncovered, "unreachable": count.unreachable,
            "unassessed": count.unassessed}


def _standards(minutes, meters):
    if (minutes is None) == (meters is None):
        raise ValueError("Give minutes or meters.")
    values = numpy.atleast_1d(minutes if meters is None else meters)
    if meters is None:
        return [coverage_pb2.ServiceStandard(max_duration_s=float(v) * 60) for v in values]
    return [coverage_pb2.ServiceStandard(max_distance_m=float(v)) for v in values]


def _travel(profile, avoid):
    return routing_pb2.TravelOptions(profile=profile, avoid=[frames.geometry_message(a) for a in avoid])


_DIRECTIONS = {None: 0, "to": routing_pb2.TRAVEL_DIRECTION_TO_FACILITY, "from": routing_pb2.TRAVEL_DIRECTION_FROM_FACILITY}


class City:
    """One city in its newest state. Shapes and frames in degrees, x = longitude."""

    def __init__(self, server, city_id):
        self._server = server
        self._context = common_pb2.Context(city=f"cities/{city_id}")

    def layers(self):
        """The layers, one row each."""
        response = self._server.ask(self._server.catalog.ListLayers, catalog_pb2.ListLayersRequest(context=self._context, page_size=1000))
        rows = [{"layer": item.name.rsplit("/", 1)[1], "theme": common_pb2.Theme.Name(item.theme)[6:].lower(), "features": item.feature_count,
                 "dated": item.dated, "licence": item.licence, "attribution": item.attribution} for item in response.layers]
        return pandas.DataFrame(rows, columns=["layer", "theme", "features", "dated", "licence", "attribution"]).set_index("layer")

    def _selection(self, layer, filter="", bbox=None, intersects=None, near=None, distance_m=0.0):
        selection = feature_pb2.FeatureSelection(layer=layer, filter=filter, distance_m=distance_m)
        if bbox is not None:
            west, south, east, north = bbox
            selection.bbox.CopyFrom(common_pb2.LngLatBox(west_deg=west, south_deg=south, east_deg=east, north_deg=north))
        if intersects is not None:
            selection.intersects.CopyFrom(frames.geometry_message(intersects))
        if near is not None:
            selection.near.CopyFrom(frames.geometry_message(near))
        return selection

    def features(self, layer, properties=(), **selection):
        """All matching features: `filter` (CQL2 text), `bbox` (W, S, E, N), `intersects`, `near` with `distance_m`."""
        request = feature_pb2.StreamFeaturesRequest(context=self._context, selection=self._selection(layer, **selection), properties=properties)
        return frames.batches_frame(r.batch for r in self._server.stream(self._server.feature.StreamFeatures, request))

    def count(self, layer, **selection):
        """How many features match."""
        request = feature_pb2.CountFeaturesRequest(context=self._context, selection=self._selection(layer, **selection))
        return self._server.ask(self._server.feature.CountFeatures, request).count

    def nearest_features(self, layer, places, k=1, **selection):
        """The k nearest features to each place, straight."""
        request = feature_pb2.FindNearestFeaturesRequest(context=self._context, selection=self._selection(layer, **selection),
                                                         places=frames.places_message(places), k=k)
        response = self._server.ask(self._server.feature.FindNearestFeatures, request)
        rows = [(i, n) for i, r in enumerate(response.results) for n in r.neighbors]
        return frames.frame([{"place": i, "feature": n.feature, "distance_m": n.distance_m} for i, n in rows],
                            [frames.point_of(n.nearest_place) for _, n in rows])

    def sample_raster(self, raster, places):
        """The value of a raster at each place; NaN where it says nothing."""
        request = feature_pb2.SampleRasterRequest(context=self._context, layer=raster, places=frames.places_message(places))
        response = self._server.ask(self._server.feature.SampleRaster, request)
        return frames.frame([{"value": s.value if s.HasField("value") else numpy.nan} for s in response.samples],
                            [frames.point_of(s.place) for s in response.samples])

    def aggregate_raster(self, raster, areas):
        """Cells, sum, mean, min and max of a raster in each area of a layer, each cell by its exact share."""
        request = feature_pb2.AggregateRasterRequest(context=self._context, layer=raster, areas_layer=areas)
        response = self._server.ask(self._server.feature.AggregateRaster, request)
        known = lambda area, name: getattr(area, name) if area.HasField(name) else numpy.nan
        rows = [{"area": a.area, "title": a.title, "cells": a.cell_count, "sum": a.sum, "mean": known(a, "mean"), "min": known(a, "min"),
                 "max": known(a, "max"), "covered_share": known(a, "covered_share")} for a in response.areas]
        return pandas.DataFrame(rows)

    def route(self, places, profile="car", avoid=()):
        """The fastest route through the places as a frame of one row; no row, and why in `attrs["reason"]`, when there is none."""
        request = routing_pb2.ComputeRouteRequest(context=self._context, places=frames.places_message(places), options=_travel(profile, avoid))
        response = self._server.ask(self._server.routing.ComputeRoute, request)
        found = [response.route] if response.HasField("route") else []
        answer = frames.frame([{"duration_s": r.duration_s, "distance_m": r.distance_m} for r in found], [frames.shape_of(r.wkb) for r in found])
        answer.attrs["reason"] = response.no_route_message
        return answer

    def matrix(self, origins, destinations, profile="car", avoid=()):
        """Seconds from every origin (row) to every destination (column); NaN where there is no way."""
        request = routing_pb2.ComputeMatrixRequest(context=self._context, origins=frames.places_message(origins),
                                                   destinations=frames.places_message(destinations), options=_travel(profile, avoid))
        rows = [numpy.array(r.durations_ms, dtype=float) for r in self._server.stream(self._server.routing.ComputeMatrix, request)]
        seconds = numpy.array(rows) / 1000
        seconds[seconds < 0] = numpy.nan
        return pandas.DataFrame(seconds)

    def nearest_facilities(self, places, facilities, filter="", k=1, direction=None, profile="car", avoid=()):
        """The k facilities that are fastest to reach from each place."""
        request = routing_pb2.FindNearestFacilitiesRequest(context=self._context, places=frames.places_message(places), facilities_layer=facilities,
                                                           filter=filter, k=k, direction=_DIRECTIONS[direction], options=_travel(profile, avoid))
        response = self._server.ask(self._server.routing.FindNearestFacilities, request)
        return pandas.DataFrame([{"place": i, "facility": f.facility, "title": f.title, "duration_s": f.duration_s, "distance_m": f.distance_m}
                                 for i, r in enumerate(response.results) for f in r.facilities])

    def service_area(self, places, minutes=None, meters=None, direction=None, profile="car", avoid=()):
        """What is within each limit of any of the places; each area holds all before it."""
        request = coverage_pb2.ComputeServiceAreaRequest(context=self._context, places=frames.places_message(places),
                                                         limits=_standards(minutes, meters), direction=_DIRECTIONS[direction],
                                                         options=_travel(profile, avoid))
        response = self._server.ask(self._server.coverage.ComputeServiceArea, request)
        rows = [{"limit": getattr(a.limit, a.limit.WhichOneof("limit")), "area_m2": a.area_m2, "reached_length_m": a.reached_length_m}
                for a in response.areas]
        return frames.frame(rows, [frames.shape_of(a.wkb) for a in response.areas])

    def coverage(self, facilities, minutes=None, meters=None, filter="", demand="population", field="", by="", direction=None, profile="car", avoid=()):
        """Who is within the limit of the nearest facility, and who is not."""
        request = coverage_pb2.ComputeCoverageRequest(
            context=self._context, facilities_layer=facilities, facilities_filter=filter, standard=_standards(minutes, meters)[0],
            demand=coverage_pb2.Demand(layer=demand, field=field), direction=_DIRECTIONS[direction], options=_travel(profile, avoid),
            districts_layer=by, include_places=True)
        response = self._server.ask(self._server.coverage.ComputeCoverage, request)
        return Coverage(
            total=pandas.Series(_people(response.total)),
            districts=pandas.DataFrame([{"district": d.district, "title": d.title, **_people(d.people)} for d in response.districts]),
            clusters=frames.frame([{"people": c.people, "unreachable_people": c.unreachable_people, "nearest_facility": c.nearest_facility,
                                    "mean_excess": c.mean_excess} for c in response.clusters], [frames.shape_of(c.wkb) for c in response.clusters]),
            facilities=pandas.DataFrame([{"facility": f.facility, "title": f.title, "people": f.people} for f in response.facilities]),
            places=frames.frame([{"place": p.place, "people": p.people, "status": coverage_pb2.PlaceStatus.Name(p.status)[13:].lower(),
                                  "facility": p.facility, "duration_s": p.duration_s} for p in response.places],
                                [frames.point_of(p.location) for p in response.places]),
            warnings=list(response.provenance.warnings))

    def locate(self, model, p, candidates, demand="population", minutes=0.0, existing="", existing_filter="", profile="car"):
        """The best sites for `p` new facilities: `mclp` or `p_median`. Status, objective, bound and gap are in `attrs`."""
        request = siting_pb2.LocateFacilitiesRequest(
            context=self._context, model=siting_pb2.LocationModel.Value(f"LOCATION_MODEL_{model.upper()}"), p=p, service_limit=minutes * 60,
            network=siting_pb2.NetworkLocation(demand=coverage_pb2.Demand(layer=demand), candidates_layer=candidates, existing_layer=existing,
                                               existing_filter=existing_filter, options=_travel(profile, ())))
        response = self._server.ask(self._server.siting.LocateFacilities, request)
        answer = frames.frame([{"site": s.candidate, "title": s.title, "weight": s.weight} for s in response.sites],
                              [frames.point_of(s.location) for s in response.sites])
        answer.attrs.update(status=siting_pb2.SolutionStatus.Name(response.status)[16:].lower(), objective=response.objective,
                            bound=response.bound, gap=response.gap, reason=response.infeasible_reason)
        return answer

    def check_site(self, footprint, height_m=None, storeys=None, use="", rules=""):
        """One verdict a rule; the shape shows why."""
        proposal = siting_pb2.Proposal(footprint=frames.geometry_message(footprint), height_m=height_m, storeys=storeys, use=use)
        response = self._server.ask(self._server.siting.CheckSite,
                                    siting_pb2.CheckSiteRequest(context=self._context, proposal=proposal, rule_pack=rules))
        rows = [{"rule": v.rule, "verdict": siting_pb2.Verdict.Name(v.verdict)[8:], "value": v.value if v.HasField("value") else None,
                 "limit": v.limit if v.HasField("limit") else None, "reason": v.reason, "citation": v.citation} for v in response.verdicts]
        answer = frames.frame(rows, [frames.shape_of(v.witness_wkb) for v in response.verdicts])
        answer.attrs["overall"] = siting_pb2.Verdict.Name(response.overall)[8:]
        return answer
