#include "geo/network/metric.h"
