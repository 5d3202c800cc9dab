"""Between messages and frames."""

import json

import geopandas
import numpy
import pandas
import shapely.wkb
from shapely.geometry import Point

from obnova.v1 import common_pb2

CRS = "EPSG:4326"


def geometry_message(shape):
    """A shape as the server takes it."""
    mapping = shape if isinstance(shape, dict) else shape.__geo_interface__
    if mapping.get("type") == "FeatureCollection":
        if len(mapping["features"]) != 1:
            raise ValueError(f"One geometry is needed, got {len(mapping['features'])}.")
        mapping = mapping["features"][0]
    if mapping.get("type") == "Feature":
        mapping = mapping["geometry"]
    return common_pb2.Geometry(geojson=json.dumps(mapping))


def places_message(places):
    """(longitude, latitude) pairs, points, or a frame of points."""
    if hasattr(places, "geometry") and hasattr(places.geometry, "x"):
        pairs = list(zip(places.geometry.x, places.geometry.y))
    else:
        pairs = [(p.x, p.y) if hasattr(p, "x") else (p[0], p[1]) for p in places]
    return common_pb2.LngLats(coordinates_deg=[float(c) for pair in pairs for c in pair])


def shape_of(wkb):
    return shapely.wkb.loads(bytes(wkb)) if wkb else None


def point_of(place):
    return Point(place.lng_deg, place.lat_deg)


def _values(column, count):
    for kind, dtype in (("bools", object), ("ints", object), ("doubles", float), ("strings", object)):
        values = getattr(column, kind)
        if len(values) == count:
            array = numpy.array(list(values), dtype=dtype)
            if column.nulls:
                bits = numpy.unpackbits(numpy.frombuffer(column.nulls, dtype=numpy.uint8), bitorder="little")[:count]
                array[bits.astype(bool)] = numpy.nan if dtype is float else None
            return array
    return numpy.array([None] * count, dtype=object)


def batches_frame(batches):
    """Feature batches as one frame, indexed by feature id."""
    pieces = []
    for batch in batches:
        count = len(batch.ids)
        data = {column.name: _values(column, count) for column in batch.columns}
        shapes = [shape_of(w) for w in batch.wkb] if batch.wkb else [None] * count
        pieces.append(geopandas.GeoDataFrame(data, index=pandas.Index(batch.ids, name="id"), geometry=shapes, crs=CRS))
    if not pieces:
        return geopandas.GeoDataFrame({"geometry": []}, geometry="geometry", crs=CRS)
    return pandas.concat(pieces)


def frame(rows, geometry):
    """Rows (dicts) with one shape each."""
    return geopandas.GeoDataFrame(rows, geometry=list(geometry), crs=CRS)
