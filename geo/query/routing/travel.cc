#include "geo/query/routing/travel.h"
