#include "geo/network/road_graph.h"
