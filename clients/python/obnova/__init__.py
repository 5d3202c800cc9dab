"""Asks an Obnova server about a city; answers are pandas and GeoPandas frames.

    import obnova
    with obnova.connect("127.0.0.1:50051") as server:
        city = server.city("demo")
        schools = city.features("facilities", filter="kind = 'school'")
        areas = city.service_area([(30.0, 49.62)], minutes=[5, 10, 15], profile="foot")

Places are (longitude, latitude) in degrees, x before y. Shapes go in as anything with
`__geo_interface__` (Shapely, a GeoSeries row, a dict of GeoJSON). Frames come out in EPSG:4326.
"""

from obnova.client import City, Coverage, ObnovaError, Server, connect

__all__ = ["City", "Coverage", "ObnovaError", "Server", "connect"]
