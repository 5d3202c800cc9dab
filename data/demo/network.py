"""Joins lines to a street network: roads meet where they cross, bridges cross freely."""

from shapely.geometry import LineString, Point
from shapely.strtree import STRtree

END_REACH_M = 45


def key(xy):
    return round(xy[0], 2), round(xy[1], 2)


def join_ends(streets):
    """Lengthens ends that stop just short of another street, so that few streets end in a field."""
    tree = STRtree([s.line for s in streets])
    by_id = {id(s.line): s for s in streets}
    joined = []
    for street in streets:
        points = list(street.line.coords)
        if street.tags.get("bridge") != "yes":
            for end in (0, -1):
                target = _nearest_other(Point(points[end]), street, tree, by_id)
                if target is not None:
                    points = [target] + points if end == 0 else points + [target]
        joined.append(LineString(points))
    for street, line in zip(streets, joined):
        street.line = line


def _nearest_other(end, street, tree, by_id):
    best = None
    for line in tree.query(end.buffer(END_REACH_M)):
        other = by_id[id(line)]
        if other is street or other.tags.get("bridge") == "yes":
            continue
        gap = line.distance(end)
        if 0.05 < gap <= END_REACH_M and (best is None or gap < best[0]):
            best = gap, line.interpolate(line.project(end))
        if gap <= 0.05:
            return None
    return None if best is None else (best[1].x, best[1].y)


def node(streets):
    """The vertices of every street with a vertex wherever two streets meet on the ground."""
    lines = [s.line for s in streets]
    tree = STRtree(lines)
    index = {id(line): i for i, line in enumerate(lines)}
    extra = [[] for _ in streets]
    for i, line in enumerate(lines):
        for other in tree.query(line):
            j = index[id(other)]
            if j <= i:
                continue
            bridge = streets[i].tags.get("bridge") == "yes" or streets[j].tags.get("bridge") == "yes"
            for point in _points(line.intersection(other)):
                at_ends = all(min(Point(l.coords[0]).distance(point), Point(l.coords[-1]).distance(point)) < 0.05 for l in (line, other))
                if not bridge or at_ends:
                    extra[i].append(point)
                    extra[j].append(point)
    return [_with_points(line, points) for line, points in zip(lines, extra)]


def _points(shape):
    if shape.is_empty:
        return []
    if shape.geom_type == "Point":
        return [shape]
    return [p if p.geom_type == "Point" else Point(p.coords[0]) for p in getattr(shape, "geoms", [shape])]


def _with_points(line, points):
    stations = [(line.project(Point(xy)), key(xy)) for xy in line.coords] + [(line.project(p), key((p.x, p.y))) for p in points]
    vertices = []
    for _, vertex in sorted(stations):
        if not vertices or vertices[-1] != vertex:
            vertices.append(vertex)
    return vertices


def largest_part(streets, paths):
    """Drops what no street joins to the rest of the town."""
    parent = {}

    def find(a):
        while parent.setdefault(a, a) != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        return a

    for path in paths:
        for vertex in path[1:]:
            parent[find(path[0])] = find(vertex)
    roots = [find(path[0]) for path in paths]
    main = max(set(roots), key=lambda r: (sum(len(p) for p, q in zip(paths, roots) if q == r), r))
    kept = [(s, p) for s, p, r in zip(streets, paths, roots) if r == main and len(p) > 1]
    return [s for s, _ in kept], [p for _, p in kept]
