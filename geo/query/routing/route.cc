#include "geo/query/routing/route.h"
