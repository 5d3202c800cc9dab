"""Writes OpenStreetMap XML, and says where the town lies on the globe."""

import gzip
import math
from xml.sax.saxutils import quoteattr

# The market square. No town stands there.
CENTER_LNG_DEG = 30.0
CENTER_LAT_DEG = 49.62
# Length of a degree at that latitude on WGS 84 (Snyder 1987, series of chapter 3).
_PHI = math.radians(CENTER_LAT_DEG)
DEGREE_NORTH_M = 111132.92 - 559.82 * math.cos(2 * _PHI) + 1.175 * math.cos(4 * _PHI)
DEGREE_EAST_M = 111412.84 * math.cos(_PHI) - 93.5 * math.cos(3 * _PHI)


def to_degrees(x, y, z=None):
    """Town meters to degrees; takes numbers or arrays."""
    if hasattr(x, "__len__"):
        pairs = [to_degrees(a, b) for a, b in zip(x, y)]
        return tuple(p[0] for p in pairs), tuple(p[1] for p in pairs)
    return round(CENTER_LNG_DEG + x / DEGREE_EAST_M, 7), round(CENTER_LAT_DEG + y / DEGREE_NORTH_M, 7)


class OsmFile:
    """Collects objects; nodes of one place and group are one node."""

    def __init__(self):
        self.nodes = {}  # (group, x, y) -> id
        self.node_rows = []
        self.node_tags = {}
        self.way_rows = []
        self.relation_rows = []

    def node(self, xy, group="", **tags):
        place = (group, round(xy[0], 2), round(xy[1], 2))
        if place not in self.nodes:
            self.nodes[place] = len(self.node_rows) + 1
            self.node_rows.append(to_degrees(place[1], place[2]))
        if tags:
            self.node_tags.setdefault(self.nodes[place], {}).update(tags)
        return self.nodes[place]

    def way(self, points, tags, group=""):
        self.way_rows.append(([self.node(p, group) for p in points], tags))
        return len(self.way_rows)

    def area(self, polygon, tags):
        """A closed way, or a multipolygon relation where there are holes."""
        rings = [polygon.exterior, *polygon.interiors]
        if len(rings) == 1:
            return self.way(list(rings[0].coords)[:-1] + [rings[0].coords[0]], tags, f"area{len(self.way_rows)}")
        members = []
        for i, ring in enumerate(rings):
            way = self.way(list(ring.coords)[:-1] + [ring.coords[0]], {}, f"area{len(self.way_rows)}")
            members.append(("way", way, "outer" if i == 0 else "inner"))
        return self.relation(members, {"type": "multipolygon", **tags})

    def relation(self, members, tags):
        self.relation_rows.append((members, tags))
        return len(self.relation_rows)

    def write(self, path):
        stamp = 'version="1" timestamp="2026-01-01T00:00:00Z"'
        with gzip.GzipFile(path, "wb", mtime=0) as packed:
            def put(text):
                packed.write(text.encode("utf-8"))

            def put_tags(tags):
                for k, v in tags.items():
                    put(f"  <tag k={quoteattr(k)} v={quoteattr(str(v))}/>\n")

            put('<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="demo town">\n')
            for i, (lng, lat) in enumerate(self.node_rows, 1):
                put(f' <node id="{i}" {stamp} lat="{lat:.7f}" lon="{lng:.7f}">\n')
                put_tags(self.node_tags.get(i, {}))
                put(" </node>\n")
            for i, (nodes, tags) in enumerate(self.way_rows, 1):
                put(f' <way id="{i}" {stamp}>\n')
                for node in nodes:
                    put(f'  <nd ref="{node}"/>\n')
                put_tags(tags)
                put(" </way>\n")
            for i, (members, tags) in enumerate(self.relation_rows, 1):
                put(f' <relation id="{i}" {stamp}>\n')
                for kind, ref, role in members:
                    put(f'  <member type="{kind}" ref="{ref}" role="{role}"/>\n')
                put_tags(tags)
                put(" </relation>\n")
            put("</osm>\n")
