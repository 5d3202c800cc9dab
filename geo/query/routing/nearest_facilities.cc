#include "geo/query/routing/nearest_facilities.h"
