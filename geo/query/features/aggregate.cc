#include "geo/query/features/aggregate.h"
