#include "geo/network/road_network.h"
