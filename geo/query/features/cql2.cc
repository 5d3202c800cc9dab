#include "geo/query/features/cql2.h"
