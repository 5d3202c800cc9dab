"""The lie of the land: a valley along the river, hills to the north."""

import math

import numpy as np

from osm import to_degrees
from plan import river_y


def height_m(x, y):
    above_river = abs(y - river_y(x))
    return 96 + 34 * (1 - math.exp(-above_river / 900)) + 12 * math.sin(x / 1300 + 0.5) * math.sin(y / 1700) + (0.006 * y if y > 900 else 0)


def write_terrain(path, rng, cell_m=60, half_m=3300):
    """An ESRI ASCII grid in longitude and latitude, heights in meters, north row first."""
    steps = np.arange(-half_m, half_m, cell_m)
    west, south = to_degrees(float(steps[0]), float(steps[0]))
    east, north = to_degrees(float(steps[-1]), float(steps[-1]))
    count = len(steps)
    header = [
        f"ncols {count}", f"nrows {count}", f"xllcorner {west:.7f}", f"yllcorner {south:.7f}",
        f"dx {(east - west) / (count - 1):.10f}", f"dy {(north - south) / (count - 1):.10f}", "NODATA_value -9999",
    ]
    noise = rng.normal(0, 0.4, (count, count))
    rows = []
    for i, y in enumerate(steps[::-1]):
        rows.append(" ".join(f"{height_m(float(x), float(y)) + noise[i, j]:.1f}" for j, x in enumerate(steps)))
    path.write_text("\n".join(header + rows) + "\n")
    path.with_suffix(".prj").write_text('GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],'
                                        'UNIT["degree",0.0174532925199433]]\n')
